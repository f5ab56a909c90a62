import { readFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { encode as encodePng } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { decodeImage, decodeMask, imageSize } from '../../src/data/image/decode.ts';
import { imageGeometry } from '../../src/data/image/geometry.ts';
import { orient, type Pixels, toGray, toRgb } from '../../src/data/image/pixels.ts';
import { imageTensor, maskTensor, plainPreprocess, planImage } from '../../src/data/image/preprocess.ts';
import { type Interpolation, resize } from '../../src/data/image/resize.ts';
import { readImageSize } from '../../src/data/image/size.ts';
import { tensorBytes } from '../../src/data/store.ts';
import { sha256 } from '../../src/files.ts';
import type { Preprocess } from '../../src/policy/schema.ts';
import { folderOf } from './folder.ts';
import { pattern } from './pattern.ts';

interface Vectors {
  resize: [1 | 3, number, number, number, number, Interpolation, string][];
  pipeline: [number, number, number | [number, number] | null, number | [number, number] | null, number[], string][];
  files: { name: string; file: string; width: number; height: number; rgb: string; gray: string }[];
  special: {
    png16: { file: string; width: number; height: number; gray: string };
    indices: { file: string; values: string };
  };
}
const vectors = JSON.parse(readFileSync(new URL('../vectors/images.json', import.meta.url), 'utf8')) as Vectors;
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const preprocess = (settings: Partial<Preprocess>): Preprocess => ({ ...plainPreprocess, ...settings });
const imageInput = { name: 'input', type: 'float32', dims: ['batch', 3, 'h', 'w'] } as const;

/** A chunk more, right after the header of a PNG. */
function withChunk(png: Uint8Array, type: string, data: Uint8Array): Uint8Array {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length);
  chunk.write(type, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
}

/** The PNG with another depth and colour type in its header. */
function withKind(png: Uint8Array, depth: number, colourType: number): Uint8Array {
  const changed = Buffer.from(png);
  changed.set([depth, colourType], 24);
  changed.writeUInt32BE(crc32(changed.subarray(12, 29)), 29);
  return changed;
}

describe('resize', () => {
  it('is bit for bit what PIL computes', () => {
    for (const [channels, width, height, toWidth, toHeight, filter, digest] of vectors.resize) {
      const resized = resize(pattern(width, height, channels, 7), toWidth, toHeight, filter);
      const what = `${channels} x ${width} x ${height} -> ${toWidth} x ${toHeight} ${filter}`;
      expect([what, sha256(resized.data)]).toEqual([what, digest]);
    }
  });
});

describe('preprocessing', () => {
  it('is bit for bit what torchvision computes: Resize, CenterCrop, ToTensor, Normalize', () => {
    for (const [width, height, short, crop, shape, digest] of vectors.pipeline) {
      const policy = preprocess({
        ...(short !== null && { resize: short }),
        ...(crop !== null && { crop }),
        scale: 255,
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
      });
      const tensor = imageTensor(pattern(width, height, 3, 11), planImage(policy, imageInput), 'generated');
      const what = `${width} x ${height}, resize ${short}, crop ${crop}`;
      expect([what, tensor.dims, sha256(tensorBytes(tensor))]).toEqual([what, [1, ...shape], digest]);
    }
  });

  it('gives BGR, grey, channels-last and integer inputs', () => {
    const pixels: Pixels = { width: 2, height: 1, channels: 3, data: Uint8Array.of(10, 20, 30, 40, 50, 60) };
    const run = (
      settings: Partial<Preprocess>,
      dims: (number | string)[],
      type: 'float32' | 'uint8' | 'int8' = 'float32',
    ) => imageTensor(pixels, planImage(preprocess(settings), { name: 'x', type, dims }), 'x');
    expect([...run({ color: 'bgr', layout: 'nchw' }, [1, 3, 1, 2]).data]).toEqual([30, 60, 20, 50, 10, 40]);
    expect([...run({ color: 'bgr', mean: [1, 2, 3] }, ['n', 'h', 2, 3]).data]).toEqual([29, 18, 7, 59, 48, 37]);
    expect(run({}, [1, 'h', 2, 3], 'uint8')).toMatchObject({
      dims: [1, 1, 2, 3],
      data: Uint8Array.of(10, 20, 30, 40, 50, 60),
    });
    // 0.299 R + 0.587 G + 0.114 B; a model of one channel gets grey without being told.
    expect([...run({}, ['n', 1, 1, 2]).data]).toEqual([18, 48]);
    expect(run({ color: 'gray' }, ['n', 1, 2])).toMatchObject({ dims: [1, 1, 2] });
    expect([...run({ mean: [128] }, [1, 'h', 2, 3], 'int8').data]).toEqual([-118, -108, -98, -88, -78, -68]);
  });

  it('refuses what cannot be right, naming the key', () => {
    const plan = (settings: Partial<Preprocess>, dims: (number | string)[], type: 'float32' | 'uint8' = 'float32') =>
      planImage(preprocess(settings), { name: 'input', type, dims });
    expect(() => plan({ crop: 224 }, ['n', 3, 256, 256])).toThrow(
      /gives \[1, 3, 224, 224\].*\[n, 3, 256, 256\].*`crop: 256`/,
    );
    expect(() => plan({}, ['n', 4, 8, 8])).toThrow(/3 channels.*\[n, 4, 8, 8\]/);
    expect(() => plan({ mean: [1, 2] }, ['n', 3, 8, 8])).toThrow(/preprocess.mean has 2 values for 3 channels/);
    expect(() => plan({}, ['n', 10])).toThrow(/not an image/);
    expect(() => plan({ scale: 255 }, ['n', 3, 8, 8], 'uint8')).toThrow(/preprocess \(scale, mean, std\).*uint8/);
    expect(() => imageTensor(pattern(9, 9, 3, 1), plan({}, ['n', 3, 8, 8]), 'cat.png')).toThrow(/^cat\.png gives/);
    expect(() => imageTensor(pattern(1, 5000, 3, 1), plan({ resize: 256 }, ['n', 3, 'h', 'w']), 'line.png')).toThrow(
      /^line\.png \(1 x 5000\) becomes 256 x 1280000 pixels/,
    );
  });

  it('letterboxes: keeps the aspect, centres, pads with the grey level', () => {
    const policy = preprocess({ letterbox: [6, 8], 'pad-value': 114 });
    const wide = imageTensor(pattern(16, 4, 3, 1), planImage(policy, { ...imageInput, dims: [1, 3, 6, 8] }), 'x');
    const plane = [...wide.data].slice(0, 48) as number[];
    const rows = Array.from({ length: 6 }, (_, y) => plane.slice(y * 8, y * 8 + 8).every((value) => value === 114));
    expect(rows).toEqual([true, true, false, false, true, true]);
  });

  it('says where a point of the original lies in the input', () => {
    const map = (settings: Partial<Preprocess>, width: number, height: number, x: number, y: number) => {
      const { scaleX, scaleY, offsetX, offsetY } = imageGeometry(preprocess(settings), width, height);
      return [x * scaleX + offsetX, y * scaleY + offsetY];
    };
    expect(map({ letterbox: 416 }, 832, 416, 832, 416)).toEqual([416, 312]);
    expect(map({ letterbox: 416 }, 832, 416, 0, 0)).toEqual([0, 104]);
    expect(map({ resize: 256, crop: 224 }, 512, 256, 256, 128)).toEqual([112, 112]);
    expect(map({ resize: [100, 50] }, 200, 200, 200, 100)).toEqual([50, 50]);
  });

  it('brings a mask into the geometry of the input without mixing classes', () => {
    const mask: Pixels = { width: 4, height: 2, channels: 1, data: Uint8Array.of(0, 1, 2, 3, 4, 5, 255, 7) };
    expect(maskTensor(mask, preprocess({ crop: 2 }))).toMatchObject({
      type: 'int16',
      dims: [2, 2],
      data: Int16Array.of(1, 2, 5, -100),
    });
    const boxed = maskTensor(mask, preprocess({ letterbox: 4, interpolation: 'bicubic' }));
    expect([...boxed.data].slice(0, 8)).toEqual([-100, -100, -100, -100, 0, 1, 2, 3]);
  });
});

describe('decoding', () => {
  it.each(vectors.files.map((each) => [each.name, each] as const))('%s is what PIL reads', async (name, vector) => {
    const file = bytes(vector.file);
    expect(imageSize(file, name)).toEqual({ width: vector.width, height: vector.height });
    const pixels = await decodeImage(file, name);
    expect([pixels.width, pixels.height]).toEqual([vector.width, vector.height]);
    const expected = bytes(vector.rgb);
    const largest = toRgb(pixels).data.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0);
    expect(largest).toBe(0);
    expect(sha256(toGray(pixels).data)).toBe(vector.gray);
  });

  it('takes the high byte of a 16-bit PNG', async () => {
    const { file, gray } = vectors.special.png16;
    expect(Buffer.from((await decodeImage(bytes(file), 'deep.png')).data).toString('base64')).toBe(gray);
  });

  it('looks up no colour of a palette that a colour image only suggests, and trips over no note', async () => {
    const image = bytes(vectors.files.find(({ name }) => name === 'png-rgb')!.file);
    const text = (value: string) => new TextEncoder().encode(value);
    for (const [type, data] of [
      ['PLTE', new Uint8Array(768)],
      ['tEXt', text('\u8a9e\0\u00e9')],
      ['iCCP', text('name\0\0no zlib')],
    ] as const) {
      expect((await decodeImage(withChunk(image, type, data), type)).data, type).toEqual(
        (await decodeImage(image, 'plain.png')).data,
      );
    }
  });

  it('takes class indices of 16 bits as they are', async () => {
    const deep = (values: readonly number[]) =>
      encodePng({ width: 2, height: 1, channels: 1, depth: 16, data: Uint16Array.from(values) });
    expect((await decodeMask(deep([3, 255]), 'mask.png')).data).toEqual(Uint8Array.of(3, 255));
    const colour = encodePng({ width: 1, height: 1, channels: 3, depth: 16, data: Uint16Array.of(1, 2, 999) });
    await expect(decodeMask(colour, 'mask.png')).rejects.toThrow(/a mask has one channel.*this is a colour image/);
    await expect(decodeMask(deep([3, 300]), 'mask.png')).rejects.toThrow(/^mask\.png: .*holds 300, and class indices/);
  });

  it('reads the indices of a mask that is interlaced', async () => {
    const mask = async (name: string) =>
      (await decodeMask(bytes(vectors.files.find((each) => each.name === name)!.file), 'mask.png')).data;
    const expected = pattern(23, 17, 1, 3).data.map((value) => value >> 4);
    expect(await mask('png-interlaced-palette-4')).toEqual(expected);
    expect(await mask('png-interlaced-gray-4')).toEqual(expected);
  });

  it('reads the indices of a palette mask, and refuses colours', async () => {
    const { file, values } = vectors.special.indices;
    expect(Buffer.from((await decodeMask(bytes(file), 'mask.png')).data).toString('base64')).toBe(values);
    const colour = vectors.files.find(({ name }) => name === 'png-rgb')!;
    await expect(decodeMask(bytes(colour.file), 'mask.png')).rejects.toThrow(/^mask\.png: a mask has one channel/);
    const jpeg = vectors.files.find(({ name }) => name === 'jpeg-gray')!;
    await expect(decodeMask(bytes(jpeg.file), 'mask.jpg')).rejects.toThrow(/a JPEG, whose compression changes values/);
  });

  it('names the file and the cure where an image cannot be used', async () => {
    const photo = bytes(vectors.files.find(({ name }) => name === 'jpeg-420')!.file);
    const png = bytes(vectors.files.find(({ name }) => name === 'png-rgb')!.file);
    const webp = bytes(vectors.files.find(({ name }) => name === 'webp-lossy')!.file);
    const runs = bytes(vectors.files.find(({ name }) => name === 'bmp-rle-8')!.file);
    const passes = bytes(vectors.files.find(({ name }) => name === 'png-interlaced-gray-4')!.file);
    const gray = encodePng({ width: 2, height: 2, channels: 1, data: Uint8Array.of(1, 2, 3, 4) });
    const animated = Buffer.from('RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x01\0\0\x01\0\0', 'latin1');
    /** The CMYK photograph, of which the rest is left out, or one byte is another. */
    const inks = (place: (file: Buffer) => number, value?: number) => {
      const file = Buffer.from(vectors.files.find(({ name }) => name === 'jpeg-cmyk')!.file, 'base64');
      const at = place(file);
      if (value === undefined) return Buffer.concat([file.subarray(0, at), Buffer.of(0xff, 0xd9)]);
      for (let component = 0; component < 4; component++) file[at + 3 * component] = value;
      return file;
    };
    const flipped = png.slice();
    flipped[60]! ^= 1;
    const sized = (side: number) => {
      const lying = png.slice();
      for (const at of [16, 20]) new DataView(lying.buffer, lying.byteOffset).setUint32(at, side);
      return lying;
    };
    const cases: [string, Uint8Array, RegExp][] = [
      ['a.jpg', inks(({ length }) => length - 40), /^a\.jpg: cannot decode this JPEG image \(its data ends early\)/],
      ['a.jpg', inks((file) => file.indexOf(Buffer.of(0xff, 0xc0)) + 11, 0), /its sampling factors are damaged/],
      ['b.jpg', photo.subarray(0, photo.length - 100), /^b\.jpg is cut off/],
      ['c.jpg', photo.subarray(0, 100), /^c\.jpg: the JPEG header is cut off/],
      ['d.png', png.subarray(0, png.length - 60), /^d\.png is cut off: the PNG ends before its last line/],
      ['e.png', flipped, /^e\.png: cannot decode this PNG.*CRC/i],
      ['huge.png', sized(60_000), /^huge\.png has 60000 x 60000 pixels, more than fit into memory/],
      ['lying.png', sized(9_000), /^lying\.png is damaged: its header says 9000 x 9000 pixels, more than \d+ bytes/],
      ['bare.png', withKind(gray, 8, 3), /^bare\.png: cannot decode this PNG image \(its palette is missing\)/],
      ['kind.png', withKind(gray, 4, 2), /^kind\.png is damaged: no PNG has colour type 2 of 4 bits/],
      [
        'runs.bmp',
        runs.subarray(0, runs.length - 12),
        /^runs\.bmp: cannot decode this BMP image \(the file is cut off\)/,
      ],
      ['passes.png', withChunk(passes, 'IDAT', deflateSync(new Uint8Array(9))), /its data ends before its last row/],
      ['moving.webp', animated, /^moving\.webp is an animated WebP; save the frame/],
      ['f.webp', webp.subarray(0, 60), /^f\.webp: cannot decode this WEBP/],
      ['g.jpg', new Uint8Array(0), /^g\.jpg is empty/],
      [
        'h.jpg',
        new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid'),
        /^h\.jpg is a Git LFS pointer.*git lfs pull/,
      ],
      ['i.jpg', new TextEncoder().encode('GIF89a'), /^i\.jpg is a GIF; images are JPEG, PNG, WebP or BMP/],
      ['j.jpg', new TextEncoder().encode('<!DOCTYPE html>'), /^j\.jpg is a text/],
    ];
    for (const [name, file, message] of cases) {
      await expect(decodeImage(file, name), name).rejects.toThrow(message);
      await expect(decodeImage(file, name), name).rejects.toMatchObject({ name: 'UserError' });
    }
    // A codec that has failed decodes the next image as before.
    expect((await decodeImage(photo, 'k.jpg')).width).toBe(40);
  });
});

