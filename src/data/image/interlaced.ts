import { crc32, deflateSync, inflateSync } from 'node:zlib';
import type { Pixels } from './pixels.ts';

/** Where the pixels of a pass lie in the image. */
interface Pass {
  left: number;
  top: number;
  stepX: number;
  stepY: number;
}

/** Adam7. Source: PNG specification, third edition, 8.1. */
const adam7: readonly Pass[] = [
  { left: 0, top: 0, stepX: 8, stepY: 8 },
  { left: 4, top: 0, stepX: 8, stepY: 8 },
  { left: 0, top: 4, stepX: 4, stepY: 8 },
  { left: 2, top: 0, stepX: 4, stepY: 4 },
  { left: 0, top: 2, stepX: 2, stepY: 4 },
  { left: 1, top: 0, stepX: 2, stepY: 2 },
  { left: 0, top: 1, stepX: 1, stepY: 2 },
];

/** What a few encoders write behind the last row. */
const mostBehind = 1 << 16;

/**
 * Decodes an interlaced PNG of one channel by `decode`, which gets each pass as a PNG of its own that is not.
 *
 * @param png of critical chunks alone
 * @throws Error where its data ends early
 */
export function decodeInterlaced(png: Uint8Array, decode: (png: Uint8Array) => Pixels): Pixels {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const [width, height, depth] = [view.getUint32(16), view.getUint32(20), view.getUint8(24)];
  const passes = adam7
    .map((pass) => ({
      ...pass,
      width: Math.ceil((width - pass.left) / pass.stepX),
      height: Math.ceil((height - pass.top) / pass.stepY),
    }))
    .filter((pass) => pass.width > 0 && pass.height > 0)
    // A row is a filter byte and its pixels.
    .map((pass) => ({ ...pass, bytes: pass.height * (1 + Math.ceil((pass.width * depth) / 8)) }));
  const needed = passes.reduce((sum, { bytes }) => sum + bytes, 0);
  const { header, palette, data } = chunksOf(png, view);
  const rows = inflateSync(data, { maxOutputLength: needed + mostBehind });
  if (rows.length < needed) throw new Error('its data ends before its last row');
  let image: Pixels | undefined;
  let from = 0;
  for (const pass of passes) {
    const own = Buffer.from(header);
    own.writeUInt32BE(pass.width, 0);
    own.writeUInt32BE(pass.height, 4);
    own[12] = 0;
    const part = decode(
      Buffer.concat([
        png.subarray(0, 8),
        chunk('IHDR', own),
        ...(palette ? [chunk('PLTE', palette)] : []),
        chunk('IDAT', deflateSync(rows.subarray(from, from + pass.bytes), { level: 0 })),
        chunk('IEND', new Uint8Array()),
      ]),
    );
    from += pass.bytes;
    const { channels } = part;
    image ??= { width, height, channels, data: new Uint8Array(width * height * channels) };
    for (let y = 0, at = 0; y < pass.height; y++) {
      for (let x = 0; x < pass.width; x++, at += channels) {
        const pixel = (pass.top + y * pass.stepY) * width + pass.left + x * pass.stepX;
        for (let channel = 0; channel < channels; channel++) {
          image.data[pixel * channels + channel] = part.data[at + channel]!;
        }
      }
    }
  }
  return image!;
}

function chunksOf(png: Uint8Array, view: DataView) {
  const data: Uint8Array[] = [];
  let palette: Uint8Array | undefined;
  for (let at = 8; at < png.length; at += 12 + view.getUint32(at)) {
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8));
    const body = png.subarray(at + 8, at + 8 + view.getUint32(at));
    if (type === 'IDAT') data.push(body);
    if (type === 'PLTE') palette = body;
  }
  return { header: png.subarray(16, 29), palette, data: Buffer.concat(data) };
}

function chunk(type: string, body: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + body.length);
  out.writeUInt32BE(body.length);
  out.write(type, 4, 'latin1');
  out.set(body, 8);
  out.writeUInt32BE(crc32(out.subarray(4, -4)), out.length - 4);
  return out;
}
