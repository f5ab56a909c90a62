import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ArrayEntry, openNpy, openNpz, writeNpz } from '../../src/data/npy.ts';
import { halfToNumber } from '../../src/numbers.ts';
import type { Tensor } from '../../src/tensor.ts';
import { folderOf } from './folder.ts';

interface Vector {
  npy: string;
  shape: number[];
  values: (number | string)[];
}
const vectors = JSON.parse(readFileSync(new URL('../vectors/npy.json', import.meta.url), 'utf8')) as {
  arrays: Record<string, Vector>;
  refused: Record<string, string>;
  archives: Record<'stored' | 'deflated', string>;
};

function plain(entry: ArrayEntry, values: ArrayLike<number | bigint | string>): (number | string)[] {
  return Array.from(values, (value) => {
    if (typeof value === 'string') return value;
    return entry.type === 'float16' ? halfToNumber(Number(value)) : Number(value);
  });
}

async function joined(entry: ArrayEntry, from?: number, to?: number) {
  const rows: (number | string)[] = [];
  for await (const row of entry.rows(from, to)) rows.push(...plain(entry, row));
  return rows;
}

describe('npy and npz', () => {
  it.each(Object.entries(vectors.arrays))(
    'reads %s as NumPy wrote it, whole and by rows',
    async (name, { npy, shape, values }) => {
      const folder = await folderOf({
        'a.npy': Buffer.from(npy, 'base64'),
        'stored.npz': Buffer.from(vectors.archives.stored, 'base64'),
        'deflated.npz': Buffer.from(vectors.archives.deflated, 'base64'),
      });
      const entries = [
        await openNpy(join(folder, 'a.npy'), 'a.npy'),
        await (await openNpz(join(folder, 'stored.npz'), 'stored.npz')).open(name),
        await (await openNpz(join(folder, 'deflated.npz'), 'deflated.npz')).open(name),
      ];
      for (const entry of entries) {
        expect(entry.shape).toEqual(shape);
        expect(plain(entry, await entry.read())).toEqual(values);
        expect(await joined(entry)).toEqual(values);
        if (shape.length > 0 && shape[0]! > 1) {
          const width = values.length / shape[0]!;
          expect(await joined(entry, 1, 2)).toEqual(values.slice(width, 2 * width));
        }
      }
    },
  );

  it('refuses pickled objects, structured and complex arrays, saying what to save instead', async () => {
    const open = async (name: string) => {
      const folder = await folderOf({ 'x.npy': Buffer.from(vectors.refused[name]!, 'base64') });
      return openNpy(join(folder, 'x.npy'), 'x.npy');
    };
    await expect(open('object')).rejects.toThrow(
      /^x\.npy holds pickled Python objects.*never loaded.*dtype=np\.float32/,
    );
    await expect(open('structured')).rejects.toThrow(/^x\.npy is a structured array/);
    await expect(open('complex')).rejects.toThrow(/^x\.npy has dtype <c8/);
  });

  it('reads the sizes of a header as Python 2 wrote them, and refuses what is no size or no character', async () => {
    const npy = (descr: string, shape: string, data: Uint8Array) => {
      const head = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }\n`;
      return Buffer.concat([
        Buffer.from('\x93NUMPY\x01\0', 'latin1'),
        Buffer.of(head.length, 0),
        Buffer.from(head),
        data,
      ]);
    };
    const pair = Buffer.from(Float32Array.of(1, 2).buffer);
    const folder = await folderOf({
      'long.npy': npy('<f4', '2L,', pair),
      'negative.npy': npy('<f4', '-2, 1', pair),
      'half.npy': npy('<f4', '1.5,', pair),
      'text.npy': npy('<U1', '1,', Buffer.from(Uint32Array.of(0x110000).buffer)),
    });
    const read = async (name: string) => (await openNpy(join(folder, name), name)).read();
    expect(await read('long.npy')).toEqual(Float32Array.of(1, 2));
    await expect(read('negative.npy')).rejects.toThrow(/^negative\.npy: the NumPy header is damaged/);
    await expect(read('half.npy')).rejects.toThrow(/^half\.npy: the NumPy header is damaged/);
    await expect(read('text.npy')).rejects.toThrow(/^text\.npy is damaged: it holds 1114112, which is no character/);
  });

  it('reads back what it writes, and writes the same bytes twice', async () => {
    const folder = await folderOf({});
    const tensors: Record<string, Tensor> = {
      float: { type: 'float32', dims: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
      half: { type: 'float16', dims: [2], data: Uint16Array.of(0x3c00, 0xc000) },
      long: { type: 'int64', dims: [], data: BigInt64Array.of(7n) },
      names: { type: 'string', dims: [2], data: ['große', '犬'] },
      flags: { type: 'bool', dims: [3], data: Uint8Array.of(1, 0, 1) },
    };
    await writeNpz(join(folder, 'a.npz'), tensors);
    await writeNpz(join(folder, 'b.npz'), tensors);
    expect(readFileSync(join(folder, 'a.npz')).equals(readFileSync(join(folder, 'b.npz')))).toBe(true);
    const npz = await openNpz(join(folder, 'a.npz'), 'a.npz');
    for (const [key, { type, dims, data }] of Object.entries(tensors)) {
      const entry = await npz.open(key);
      expect({ type: entry.type, dims: entry.shape, data: await entry.read() }).toEqual({ type, dims, data });
    }
  });

  it('notices a damaged archive', async () => {
    const good = Buffer.from(vectors.archives.deflated, 'base64');
    const stored = Buffer.from(vectors.archives.stored, 'base64');
    const flipped = Buffer.from(stored);
    const at = flipped.indexOf(Buffer.from(Float32Array.of(-1.25, -1).buffer));
    flipped[at]! ^= 1;
    const folder = await folderOf({
      'cut.npz': good.subarray(0, good.length - 40),
      'flipped.npz': flipped,
      'text.npz': 'hello',
      'lfs.npz': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
    });
    const read = async (name: string) => {
      const npz = await openNpz(join(folder, name), name);
      return (await npz.open('float32')).read();
    };
    await expect(read('cut.npz')).rejects.toThrow(/^cut\.npz is cut off/);
    await expect(read('flipped.npz')).rejects.toThrow(/checksum does not match/);
    await expect(read('text.npz')).rejects.toThrow(/^text\.npz is not a \.npz archive/);
    await expect(read('lfs.npz')).rejects.toThrow(/^lfs\.npz is a Git LFS pointer/);
    const npy = Buffer.from(vectors.arrays['float32']!.npy, 'base64');
    await writeFile(join(folder, 'cut.npy'), npy.subarray(0, npy.length - 8));
    await expect(openNpy(join(folder, 'cut.npy'), 'cut.npy')).rejects.toThrow(/^cut\.npy is cut off/);
  });
});