describe('the size of a file', () => {
  const vector = (name: string) => vectors.files.find((each) => each.name === name)!;
  const sizes = async (files: Record<string, Uint8Array>, change = async (_path: string) => {}) => {
    const folder = await folderOf(files);
    return Promise.all(
      Object.keys(files).map(async (name) => {
        const path = join(folder, name);
        await change(path);
        return readImageSize({ path, name });
      }),
    );
  };

  it('is read wherever the header has its orientation', async () => {
    const [jpeg, png] = [vector('jpeg-orientation-6'), vector('png-orientation-6')];
    const segment = Buffer.concat([Uint8Array.of(0xff, 0xe2, 0xc3, 0x52), new Uint8Array(50_000)]);
    const [start, rest] = [bytes(jpeg.file).subarray(0, 2), bytes(jpeg.file).subarray(2)];
    const found = await sizes({
      'a.jpg': Buffer.concat([start, segment, segment, rest]),
      'a.png': withChunk(bytes(png.file), 'tEXt', new Uint8Array(100_000)),
    });
    expect(found).toEqual([jpeg, png].map(({ width, height }) => ({ width, height })));
  });

  it.skipIf(process.platform === 'win32')('takes no reading of the pixels', async () => {
    const [jpeg, bmp] = [vector('jpeg-orientation-6'), vector('bmp-24')];
    // More than a buffer holds, and no bytes on the disk.
    const found = await sizes({ 'a.jpg': bytes(jpeg.file), 'a.bmp': bytes(bmp.file) }, (path) =>
      truncate(path, 2 ** 33),
    );
    expect(found).toEqual([jpeg, bmp].map(({ width, height }) => ({ width, height })));
  });
});

