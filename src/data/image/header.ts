import { crc32 } from 'node:zlib';

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'bmp';

export interface ImageHeader {
  format: ImageFormat;
  /** As stored, before the EXIF orientation. */
  width: number;
  height: number;
  /** EXIF orientation, 1 where there is none. */
  orientation: number;
}

/** What a JPEG's frame header says; `scanAt` is where the entropy-coded data begins. */
export interface JpegHeader extends ImageHeader {
  format: 'jpeg';
  components: number;
  precision: number;
  /** The start-of-frame marker's low byte: 0xc0 baseline, 0xc2 progressive, 0xc3 lossless, 0xc9 arithmetic ... */
  frame: number;
  scanAt: number;
}

/** The format that the first bytes show, whatever the file's name says. */
export function imageFormat(bytes: Uint8Array): ImageFormat | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpeg';
  if (ascii(bytes, 1, 3) === 'PNG' && bytes[0] === 0x89) return 'png';
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 4) === 'WEBP') return 'webp';
  if (ascii(bytes, 0, 2) === 'BM') return 'bmp';
  return undefined;
}

/**
 * Reads size and orientation without decoding.
 *
 * @returns undefined where the bytes are not one of the four formats, or end before the header does
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const format = imageFormat(bytes);
  try {
    return format && readers[format](bytes);
  } catch (error) {
    // DataView throws RangeError where the bytes end too early: the answer is "no header", not a defect.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const readers: Record<ImageFormat, (bytes: Uint8Array) => ImageHeader | undefined> = {
  jpeg: readJpegHeader,
  png: readPngHeader,
  webp: readWebpHeader,
  bmp: readBmpHeader,
};

/** Source: ITU-T T.81, annex B. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const view = viewOf(bytes);
  let orientation = 1;
  let frame: Omit<JpegHeader, 'orientation' | 'scanAt'> | undefined;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    const length = view.getUint16(at + 2);
    if (marker === 0xe1 && ascii(bytes, at + 4, 6) === 'Exif\0\0') {
      orientation = exifOrientation(bytes.subarray(at + 10, at + 2 + length)) ?? orientation;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      frame = {
        format: 'jpeg',
        frame: marker,
        precision: bytes[at + 4]!,
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        components: view.getUint8(at + 9),
      };
    }
    if (marker === 0xda) return frame && { ...frame, orientation, scanAt: at + 2 + length };
    at += 2 + length;
  }
  return undefined;
}

/** Source: PNG specification, third edition, 5 and 11.2.1; eXIf: 11.3.3.6. */
function readPngHeader(bytes: Uint8Array): ImageHeader {
  const view = viewOf(bytes);
  let orientation = 1;
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = ascii(bytes, at + 4, 4);
    if (type === 'eXIf') orientation = exifOrientation(bytes.subarray(at + 8, at + 8 + length)) ?? 1;
    if (type === 'IEND') break;
    at += 12 + length;
  }
  return { format: 'png', width: view.getUint32(16), height: view.getUint32(20), orientation };
}

/** Channels of a pixel and the bits that one may have, by colour type (11.2.1). */
const pngKinds: Readonly<Record<number, { channels: number; depths: readonly number[] }>> = {
  0: { channels: 1, depths: [1, 2, 4, 8, 16] },
  2: { channels: 3, depths: [8, 16] },
  3: { channels: 1, depths: [1, 2, 4, 8] },
  4: { channels: 2, depths: [8, 16] },
  6: { channels: 4, depths: [8, 16] },
};
/** The colour type whose pixels are places in the palette. */
export const pngIndexed = 3;
/** Deflate makes at most so many bytes of one (https://zlib.net/zlib_tech.html). */
const deflateRatio = 1032;

