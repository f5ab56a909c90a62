import jpegFactory from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import webpFactory from '@jsquash/webp/codec/dec/webp_dec.js';
import { decode as decodePngFile } from 'fast-png';
import { UserError } from '../../errors.ts';
import { refuseLfsPointer } from '../lfs.ts';
import { decodeBmp } from './bmp.ts';
import { takeApart } from './four-components.ts';
import {
  type ImageFormat,
  type ImageHeader,
  imageFormat,
  isAnimatedWebp,
  pngIndexed,
  pngPixelChunks,
  pngProblem,
  readImageHeader,
  readJpegHeader,
} from './header.ts';
import { decodeInterlaced } from './interlaced.ts';
import { dropAlpha, mostPixels, orient, type Pixels } from './pixels.ts';
import { instantiate, loadWasm, type wasmFiles } from './wasm.ts';

/**
 * Decodes a JPEG, PNG, WebP or BMP image to 8-bit grey or RGB, turned as its EXIF orientation says.
 *
 * The pixels are those of PIL's `Image.open(file).convert('RGB')` (after `ImageOps.exif_transpose`): alpha is dropped,
 * palettes are looked up. One difference is meant: 16-bit PNGs give their high byte in grey as in colour, where PIL
 * clips grey at 255, which makes almost every such image white.
 *
 * @throws UserError naming `file` where it is no image, is cut off, or is of a kind that is refused (12-bit, arithmetic coding)
 */
export async function decodeImage(bytes: Uint8Array, file: string): Promise<Pixels> {
  const { header, pixels } = await decodeStored(bytes, file);
  return orient(pixels, header.orientation);
}

/**
 * Decodes a mask: one channel whose values are class indices. A palette image gives its indices, not its colours.
 *
 * @throws UserError where the image has several channels
 */
export async function decodeMask(bytes: Uint8Array, file: string): Promise<Pixels> {
  const format = formatOf(bytes, file);
  headerOf(bytes, file, format);
  const pixels =
    format === 'png' ? decodePng(bytes, file, { indices: true }) : (await decodeStored(bytes, file)).pixels;
  if (pixels.channels !== 1 || format === 'jpeg') {
    throw new UserError(
      `${file}: a mask has one channel whose values are class indices (a grey or palette PNG), this is ` +
        `${format === 'jpeg' ? 'a JPEG, whose compression changes values' : 'a colour image'}. Save masks as 8-bit PNG.`,
    );
  }
  return pixels;
}

/**
 * Size of the image as it is seen, after the EXIF orientation, read without decoding.
 *
 * @throws UserError where the bytes are no readable image
 */
export function imageSize(bytes: Uint8Array, file: string): { width: number; height: number } {
  const { width, height, orientation } = headerOf(bytes, file, formatOf(bytes, file));
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

async function decodeStored(bytes: Uint8Array, file: string): Promise<{ header: ImageHeader; pixels: Pixels }> {
  const format = formatOf(bytes, file);
  const header = headerOf(bytes, file, format);
  return { header, pixels: await decoders[format](bytes, file) };
}

const decoders: Record<ImageFormat, (bytes: Uint8Array, file: string) => Pixels | Promise<Pixels>> = {
  jpeg: decodeJpeg,
  png: decodePng,
  webp: decodeWebp,
  bmp(bytes, file) {
    try {
      return decodeBmp(bytes);
    } catch (error) {
      throw cannotDecode(file, 'bmp', error);
    }
  },
};

/** The format of an image's bytes. @throws UserError with what the bytes are instead */
export function formatOf(bytes: Uint8Array, file: string): ImageFormat {
  const format = imageFormat(bytes);
  if (format) return format;
  refuseLfsPointer(bytes, file, 'an image');
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 64));
  if (bytes.length === 0) throw new UserError(`${file} is empty (0 bytes); remove it or put the image back.`);
  const other = foreignFormats.find(([pattern]) => pattern.test(start))?.[1];
  throw new UserError(
    `${file} is ${other ?? 'not an image'}; images are JPEG, PNG, WebP or BMP. Convert it, or move it out of the folder.`,
  );
}

