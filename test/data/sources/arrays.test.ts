import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plainPreprocess } from '../../../src/data/image/preprocess.ts';
import { encodeNpy, writeNpz } from '../../../src/data/npy.ts';
import type { Progress } from '../../../src/progress.ts';
import type { Tensor, TensorInfo } from '../../../src/tensor.ts';
import { folderOf, open, samplesOf } from '../folder.ts';

const float = (dims: number[], ...data: number[]): Tensor => ({ type: 'float32', dims, data: Float32Array.from(data) });
const long = (dims: number[], ...data: number[]): Tensor => ({
  type: 'int64',
  dims,
  data: BigInt64Array.from(data, BigInt),
});
const bytes = (dims: number[], ...data: number[]): Tensor => ({ type: 'uint8', dims, data: Uint8Array.from(data) });
const input = (name: string, dims: TensorInfo['dims'], type: TensorInfo['type'] = 'float32'): TensorInfo => ({
  name,
  type,
  dims,
});

async function npz(arrays: Record<string, Tensor>): Promise<string> {
  const folder = await folderOf({});
  await writeNpz(join(folder, 'data.npz'), arrays);
  return folder;
}
const inputsOf = async (folder: string, source: object, options: Parameters<typeof open>[2]) =>
  (await samplesOf(await open(folder, { arrays: 'data.npz', ...source }, options))).map(({ inputs }) => inputs);

