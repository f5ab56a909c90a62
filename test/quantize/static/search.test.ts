import { expect, it } from 'vitest';
import { buildModel, type OnnxModel } from '../../../src/onnx/model.ts';
import { readTensor } from '../../../src/onnx/tensor.ts';
import { StaticRun } from '../../../src/quantize/static/run.ts';
import { preferred, type SearchOutcome, searchMixedPrecision } from '../../../src/quantize/static/search.ts';
import { quantize } from '../../../src/quantize/static/static.ts';
import { normal, requestOf } from './helpers.ts';

const trial = (count: number, passes: boolean, speedup: number, metricDrop: number, sqnrDb = 20) => ({
  count,
  passes,
  speedup,
  metricDrop,
  sqnrDb,
});
const trials = [
  trial(0, false, 2, 0.05),
  trial(2, true, 1.4, 0.009),
  trial(4, true, 1.6, 0.004),
  trial(1, false, 1.9, 0.02),
];
const order = (prefer: 'balanced' | 'speed' | 'size') => trials.toSorted(preferred(prefer)).map(({ count }) => count);

it('takes the fewest nodes in FP32 that keep the accuracy limit, or the fastest mixture that does', () => {
  expect(order('balanced')).toEqual([2, 4, 1, 0]);
  expect(order('size')).toEqual([2, 4, 1, 0]);
  expect(order('speed')).toEqual([4, 2, 1, 0]);
});

it('takes weights on the wide grid before nodes in FP32, unless their kernel is slower than FP32', () => {
  const wide = (speedup: number) => ({ ...trial(0, true, speedup, 0.008), wideWeights: 5 });
  const first = (prefer: 'balanced' | 'size', speedup: number) =>
    [...trials, wide(speedup)].toSorted(preferred(prefer))[0]!.count;
  expect(first('balanced', 1.2)).toBe(0);
  expect(first('balanced', 0.7)).toBe(2);
  expect(first('size', 0.7)).toBe(0);
});

it('takes what is clearly slower than FP32 last, unless size is what counts', () => {
  const slow = trial(1, true, 0.8, 0.001);
  const first = (prefer: 'balanced' | 'size') => [...trials, slow].toSorted(preferred(prefer))[0]!.count;
  expect(first('balanced')).toBe(2);
  expect(first('size')).toBe(1);
});

it('takes the most accurate mixture where none keeps the limit', () => {
  const failing = trials.map((each) => ({ ...each, passes: false }));
  expect(failing.toSorted(preferred('speed'))[0]).toMatchObject({ count: 4, metricDrop: 0.004 });
});

/** Three layers on AVX2, searched through by what `passes` says of a file. */
async function searched(passes: (model: OnnxModel) => boolean, channels = 4): Promise<SearchOutcome> {
  const model = buildModel((b) => {
    const x = b.input('x', 'float32', [1, channels, 10, 10]);
    const layer = (value: typeof x, seed: number) => {
      const weight = b.constant(normal([channels, channels, 3, 3], seed, 0.2), `w${seed}`);
      return b.op('Conv', [value, weight], {}, { name: `conv${seed}` });
    };
    b.output(layer(b.op('Relu', [layer(b.op('Relu', [layer(x, 1)]), 2)]), 3), 'y');
  }, 13);
  const samples = [1, 2, 3, 4].map((seed) => ({ x: normal([1, channels, 10, 10], seed) }));
  const options = { target: 'cpu-x64-avx2', prefer: 'size', observer: 'auto', recover: 'auto' } as const;
  const run = await StaticRun.start(await requestOf(model, samples, options));
  try {
    const judge = async (made: OnnxModel) => ({ passes: passes(made), metricDrop: passes(made) ? 0 : 0.1 });
    return await searchMixedPrecision(run, await quantize(run), judge, 60_000);
  } finally {
    await run.close();
  }
}

