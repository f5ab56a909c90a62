import { describe, expect, it } from 'vitest';
import { buildModel } from '../../src/onnx/model.ts';
import { floatView, quantizeWeight, storageGrid, storeWeight } from '../../src/quantize/weight-only.ts';
import { random, runModel } from '../onnx/ort.ts';

/** The float weight that ONNX Runtime computes from the stored integers. */
async function expanded(dims: number[], kept: number[], grid = storageGrid) {
  const weight = random(dims, 3);
  const model = buildModel((b) => {
    const stored = storeWeight(b.graph, 'w', quantizeWeight(weight.data, dims, { kept, grid }));
    b.output(floatView(b.graph, 'w', stored), 'y');
  }, 13);
  return { weight: weight.data, got: (await runModel(model, {}))['y']!.data as Float32Array };
}

describe('quantizeWeight', () => {
  const cases: [name: string, dims: number[], kept: number[]][] = [
    ['one scale', [6, 5], []],
    ['a column', [6, 5], [1]],
    ['an output channel', [4, 3, 2, 2], [0]],
    ['a direction and gate row', [2, 6, 5], [0, 1]],
    ['a batch and column', [3, 4, 5], [0, 2]],
  ];
  it.each(cases)('has scales for each %s and errs by half a step at most', async (_name, dims, kept) => {
    const { weight, got } = await expanded(dims, kept);
    const index = (i: number) => {
      const at = dims.map((dim, axis) => Math.floor(i / dims.slice(axis + 1).reduce((a, b) => a * b, 1)) % dim);
      return kept.map((axis) => at[axis]).join();
    };
    const widest = new Map<string, number>();
    weight.forEach((w, i) => {
      widest.set(index(i), Math.max(widest.get(index(i)) ?? 0, Math.abs(w)));
    });
    weight.forEach((w, i) => {
      expect(Math.abs(w - got[i]!)).toBeLessThanOrEqual((widest.get(index(i))! / 127) * 0.501);
    });
  });

  it('takes grids with a zero point', async () => {
    const grid = { type: 'uint8', qmin: 1, qmax: 255, zeroPoint: 128 } as const;
    const { weight, got } = await expanded([8, 8], [1], grid);
    weight.forEach((w, i) => {
      expect(Math.abs(w - got[i]!)).toBeLessThanOrEqual(0.02);
    });
  });

  it('keeps a channel of zeros and refuses NaN', () => {
    const zeros = quantizeWeight(new Float32Array(4), [2, 2], { kept: [0], grid: storageGrid });
    expect([...zeros.scale]).toEqual([1, 1]);
    expect(() => quantizeWeight(Float32Array.of(1, Number.NaN), [2], { kept: [], grid: storageGrid })).toThrow(
      RangeError,
    );
  });
});