describe('arrays', () => {
  it('splits an array of the rank of the input along axis 0, and one of a rank more by its entries', async () => {
    const folder = await npz({ flat: float([2, 2], 1, 2, 3, 4), deep: float([2, 1, 2], 1, 2, 3, 4) });
    for (const key of ['flat', 'deep']) {
      expect(await inputsOf(folder, { inputs: { x: key } }, { inputs: [input('x', ['n', 2])] })).toEqual([
        { x: float([1, 2], 1, 2) },
        { x: float([1, 2], 3, 4) },
      ]);
    }
  });

  it.runIf(process.platform === 'linux')('leaves no file open where only the first samples are wanted', async () => {
    const folder = await npz({ x: float([3, 2], 1, 2, 3, 4, 5, 6) });
    const dataset = await open(folder, { arrays: 'data.npz' }, { inputs: [input('x', ['n', 2])] });
    const ours = async () => {
      const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
      return (await Promise.all(links)).filter((path) => path.startsWith(folder));
    };
    for await (const { inputs } of dataset.samples()) {
      expect(inputs['x']).toEqual(float([1, 2], 1, 2));
      break;
    }
    expect(await ours()).toEqual([]);
  });

  it('takes the batch axis of a recurrent state, constants, scalars and numbers of the policy', async () => {
    const folder = await npz({
      x: float([3, 2], 1, 2, 3, 4, 5, 6),
      perSample: float([3, 2, 1, 1], 1, -1, 2, -2, 3, -3),
      along: float([2, 3, 1], 1, 2, 3, -1, -2, -3),
      shared: float([2, 1, 1], 7, 8),
      rate: long([], 16000),
    });
    const inputs = [input('x', ['batch', 2]), input('state', [2, 'batch', 1]), input('sr', [], 'int64')];
    for (const state of ['perSample', 'along']) {
      const read = await inputsOf(folder, { inputs: { state, sr: 'rate' } }, { inputs });
      expect(read[1]).toEqual({ x: float([1, 2], 3, 4), state: float([2, 1, 1], 2, -2), sr: long([], 16000) });
    }
    const read = await inputsOf(folder, { inputs: { state: 'shared', sr: 8000 } }, { inputs });
    expect(read[2]).toEqual({ x: float([1, 2], 5, 6), state: float([2, 1, 1], 7, 8), sr: long([], 8000) });
  });

  it('converts to the type of the input and says which value does not fit', async () => {
    const folder = await npz({
      ids: long([2, 2], 1, 2, 3, 4),
      big: long([1, 2], 1, 2 ** 40),
      half: float([1, 2], 1, 0.5),
    });
    const ids = [input('ids', ['n', 2], 'int32')];
    expect(await inputsOf(folder, {}, { inputs: ids })).toMatchObject([
      { ids: { type: 'int32', data: Int32Array.of(1, 2) } },
      { ids: { type: 'int32', data: Int32Array.of(3, 4) } },
    ]);
    await expect(inputsOf(folder, { inputs: { ids: 'big' } }, { inputs: ids })).rejects.toThrow(
      'data.npz[big][0], value 1, is 1099511627776, and the model wants int32',
    );
    await expect(inputsOf(folder, { inputs: { ids: 'half' } }, { inputs: ids })).rejects.toThrow(
      'data.npz[half][0], value 1, is 0.5',
    );
  });

  it('preprocesses uint8 images, channels first or last, and feeds others as they are', async () => {
    const folder = await npz({
      last: bytes([2, 1, 2, 3], 0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255),
      first: bytes([1, 3, 1, 2], 0, 3, 1, 4, 2, 5),
      gray: bytes([1, 1, 2], 9, 8),
      ready: float([1, 3, 1, 2], 0, 3, 1, 4, 2, 5),
    });
    const inputs = [input('x', ['n', 3, 1, 2])];
    const preprocess = { ...plainPreprocess, scale: 2 };
    expect(await inputsOf(folder, { inputs: { x: 'last' } }, { inputs })).toEqual([
      { x: float([1, 3, 1, 2], 0, 3, 1, 4, 2, 5) },
      { x: float([1, 3, 1, 2], 250, 253, 251, 254, 252, 255) },
    ]);
    const halved = [{ x: float([1, 3, 1, 2], 0, 1.5, 0.5, 2, 1, 2.5) }];
    expect(await inputsOf(folder, { inputs: { x: 'last' }, limit: 1 }, { inputs, preprocess })).toEqual(halved);
    expect(await inputsOf(folder, { inputs: { x: 'first' } }, { inputs, preprocess })).toEqual(halved);
    expect(
      await inputsOf(folder, { inputs: { x: 'gray' } }, { inputs: [input('x', [1, 1, 1, 2])], preprocess }),
    ).toEqual([{ x: float([1, 1, 1, 2], 4.5, 4) }]);
    const notes: string[] = [];
    const progress: Progress = { stage: () => ({ advance() {}, done() {} }), note: (text) => notes.push(text) };
    expect(await inputsOf(folder, { inputs: { x: 'ready' } }, { inputs, preprocess, progress })).toEqual([
      { x: float([1, 3, 1, 2], 0, 3, 1, 4, 2, 5) },
    ]);
    expect(notes).toEqual([
      'data.npz[ready] is float32: `preprocess` is for uint8 images, and these values are fed as they are',
    ]);
  });

  it('feeds uint8 arrays that fit as they are, whatever they would be as images', async () => {
    const frames = Array.from({ length: 16 }, (_, at) => at);
    const folder = await npz({
      frames: bytes([1, 4, 2, 2], ...frames),
      board: bytes([1, 3, 1, 4], ...frames.slice(4)),
    });
    expect(await inputsOf(folder, { inputs: { x: 'frames' } }, { inputs: [input('x', ['n', 4, 2, 2])] })).toEqual([
      { x: float([1, 4, 2, 2], ...frames) },
    ]);
    expect(await inputsOf(folder, { inputs: { x: 'board' } }, { inputs: [input('x', ['n', 3, 1, 4])] })).toEqual([
      { x: float([1, 3, 1, 4], ...frames.slice(4)) },
    ]);
  });

  it('takes no NaN for a class', async () => {
    const folder = await npz({
      x: float([3, 1], 1, 2, 3),
      y: float([3], 0, Number.NaN, 1),
      text: { type: 'string', dims: [3], data: ['0', 'nan', '1'] },
    });
    const opened = (labels: string) =>
      open(folder, { arrays: 'data.npz', labels, inputs: { x: 'x' } }, { inputs: [input('x', ['n', 1])] });
    await expect(opened('y')).rejects.toThrow(/data\.npz\[y\]\[1\]: the label is missing/);
    await expect(opened('text')).rejects.toThrow(/data\.npz\[text\]\[1\]: the label is missing/);
  });

  it('reads labels: classes, one-hot, values, targets, names, a CSV file', async () => {
    const folder = await npz({
      x: float([2, 1], 1, 2),
      classes: long([2], 1, 0),
      column: long([2, 1], 1, 0),
      oneHot: float([2, 3], 0, 0, 1, 1, 0, 0),
      values: float([2, 2], 0.5, 1, 1.5, 2),
      images: bytes([2, 1, 2, 2], 1, 2, 3, 4, 5, 6, 7, 8),
      names: { type: 'string', dims: [2], data: ['dog', 'cat'] },
    });
    const labels = async (key: string, task: 'classification' | 'regression' | 'generic' | 'language-model') =>
      (
        await samplesOf(
          await open(folder, { arrays: 'data.npz', labels: key }, { inputs: [input('x', ['n', 1])], task }),
        )
      ).map(({ label }) => label);
    const indices = [
      { kind: 'class', index: 1 },
      { kind: 'class', index: 0 },
    ];
    expect(await labels('classes', 'classification')).toEqual(indices);
    expect(await labels('column', 'generic')).toEqual(indices);
    expect(await labels('names', 'classification')).toEqual(indices);
    expect(await labels('oneHot', 'classification')).toEqual([
      { kind: 'class', index: 2 },
      { kind: 'class', index: 0 },
    ]);
    expect(await labels('classes', 'regression')).toEqual([
      { kind: 'values', values: [1] },
      { kind: 'values', values: [0] },
    ]);
    expect(await labels('values', 'generic')).toEqual([
      { kind: 'values', values: [0.5, 1] },
      { kind: 'values', values: [1.5, 2] },
    ]);
    expect((await labels('images', 'regression'))[1]).toEqual({ kind: 'tensor', tensor: bytes([1, 2, 2], 5, 6, 7, 8) });
    expect((await labels('values', 'language-model'))[0]).toEqual({ kind: 'tensor', tensor: float([2], 0.5, 1) });
  });

  it('takes a .npy file an input, and labels from a file', async () => {
    const folder = await folderOf({
      'a.npy': encodeNpy(float([2, 1], 1, 2)),
      'y.npy': encodeNpy(long([2], 4, 5)),
      'y.csv': 'id,target\n1,4\n2,5\n',
    });
    const inputs = [input('x', ['n', 1])];
    for (const source of [
      { arrays: 'a.npy', labels: 'y.npy' },
      { arrays: { x: 'a.npy' }, labels: 'y.csv', 'label-column': 'target' },
    ]) {
      const samples = await samplesOf(await open(folder, source, { inputs }));
      expect(samples.map(({ inputs: feeds, label }) => [feeds['x']?.data, label])).toEqual([
        [Float32Array.of(1), { kind: 'class', index: 4 }],
        [Float32Array.of(2), { kind: 'class', index: 5 }],
      ]);
    }
  });

  it('takes as many entries a sample as the model fixes its batch at', async () => {
    const folder = await npz({
      x: float([4, 2], 1, 2, 3, 4, 5, 6, 7, 8),
      odd: float([3, 2], 1, 2, 3, 4, 5, 6),
      label: long([2], 0, 1),
      rows: long([4], 0, 1, 0, 1),
    });
    const fixed = { inputs: [input('x', [2, 2])] };
    const samples = await samplesOf(await open(folder, { arrays: 'data.npz', labels: 'label' }, fixed));
    expect(samples.map(({ inputs: feeds, label }) => [feeds['x'], label])).toEqual([
      [
        { type: 'float32', dims: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
        { kind: 'class', index: 0 },
      ],
      [
        { type: 'float32', dims: [2, 2], data: Float32Array.of(5, 6, 7, 8) },
        { kind: 'class', index: 1 },
      ],
    ]);
    await expect(inputsOf(folder, { inputs: { x: 'odd' } }, fixed)).rejects.toThrow(
      /data\.npz\[odd\] has shape \[3, 2\].*expected \[N x 2, 2\] or \[N, 2, 2\]/,
    );
    await expect(inputsOf(folder, { labels: 'rows' }, fixed)).rejects.toThrow(
      /4 labels for the 2 samples of data\.npz\. The model's batch is fixed at 2, so a sample is 2 rows/,
    );
  });

  it('names the key, the shape and the cure where arrays do not fit', async () => {
    const folder = await npz({
      images: float([2, 2], 1, 2, 3, 4),
      other: float([3, 2], 1, 2, 3, 4, 5, 6),
      labels: long([3], 0, 1, 2),
      nan: float([1, 2], 1, Number.NaN),
    });
    const one = [input('input', ['n', 2])];
    const cases: [object, TensorInfo[], RegExp][] = [
      [
        {},
        one,
        /no array for the model's input "input" \(float32 \[n, 2\]\); its keys are "images", "other", "labels", "nan"\. Map it with `inputs: \{ input: key \}`/,
      ],
      [{ inputs: { inptu: 'images' } }, one, /the model has no input "inptu"; did you mean "input"\?/],
      [{ inputs: { input: 'image' } }, one, /no array "image" \(`inputs\.input`\)/],
      [
        { inputs: { input: 'images' } },
        [input('input', ['n', 3])],
        /data\.npz\[images\] has shape \[2, 2\].*expected \[N, 3\] or \[N, n, 3\]/,
      ],
      [
        { inputs: { input: 'images', b: 'other' } },
        [...one, input('b', ['n', 2])],
        /differ in their number of samples: data\.npz\[images\] has 2, data\.npz\[other\] has 3/,
      ],
      [{ inputs: { input: 'images' }, labels: 'labels' }, one, /data\.npz\[labels\] has 3 labels for the 2 samples/],
      [{ inputs: { input: 'images' }, labels: 'label' }, one, /no array "label"; did you mean "labels"\?/],
      [{ inputs: { input: 'nan' } }, one, /data\.npz\[nan\]\[0\], value 1, is NaN/],
      [{ inputs: { input: 0.5 } }, [input('input', ['n', 2], 'int32')], /`inputs\.input` is 0\.5/],
    ];
    for (const [source, inputs, message] of cases) {
      await expect(inputsOf(folder, source, { inputs }), JSON.stringify(source)).rejects.toThrow(message);
    }
  });
});

describe('command', () => {
  const inputs = [input('x', ['n', 2])];
  it('opens what the command writes, where commands are allowed', async () => {
    const folder = await npz({ x: float([2, 2], 1, 2, 3, 4), y: long([2], 1, 0) });
    const source = { command: 'cp data.npz "$QUANT_GATE_OUTPUT"', labels: 'y' };
    const dataset = await open(folder, source, { inputs, allowCommands: true });
    expect((await samplesOf(dataset)).map(({ inputs: feeds, label }) => [feeds['x'], label])).toEqual([
      [float([1, 2], 1, 2), { kind: 'class', index: 1 }],
      [float([1, 2], 3, 4), { kind: 'class', index: 0 }],
    ]);
    const again = await open(folder, source, { inputs, allowCommands: true });
    expect(await again.cacheKey?.()).toBe(await dataset.cacheKey?.());
  });

  it('says why there is nothing to open', async () => {
    const folder = await folderOf({});
    const run = (command: string, more: object = {}) =>
      open(folder, { command }, { inputs, allowCommands: true, ...more });
    await expect(run('true', { allowCommands: false })).rejects.toThrow(/data command is not run.*--no-commands/);
    await expect(run('true')).rejects.toThrow(/the output of `true` is missing.*QUANT_GATE_OUTPUT/);
    await expect(run('echo sorry >&2; exit 3')).rejects.toThrow(/failed \(3\)[\s\S]*sorry/);
    await expect(run('sleep 30', { commandTimeoutMs: 200 })).rejects.toThrow(/took longer/);
  });
});
