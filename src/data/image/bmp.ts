import type { Pixels } from './pixels.ts';

/** Masks of a 16- or 32-bit pixel's red, green and blue. */
type Masks = readonly [number, number, number];
const masks555: Masks = [0x7c00, 0x03e0, 0x001f];
const masks888: Masks = [0xff0000, 0x00ff00, 0x0000ff];

/**
 * Decodes a BMP of 1, 4, 8, 16, 24 or 32 bits, plain or in run lengths.
 *
 * Source: Microsoft, BITMAPFILEHEADER, BITMAPINFOHEADER and BITMAPV4HEADER.
 *
 * @throws Error saying what is not supported or missing
 */
export function decodeBmp(bytes: Uint8Array): Pixels {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dataAt = view.getUint32(10, true);
  const headerSize = view.getUint32(14, true);
  const core = headerSize === 12;
  const width = core ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = core ? view.getUint16(20, true) : view.getInt32(22, true);
  const height = Math.abs(signedHeight);
  const bits = view.getUint16(core ? 24 : 28, true);
  const compression = core ? 0 : view.getUint32(30, true);
  // 0 is none, 1 and 2 are run lengths, 3 and 6 are masks; what is left is JPEG and PNG.
  if (![0, 1, 2, 3, 6].includes(compression)) throw new Error('a JPEG or PNG within a BMP is not supported');
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw new Error(`BMP of ${bits} bits is not supported`);
  const inRuns = compression === 1 || compression === 2;
  if (inRuns && bits !== (compression === 1 ? 8 : 4)) throw new Error(`run lengths of ${bits} bits are not supported`);
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (!inRuns && dataAt + stride * height > bytes.length) throw new Error('the file is cut off');
  const indices = inRuns ? runLengths(bytes, { dataAt, width, height, bits }) : undefined;
  const colourBytes = core ? 3 : 4;
  const paletteAt = 14 + headerSize;
  const masks: Masks =
    compression === 0
      ? bits === 16
        ? masks555
        : masks888
      : [view.getUint32(54, true), view.getUint32(58, true), view.getUint32(62, true)];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++) {
    // Rows run upwards unless the height is negative.
    const line = signedHeight < 0 ? y : height - 1 - y;
    const row = dataAt + stride * line;
    for (let x = 0; x < width; x++, to += 3) {
      if (bits === 24) {
        const at = row + x * 3;
        data[to] = bytes[at + 2]!;
        data[to + 1] = bytes[at + 1]!;
        data[to + 2] = bytes[at]!;
      } else if (bits > 8) {
        const value = bits === 16 ? view.getUint16(row + x * 2, true) : view.getUint32(row + x * 4, true);
        for (const [channel, mask] of masks.entries()) data[to + channel] = masked(value, mask);
      } else {
        const bit = x * bits;
        const index = indices
          ? indices[line * width + x]!
          : (bytes[row + (bit >> 3)]! >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
        const colour = paletteAt + index * colourBytes;
        if (colour + 3 > dataAt) throw new Error(`colour ${index} is not in the palette`);
        data[to] = bytes[colour + 2]!;
        data[to + 1] = bytes[colour + 1]!;
        data[to + 2] = bytes[colour]!;
      }
    }
  }
  return { width, height, channels: 3, data };
}

/**
 * Places in the palette from run lengths, a byte each, in the order of the file's rows; what is stepped over is 0.
 *
 * Source: Microsoft, Bitmap Compression (BI_RLE8, BI_RLE4).
 */
function runLengths(
  bytes: Uint8Array,
  { dataAt, width, height, bits }: { dataAt: number; width: number; height: number; bits: number },
): Uint8Array {
  const indices = new Uint8Array(width * height);
  let [x, y, at] = [0, 0, dataAt];
  const next = () => {
    if (at >= bytes.length) throw new Error('the file is cut off');
    return bytes[at++]!;
  };
  /** Of a byte's pixels, the one at an even place or the other. */
  const pixel = (byte: number, place: number) => (bits === 8 ? byte : place % 2 === 0 ? byte >> 4 : byte & 15);
  const put = (value: number) => {
    if (x < width && y < height) indices[y * width + x] = value;
    x++;
  };
  // The mark of the end may be missing.
  while (y < height - 1 || (y < height && x < width)) {
    const [count, code] = [next(), next()];
    if (count > 0) {
      for (let place = 0; place < count; place++) put(pixel(code, place));
    } else if (code === 0) {
      [x, y] = [0, y + 1];
    } else if (code === 1) {
      break;
    } else if (code === 2) {
      x += next();
      y += next();
    } else {
      const begin = at;
      for (let place = 0, byte = 0; place < code; place++) {
        if (bits === 8 || place % 2 === 0) byte = next();
        put(pixel(byte, place));
      }
      // Such pixels end at an even place.
      at += (at - begin) % 2;
    }
  }
  return indices;
}

/** The bits under a mask, spread over 0 to 255. */
function masked(value: number, mask: number): number {
  if (mask === 0) return 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return Math.trunc((((value & mask) >>> shift) * 255) / most);
}
