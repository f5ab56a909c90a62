import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { batchAxes, stackFeeds } from '../../src/data/batch.ts';
import type { Dataset, Sample } from '../../src/data/dataset.ts';
import { materialize, materializeIn, repeatedSamples, sharedSamples } from '../../src/data/materialize.ts';
import { openStore, readSample, sliceStore, storeReference } from '../../src/data/store.ts';
import type { Progress } from '../../src/progress.ts';
import type { Tensor } from '../../src/tensor.ts';
import { folderOf } from './folder.ts';

const rate: Tensor = { type: 'int64', dims: [], data: BigInt64Array.of(16000n) };

function sample(index: number): Sample {
  return {
    id: `data[${index}]`,
    inputs: {
      x: { type: 'float32', dims: [1, 3], data: Float32Array.of(index, index + 0.5, -index) },
      ids: { type: 'int64', dims: [1, 2], data: BigInt64Array.of(BigInt(index), 9n) },
      text: { type: 'string', dims: [1], data: [`größe ${index}`] },
      sr: rate,
    },
    label:
      index % 2 === 0
        ? { kind: 'class', index }
        : { kind: 'tensor', tensor: { type: 'uint8', dims: [2, 2], data: Uint8Array.of(index, 1, 2, 3) } },
  };
}

function dataset(indices: readonly number[], key?: string, onDecode = () => {}): Dataset {
  return {
    description: 'data',
    size: indices.length,
    classes: ['a', 'b'],
    ...(key !== undefined && { cacheKey: async () => key }),
    async *samples() {
      for (const index of indices) {
        onDecode();
        yield sample(index);
      }
    },
  };
}

const plainLabel = (label: Sample['label']) =>
  label?.kind === 'tensor' ? { kind: 'tensor', tensor: label.tensor } : label;

describe('a store of decoded samples', () => {
  it('gives back what went in, in this process and reopened', async () => {
    const folder = await folderOf({});
    const written = await materialize(dataset([0, 1, 2, 3, 4]), join(folder, 'a.feeds'));
    const reopened = openStore(written.path);
    expect(reopened.digest).toBe(written.digest);
    expect(reopened.classes).toEqual(['a', 'b']);
    const fd = openSync(written.path, 'r');
    for (let index = 0; index < 5; index++) {
      const read = readSample(reopened, index, fd);
      expect({ ...read, label: plainLabel(read.label) }).toEqual(sample(index));
      expect(readSample(written, index).inputs).toEqual(sample(index).inputs);
    }
    closeSync(fd);
    const places = reopened.samples.flatMap(({ inputs }) => Object.values(inputs));
    expect(places.every(({ offset }) => offset % 64 === 0)).toBe(true);
    // The tensor that all samples share is there once.
    expect(new Set(reopened.samples.map(({ inputs }) => inputs['sr']?.offset)).size).toBe(1);
    expect(() => readSample(reopened, 5)).toThrow('sample 5 of 5');
  });

  it('is sliced without copying, and a slice has a digest of its own', async () => {
    const folder = await folderOf({});
    const store = await materialize(dataset([0, 1, 2, 3, 4]), join(folder, 'a.feeds'));
    const slice = sliceStore(sliceStore(store, 1), 1, 3);
    expect(slice.samples.map(({ id }) => id)).toEqual(['data[2]', 'data[3]']);
    expect(readSample(slice, 0).inputs).toEqual(sample(2).inputs);
    const elsewhere = openStore(JSON.parse(JSON.stringify(storeReference(slice))));
    expect(elsewhere.digest).toBe(slice.digest);
    expect(elsewhere.samples.map(({ id }) => id)).toEqual(['data[2]', 'data[3]']);
    expect(slice.digest).not.toBe(store.digest);
    // The same samples decoded elsewhere are the same data.
    const again = await materialize(dataset([2, 3]), join(folder, 'b.feeds'));
    expect(again.digest).toBe(slice.digest);
  });

  it('is decoded once for the same key, and again for another or a damaged file', async () => {
    const folder = await folderOf({});
    let decoded = 0;
    const count = () => decoded++;
    const first = await materializeIn(folder, dataset([0, 1], 'one', count));
    const notes: string[] = [];
    const progress: Progress = { stage: () => ({ advance() {}, done() {} }), note: (text) => notes.push(text) };
    const second = await materializeIn(folder, dataset([0, 1], 'one', count), progress);
    expect([decoded, second.digest, second.path]).toEqual([2, first.digest, first.path]);
    expect(notes).toEqual(['data: decoded before, taken from the cache']);
    await materializeIn(folder, dataset([0, 1, 2], 'two', count));
    expect(decoded).toBe(5);
    writeFileSync(first.path, readFileSync(first.path).subarray(0, 10));
    await materializeIn(folder, dataset([0, 1], 'one', count));
    expect(decoded).toBe(7);
    writeFileSync(`${first.path}.json`, '{ not json');
    await materializeIn(folder, dataset([0, 1], 'one', count));
    expect(decoded).toBe(9);
  });

  it('leaves nothing behind where a sample cannot be decoded', async () => {
    const folder = await folderOf({});
    const failing = dataset([0, 1]);
    const broken: Dataset = {
      ...failing,
      async *samples() {
        yield sample(0);
        throw new Error('cat.png is cut off');
      },
    };
    await expect(materialize(broken, join(folder, 'a.feeds'))).rejects.toThrow('cat.png is cut off');
    expect(readdirSync(folder)).toEqual([]);
    await materialize(failing, join(folder, 'a.feeds'));
    expect(existsSync(join(folder, 'a.feeds.json'))).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['a.feeds', 'a.feeds.json']);
  });

  it('knows the samples that two datasets share, or one repeats, by what they hold, not by their names', async () => {
    const folder = await folderOf({});
    const calibration = await materialize(dataset([7, 2, 9]), join(folder, 'a.feeds'));
    const renamed: Dataset = {
      ...dataset([1, 2, 3]),
      async *samples() {
        for (const index of [1, 2, 3]) yield { ...sample(index), id: `other/${index}.png` };
      },
    };
    const validation = await materialize(renamed, join(folder, 'b.feeds'));
    expect(sharedSamples(calibration, validation)).toEqual([{ first: 'data[2]', second: 'other/2.png' }]);
    const repeating: Dataset = {
      ...dataset([1, 2, 3, 4]),
      async *samples() {
        for (const [at, index] of [1, 2, 1, 1].entries()) yield { ...sample(index), id: `${at}.png` };
      },
    };
    expect(repeatedSamples(await materialize(repeating, join(folder, 'c.feeds')))).toBe(2);
    expect(repeatedSamples(validation)).toBe(0);
  });
});

