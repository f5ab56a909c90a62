import { describe, expect, it } from 'vitest';
import { Random } from '../../src/random.ts';
import { gradients } from '../../src/train/gradients/index.ts';
import { ints } from '../onnx/ort.ts';
import { type Case, cases, differentiateCase } from './gradient-cases.ts';
import { onnxCases } from './onnx-cases.ts';

/** The largest relative error of directional derivatives against central differences, each source by itself. */
async function worstError(test: Case): Promise<number> {
  const { feeds, weights, outputs, evaluate, gradients: found } = await differentiateCase(test);
  const random = new Random(23, `${test.op} ${test.name ?? ''}`);
  let worst = 0;
  for (const [name, { dims, data: point }] of Object.entries(feeds)) {
    const gradient = found[name]?.data as Float32Array;
    expect(found[name]?.dims, `shape of the gradient of ${name}`).toEqual(dims);
    for (let direction = 0; direction < 4; direction++) {
      // Of unit length for each element: a short one would drown in rounding errors.
      const drawn = Float64Array.from(point, () => random.normal());
      const v = drawn.map((value) => (value * Math.sqrt(drawn.length)) / Math.hypot(...drawn));
      const step = 2e-3;
      const moved = async (sign: number) => {
        const data = Float32Array.from(point, (x, at) => x + sign * step * (v[at] as number));
        const result = await evaluate({ ...feeds, [name]: { dims, data } });
        return outputs.reduce((sum, output, o) => {
          const y = result[output]?.data as Float32Array;
          return y.reduce((partial, value, at) => partial + value * ((weights[o] as Float32Array)[at] as number), sum);
        }, 0);
      };
      const numeric = ((await moved(1)) - (await moved(-1))) / (2 * step);
      const exact = gradient.reduce((sum, g, at) => sum + g * (v[at] as number), 0);
      const size = Math.hypot(...gradient) * Math.hypot(...v) + 1e-3;
      worst = Math.max(worst, Math.abs(numeric - exact) / size);
    }
  }
  return worst;
}

describe('every gradient agrees with finite differences', () => {
  it.each([...cases, ...onnxCases].map((test) => ({ test, title: [test.op, test.name].filter(Boolean).join(', ') })))(
    '$title',
    async ({ test }) => {
      expect(await worstError(test)).toBeLessThan(2e-3);
    },
  );

  const exponents = (...data: number[]) => ({ type: 'float32' as const, dims: [2], data: Float32Array.from(data) });

  it.each<Case>([
    { op: 'Sqrt', inputs: [[2, 2]] },
    { op: 'Pow', name: 'square root', inputs: [[2, 2], { ...exponents(0.5), dims: [] }] },
    { op: 'Pow', name: 'two roots', inputs: [[2, 2], exponents(0.5, 1 / 3)] },
    { op: 'ReduceL2', inputs: [[2, 2], ints([1])] },
  ])('the gradient of a root is 0 at 0, as of the magnitude of nothing: $op $name', async (test) => {
    const { gradients: found } = await differentiateCase({ ...test, range: [0, 0] });
    expect(Array.from(found['x0']?.data as Float32Array, Math.abs)).toEqual([0, 0, 0, 0]);
  });

  it('the gradient of a first power is 1 at 0 beside a root, and that of the exponent 0', async () => {
    const { gradients: first, weights } = await differentiateCase({
      op: 'Pow',
      inputs: [[2], exponents(0.5, 1)],
      range: [0, 0],
    });
    expect(Array.from(first['x0']?.data as Float32Array, Math.abs)).toEqual([0, Math.abs(weights[0]![1]!)]);
    const both = await differentiateCase({ op: 'Pow', inputs: [[2], [2]], range: [0, 0] });
    expect(Array.from(both.gradients['x1']?.data as Float32Array, Math.abs)).toEqual([0, 0]);
  });

  it.each(['Max', 'Min'])('%s of equal values shares its gradient among them, as ReduceMax does', async (op) => {
    const { gradients: found, weights } = await differentiateCase({
      op,
      inputs: [[2, 3], [3]],
      range: [1, 1],
      positive: true,
    });
    expect(Array.from(weights[0]!)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(Array.from(found['x0']?.data as Float32Array)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
    expect(Array.from(found['x1']?.data as Float32Array)).toEqual([1, 1, 1]);
  });

  it('an average that ONNX Runtime pads in a way of its own has none', async () => {
    const attributes = { auto_pad: 'SAME_LOWER', kernel_shape: [2], strides: [2], dilations: [2] };
    await expect(differentiateCase({ op: 'AveragePool', inputs: [[2, 2, 7]], attributes })).rejects.toThrow(/dilation/);
  });

  it('has a case for every row of the table', () => {
    const tested = new Set(cases.map(({ op }) => op));
    expect(Object.keys(gradients).filter((op) => !tested.has(op))).toEqual([]);
  });
});