describe('orientation', () => {
  it('counts from 1 to 8, as a LONG too; another is none', async () => {
    const image = bytes(vectors.files.find(({ name }) => name === 'png-rgb')!.file);
    const { width, height } = imageSize(image, 'plain.png');
    const turned = async (type: number, value: readonly number[]) => {
      const tiff = Uint8Array.of(
        0x4d,
        0x4d,
        0,
        42,
        0,
        0,
        0,
        8,
        0,
        1,
        1,
        0x12,
        0,
        type,
        0,
        0,
        0,
        1,
        ...value,
        0,
        0,
        0,
        0,
      );
      const file = withChunk(image, 'eXIf', tiff);
      const pixels = await decodeImage(file, 'turned.png');
      expect(imageSize(file, 'turned.png')).toEqual({ width: pixels.width, height: pixels.height });
      return [pixels.width, pixels.height];
    };
    expect(await turned(3, [0, 6, 0, 0])).toEqual([height, width]);
    expect(await turned(4, [0, 0, 0, 6])).toEqual([height, width]);
    expect(await turned(3, [0, 9, 0, 0])).toEqual([width, height]);
  });

  it('leaves unknown values alone', () => {
    const pixels = pattern(3, 2, 3, 1);
    expect(orient(pixels, 0)).toBe(pixels);
    expect(orient(pixels, 9)).toBe(pixels);
  });
});