const foreignFormats: readonly (readonly [RegExp, string])[] = [
  [/^GIF8/, 'a GIF'],
  [/^(II\*|MM.\*)/, 'a TIFF'],
  [/^....ftyp(avif|avis)/s, 'an AVIF image'],
  [/^....ftyp(heic|heix|mif1)/s, 'a HEIC image'],
  [/^....JXL /s, 'a JPEG XL image'],
  [/^\s*<(!DOCTYPE|html|svg|\?xml)/i, 'a text (HTML, XML or SVG)'],
  [/^\x93NUMPY/, 'a NumPy array (use `arrays`)'],
];

function headerOf(bytes: Uint8Array, file: string, format: ImageFormat): ImageHeader {
  const header = readImageHeader(bytes);
  if (!header || !(header.width > 0 && header.height > 0)) {
    throw new UserError(`${file}: the ${format.toUpperCase()} header is cut off or damaged; save the image again.`);
  }
  if (header.width * header.height > mostPixels) {
    throw new UserError(
      `${file} has ${header.width} x ${header.height} pixels, more than fit into memory; make it smaller, or save it again if its ` +
        'header is wrong.',
    );
  }
  return header;
}

function cannotDecode(file: string, format: ImageFormat, why: unknown): UserError {
  const detail = why instanceof Error ? why.message : String(why);
  return new UserError(`${file}: cannot decode this ${format.toUpperCase()} image (${detail}); save it again.`, {
    cause: why,
  });
}

interface WasmDecoder {
  decode(
    bytes: Uint8Array,
    ...options: readonly boolean[]
  ): { width: number; height: number; data: Uint8ClampedArray } | null;
}
type WasmFactory = (options: object) => Promise<WasmDecoder>;

/** The codec does not turn the image; `orient` does, for all formats. */
const keepOrientation = false;

const instances = new Map<string, Promise<WasmDecoder>>();
let codecMessage = '';

async function decodeWasm(
  packagePath: keyof typeof wasmFiles,
  factory: unknown,
  bytes: Uint8Array,
  ...options: readonly boolean[]
): Promise<Pixels> {
  let instance = instances.get(packagePath);
  if (!instance) {
    instance = loadWasm(packagePath).then((module) =>
      (factory as WasmFactory)({
        noInitialRun: true,
        print: () => {},
        printErr: (text: string) => {
          codecMessage = text;
        },
        instantiateWasm: (imports: object, done: (instance: object) => void) => {
          const made = instantiate(module, imports);
          done(made);
          return made.exports;
        },
      }),
    );
    instances.set(packagePath, instance);
  }
  const codec = await instance;
  codecMessage = '';
  try {
    const image = codec.decode(bytes, ...options);
    if (!image) throw new Error(codecMessage || 'damaged data');
    return dropAlpha(image.width, image.height, image.data);
  } catch (error) {
    // The C library has exited inside this instance; the next image gets a new one.
    instances.delete(packagePath);
    throw new Error(codecMessage || 'damaged data', { cause: error });
  }
}

async function decodeJpeg(bytes: Uint8Array, file: string): Promise<Pixels> {
  const header = readJpegHeader(bytes);
  if (!header) throw cannotDecode(file, 'jpeg', 'no frame header');
  if (header.precision !== 8 || ![0xc0, 0xc1, 0xc2].includes(header.frame)) {
    throw new UserError(
      `${file}: this kind of JPEG (${header.precision} bits, frame type ${header.frame.toString(16)}) is not supported; ` +
        'save it as a baseline or progressive 8-bit JPEG.',
    );
  }
  if (!hasEndOfImage(bytes, header.scanAt)) {
    throw new UserError(
      `${file} is cut off: the JPEG ends before its last line (${bytes.length} bytes). Copy it again.`,
    );
  }
  try {
    return header.components === 4 ? await decodeCmyk(bytes) : await jpegPixels(bytes);
  } catch (error) {
    throw cannotDecode(file, 'jpeg', error);
  }
}

const jpegPixels = (bytes: Uint8Array): Promise<Pixels> =>
  decodeWasm('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm', jpegFactory, bytes, keepOrientation);