/** Layers whose weights use more levels than the 7 bits of the fast kernel. */
function wideLayers({ graph }: OnnxModel): number {
  const weights = graph.initializers.flatMap(({ name, initializer }) =>
    initializer && name.endsWith('_quantized') ? [readTensor(initializer)] : [],
  );
  return weights.filter(({ data }) => data instanceof Uint8Array).length;
}

it('gives weights their eighth bit before any node goes back to FP32, and says so', async () => {
  const { passes, search, notes, sensitivity, model } = await searched((made) => wideLayers(made) === 3);
  expect(passes).toBe(true);
  expect(wideLayers(model)).toBe(3);
  expect(search.keptFloat).toEqual([]);
  expect(search.frontier).toMatchObject([{ chosen: false }, { wideWeights: 3, chosen: true }]);
  expect(sensitivity).toEqual([]);
  expect(notes.at(-1)).toMatch(/no node in FP32, with 8-bit weights in 3 layers/);
});

it('stores the weights of nodes in FP32 as integers where that keeps the limit', async () => {
  const floats = (made: OnnxModel) =>
    made.graph.nodes.filter((node) => node.is('Conv') && !node.input(0)?.producer?.is('DequantizeLinear')).length;
  const { search, notes, model, nodes } = await searched((made) => floats(made) >= 1, 16);
  expect(search.frontier).toMatchObject([{}, {}, { chosen: false }, { integerWeights: 1, chosen: true }]);
  const [float, integer] = search.frontier.slice(2);
  expect(integer!.keptFloat).toEqual(float!.keptFloat);
  expect(integer!.bytes).toBeLessThan(float!.bytes);
  expect(floats(model)).toBe(1);
  expect(notes.at(-1)).toMatch(/^Mixed precision: 1 of 3 nodes stays in FP32 \(weights stored as integers\)/);
  const kept = nodes.find(({ node }) => node === search.keptFloat[0])!;
  expect(kept.quantized).toBe(false);
  expect(kept.why).toMatch(/^kept in FP32 by the mixed-precision search; .*weight/);
});

it('stores the weights of some of them as integers where those of all are too much', async () => {
  const convolutions = ({ graph }: OnnxModel) => graph.nodes.filter((node) => node.is('Conv'));
  const { passes, search, notes, model } = await searched((made) => {
    const stored = convolutions(made).filter((node) => node.input(1)?.producer).length;
    const isFloat = convolutions(made).every((node) => !node.input(0)?.producer?.is('DequantizeLinear'));
    return isFloat && stored <= 1;
  }, 16);
  expect(passes).toBe(true);
  expect(search.frontier.slice(-3)).toMatchObject([
    { chosen: false },
    { integerWeights: 3, chosen: false },
    { integerWeights: 1, chosen: true },
  ]);
  expect(convolutions(model).filter((node) => node.input(1)?.producer)).toHaveLength(1);
  expect(notes.at(-1)).toMatch(/3 of 3 nodes stay in FP32 \(weights of 1 stored as integers\)/);
});

it('goes on with nodes in FP32 where 8-bit weights are not enough', async () => {
  const floats = (made: OnnxModel) =>
    made.graph.nodes.filter((node) => node.is('Conv') && !node.input(1)?.producer).length;
  const { passes, search } = await searched((made) => floats(made) >= 1, 16);
  expect(passes).toBe(true);
  expect(search.keptFloat).toHaveLength(1);
  expect(search.frontier.map(({ keptFloat }) => keptFloat.length)).toEqual([0, 0, 1, 1]);
  expect(search.frontier.findIndex(({ chosen }) => chosen)).toBe(2);
});

it('says so where nothing is left to win', async () => {
  const { passes, search, useless } = await searched(
    (made) => !made.graph.nodes.some((node) => node.is('QuantizeLinear', 'DequantizeLinear')),
  );
  expect(passes).toBe(true);
  expect(search.keptFloat).toHaveLength(3);
  expect(useless).toMatch(
    /^That file has \d\.\d\d of FP32's bytes.* there is nothing to win by rounding the weights as they are\.$/,
  );
});
