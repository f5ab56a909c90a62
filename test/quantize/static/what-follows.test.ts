import { describe, expect, it } from 'vitest';
import { buildModel, type GraphBuilder } from '../../../src/onnx/model.ts';
import type { Value } from '../../../src/onnx/value.ts';
import { functionBehind } from '../../../src/quantize/static/what-follows.ts';
import { normal } from './helpers.ts';

/** The function behind a graph's input. */
function behind(write: (b: GraphBuilder, x: Value) => Value) {
  const model = buildModel((b) => {
    b.output(b.op('MaxPool', [write(b, b.input('x', 'float32', [1, 2, 4, 4]))], { kernel_shape: [2, 2] }), 'y');
  }, 17);
  return functionBehind(model.graph.value('x')!);
}

describe('the function that everybody sees of a value', () => {
  it.each<[string, (b: GraphBuilder, x: Value) => Value, (x: number) => number]>([
    ['LeakyRelu', (b, x) => b.op('LeakyRelu', [x], { alpha: 0.1 }), (x) => (x < 0 ? 0.1 * x : x)],
    ['SiLU', (b, x) => b.op('Mul', [x, b.op('Sigmoid', [x])]), (x) => x / (1 + Math.exp(-x))],
    [
      'HardSwish in five operators',
      (b, x) => {
        const clipped = b.op('Clip', [b.op('Add', [x, b.constant(3)]), b.constant(0), b.constant(6)]);
        return b.op('Div', [b.op('Mul', [x, clipped]), b.constant(6)]);
      },
      (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
    ],
    ['HardSwish', (b, x) => b.op('HardSwish', [x]), (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6],
    [
      'Mish',
      (b, x) => b.op('Mul', [b.op('Tanh', [b.op('Softplus', [x])]), x]),
      (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
    ],
  ])('finds %s', (_, write, wanted) => {
    for (const x of [-7, -2.5, -0.3, 0, 0.4, 5]) expect(behind(write)?.(x)).toBeCloseTo(wanted(x), 6);
  });

  it('finds none where the value itself is read too, or more than one function of it', () => {
    expect(behind((_, x) => x)).toBeUndefined();
    expect(behind((b, x) => b.op('Concat', [x, b.op('Sigmoid', [x])], { axis: 1 }))).toBeUndefined();
    expect(behind((b, x) => b.op('Concat', [b.op('Tanh', [x]), b.op('Sigmoid', [x])], { axis: 1 }))).toBeUndefined();
    expect(behind((b, x) => b.op('Mul', [x, b.constant(normal([2, 1, 1], 1))]))).toBeUndefined();
  });
});