/** What keeps a PNG from being whole, a clause: it ends before its last chunk, or has fewer data than its header says. */
export function pngProblem(bytes: Uint8Array): string | undefined {
  const view = viewOf(bytes);
  let data = 0;
  let type = '';
  for (let at = 8; type !== 'IEND'; ) {
    if (at + 12 > bytes.length) return `is cut off: the PNG ends before its last line (${bytes.length} bytes)`;
    const length = view.getUint32(at);
    type = ascii(bytes, at + 4, 4);
    if (type === 'IDAT') data += length;
    at += 12 + length;
    if (at > bytes.length) return `is cut off: the PNG ends before its last line (${bytes.length} bytes)`;
  }
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colourType] = [view.getUint8(24), view.getUint8(25)];
  const kind = pngKinds[colourType];
  if (!kind?.depths.includes(depth)) return `is damaged: no PNG has colour type ${colourType} of ${depth} bits`;
  // A row is a filter byte and its pixels.
  const needed = height * (1 + Math.ceil((width * depth * kind.channels) / 8));
  return needed > data * deflateRatio
    ? `is damaged: its header says ${width} x ${height} pixels, more than ${data} bytes of data can hold`
    : undefined;
}

/**
 * The PNG without the chunks that its pixels do not depend on: what is odd in a note or a colour profile does not
 * matter, nor does the palette that a colour image suggests for screens of few colours (11.2.2).
 *
 * @throws Error where a chunk's checksum does not match
 */
export function pngPixelChunks(bytes: Uint8Array): Uint8Array {
  const view = viewOf(bytes);
  const indexed = bytes[25] === pngIndexed;
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8, type = ''; type !== 'IEND'; ) {
    const end = at + 12 + view.getUint32(at);
    type = ascii(bytes, at + 4, 4);
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new Error(`the CRC of its ${type} chunk does not match`);
    }
    // A capital says that a chunk is critical (5.4).
    if (/^[A-Z]/.test(type) && (indexed || type !== 'PLTE')) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}

/** Source: WebP container specification (RFC 9649, 2). */
function readWebpHeader(bytes: Uint8Array): ImageHeader | undefined {
  const view = viewOf(bytes);
  const first = ascii(bytes, 12, 4);
  if (first === 'VP8 ') {
    return {
      format: 'webp',
      width: view.getUint16(26, true) & 0x3fff,
      height: view.getUint16(28, true) & 0x3fff,
      orientation: 1,
    };
  }
  if (first === 'VP8L') {
    const packed = view.getUint32(21, true);
    return { format: 'webp', width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1, orientation: 1 };
  }
  if (first !== 'VP8X') return undefined;
  const uint24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  let orientation = 1;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    if (ascii(bytes, at, 4) === 'EXIF') {
      const body = bytes.subarray(at + 8, at + 8 + length);
      // Some writers put JPEG's "Exif\0\0" before the TIFF header.
      orientation = exifOrientation(ascii(body, 0, 4) === 'Exif' ? body.subarray(6) : body) ?? 1;
    }
    at += 8 + length + (length & 1);
  }
  return { format: 'webp', width: uint24(24) + 1, height: uint24(27) + 1, orientation };
}

function readBmpHeader(bytes: Uint8Array): ImageHeader {
  const view = viewOf(bytes);
  const core = view.getUint32(14, true) === 12;
  return {
    format: 'bmp',
    width: core ? view.getUint16(18, true) : view.getInt32(18, true),
    height: core ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true)),
    orientation: 1,
  };
}

/** Whether a WebP holds several pictures: a flag of its extended header (RFC 9649, 2.7.1). */
export function isAnimatedWebp(bytes: Uint8Array): boolean {
  return ascii(bytes, 12, 4) === 'VP8X' && ((bytes[20] ?? 0) & 2) !== 0;
}

/** The orientation, 1 to 8, of a TIFF structure (Exif 2.32, 4.6.4, tag 0x0112 in the first directory). */
function exifOrientation(tiff: Uint8Array): number | undefined {
  if (tiff.length < 8) return undefined;
  const view = viewOf(tiff);
  const little = ascii(tiff, 0, 2) === 'II';
  if (!little && ascii(tiff, 0, 2) !== 'MM') return undefined;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return undefined;
  const entries = view.getUint16(directory, little);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + entry * 12;
    if (at + 12 > tiff.length) return undefined;
    if (view.getUint16(at, little) !== 0x0112) continue;
    // Exif has it as a SHORT; some writers make it a LONG.
    const isLong = view.getUint16(at + 2, little) === 4;
    const value = isLong ? view.getUint32(at + 8, little) : view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : undefined;
  }
  return undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