/** Inks for print, which Adobe's programs store inverted, and PIL takes all files to be stored so. */
async function decodeCmyk(bytes: Uint8Array): Promise<Pixels> {
  const { colours, black, isTransformed } = takeApart(bytes);
  const { width, height, data } = await jpegPixels(colours);
  const light = (await jpegPixels(black)).data;
  for (let at = 0; at < data.length; at++) {
    const ink = isTransformed ? data[at]! : 255 - data[at]!;
    const most = light[at - (at % 3)]!;
    // Integers as PIL's `cmyk2rgb` has them: the product over 255, rounded.
    const product = ink * most + 128;
    data[at] = Math.max(0, most - ((product + (product >> 8)) >> 8));
  }
  return { width, height, channels: 3, data };
}

/** The decoder fills what is missing with grey; PIL refuses such a file, and so do we. */
function hasEndOfImage(bytes: Uint8Array, from: number): boolean {
  for (let at = bytes.length - 2; at >= from; at--) if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true;
  return false;
}

async function decodeWebp(bytes: Uint8Array, file: string): Promise<Pixels> {
  if (isAnimatedWebp(bytes)) throw new UserError(`${file} is an animated WebP; save the frame that is meant.`);
  try {
    return await decodeWasm('@jsquash/webp/codec/dec/webp_dec.wasm', webpFactory, bytes);
  } catch (error) {
    throw cannotDecode(file, 'webp', error);
  }
}

function decodePng(bytes: Uint8Array, file: string, { indices = false } = {}): Pixels {
  const problem = pngProblem(bytes);
  if (problem) throw new UserError(`${file} ${problem}. Copy it again.`);
  try {
    const png = pngPixelChunks(bytes);
    // fast-png joins the passes of an interlaced image by whole bytes.
    const [depth, interlaced] = [bytes[24] ?? 0, bytes[28] === 1];
    return depth < 8 && interlaced
      ? decodeInterlaced(png, (pass) => pngPixels(pass, indices))
      : pngPixels(png, indices);
  } catch (error) {
    throw cannotDecode(file, 'png', error);
  }
}

/** @param indices whether the places in a palette are wanted, not its colours */
function pngPixels(bytes: Uint8Array, indices: boolean): Pixels {
  const png = decodePngFile(bytes);
  const { width, height, channels, palette } = png;
  if (bytes[25] === pngIndexed && !palette) throw new Error('its palette is missing');
  const bytesOf = indices && channels < 3 ? lowBytes : highBytes;
  const values = png.depth === 16 ? bytesOf(png.data as Uint16Array) : unpack(png);
  if (palette && !indices) {
    const data = new Uint8Array(width * height * 3);
    for (let pixel = 0; pixel < width * height; pixel++) {
      const colour = palette[values[pixel]!];
      if (!colour) throw new Error(`colour ${values[pixel]} is not in the palette of ${palette.length}`);
      data.set(colour.slice(0, 3), pixel * 3);
    }
    return { width, height, channels: 3, data };
  }
  if (channels === 4) return dropAlpha(width, height, values);
  if (channels === 3) return { width, height, channels: 3, data: values };
  if (channels === 2) return { width, height, channels: 1, data: values.filter((_, at) => at % 2 === 0) };
  // Grey of 1, 2 or 4 bits spreads over 0..255, except in a mask, where the value is what counts.
  const scale = palette || indices || png.depth >= 8 ? 1 : 255 / (2 ** png.depth - 1);
  return { width, height, channels: 1, data: scale === 1 ? values : values.map((value) => value * scale) };
}

function highBytes(values: Uint16Array): Uint8Array {
  return Uint8Array.from(values, (value) => value >> 8);
}

/** Class indices that were saved with 16 bits. */
function lowBytes(values: Uint16Array): Uint8Array {
  const large = values.find((value) => value > 255);
  if (large !== undefined) throw new Error(`it holds ${large}, and class indices end at 254, 255 being no class`);
  return Uint8Array.from(values);
}

/** One value a byte, from rows of 1, 2 or 4 bits a pixel that each begin at a byte. */
function unpack({ width, height, depth, data }: ReturnType<typeof decodePngFile>): Uint8Array {
  if (depth === 8) return data as Uint8Array;
  const values = new Uint8Array(width * height);
  const stride = Math.ceil((width * depth) / 8);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to++) {
      const bit = x * depth;
      values[to] = ((data[y * stride + (bit >> 3)] as number) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
    }
  }
  return values;
}