describe('stackFeeds', () => {
  const inputs = [
    { name: 'x', type: 'float32', dims: ['batch', 2] },
    { name: 'state', type: 'float32', dims: [2, 'batch', 2] },
    { name: 'sr', type: 'int64', dims: [] },
  ] as const;
  const recurrent = (index: number, sr = 16000n): Sample => ({
    id: `s${index}`,
    inputs: {
      x: { type: 'float32', dims: [1, 2], data: Float32Array.of(index, index) },
      state: { type: 'float32', dims: [2, 1, 2], data: Float32Array.of(index, index, -index, -index) },
      sr: { type: 'int64', dims: [], data: BigInt64Array.of(sr) },
    },
  });

  it('joins each input along the axis that is its batch', () => {
    const feeds = stackFeeds([recurrent(1), recurrent(2)], batchAxes(inputs));
    expect(feeds).toEqual({
      x: { type: 'float32', dims: [2, 2], data: Float32Array.of(1, 1, 2, 2) },
      state: { type: 'float32', dims: [2, 2, 2], data: Float32Array.of(1, 1, 2, 2, -1, -1, -2, -2) },
      sr: { type: 'int64', dims: [], data: BigInt64Array.of(16000n) },
    });
    const text = (word: string): Sample => ({ id: word, inputs: { t: { type: 'string', dims: [1], data: [word] } } });
    expect(stackFeeds([text('a'), text('b')])).toEqual({ t: { type: 'string', dims: [2], data: ['a', 'b'] } });
  });

  it('finds the batch axis by the name that the model uses for it', () => {
    const axes = (...dims: (number | string | undefined)[][]) =>
      Object.values(batchAxes(dims.map((each, index) => ({ name: `${index}`, type: 'float32', dims: each }))));
    expect(axes(['batch', 3], [2, 'batch', 8], [])).toEqual([0, 1, undefined]);
    expect(axes(['N', 3], [1, 'N', 8])).toEqual([0, 1]);
    expect(axes([1, 3, 8, 8], [undefined, 4])).toEqual([0, 0]);
    expect(axes([4, 3])).toEqual([undefined]);
  });

  it('refuses samples that cannot share a batch, naming them', () => {
    const longer = {
      id: 'long',
      inputs: { ...recurrent(1).inputs, x: { type: 'float32', dims: [1, 3], data: new Float32Array(3) } as const },
    };
    expect(() => stackFeeds([recurrent(1), longer])).toThrow(
      /^s1 and long cannot share a batch: input "x" is \[1,2\] in one and \[1,3\]/,
    );
    expect(() => stackFeeds([recurrent(1), recurrent(2, 8000n)], batchAxes(inputs))).toThrow(
      /s1 and s2 cannot share a batch: input "sr"/,
    );
  });
});
