import { describe, expect, it } from 'vitest';
import { buildModel, type GraphBuilder } from '../../src/onnx/model.ts';
import type { Value } from '../../src/onnx/value.ts';
import { operatorOf, operators } from '../../src/ops/table.ts';
import { ints } from '../onnx/ort.ts';
import { normal, optimizedOperators, quantizeWith } from '../quantize/static/helpers.ts';

/** Puts each operator that has a CPU kernel between two convolutions. x is [1, 4, 8, 8]; so is what comes out. */
const between: Record<string, (b: GraphBuilder, x: Value, y: Value) => Value> = {
  Add: (b, x, y) => b.op('Add', [x, y]),
  Mul: (b, x, y) => b.op('Mul', [x, y]),
  Concat: (b, x, y) => b.op('Concat', [half(b, x), half(b, y)], { axis: 1 }),
  Where: (b, x, y) => {
    const condition = b.constant({ type: 'bool', dims: [1, 4, 1, 1], data: Uint8Array.of(1, 0, 1, 0) });
    return b.op('Where', [condition, x, y]);
  },
  Sigmoid: (b, x) => b.op('Sigmoid', [x]),
  HardSigmoid: (b, x) => b.op('HardSigmoid', [x]),
  HardSwish: (b, x) => b.op('HardSwish', [x]),
  LeakyRelu: (b, x) => b.op('LeakyRelu', [x], { alpha: 0.1 }),
  PRelu: (b, x) => b.op('PRelu', [x, b.constant({ ...normal([4, 1, 1], 5, 0.2) }, 'slopes')]),
  Softmax: (b, x) => b.op('Softmax', [x], { axis: 3 }),
  AveragePool: (b, x) => b.op('AveragePool', [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
  GlobalAveragePool: (b, x) => b.op('GlobalAveragePool', [x]),
  Reshape: (b, x) => b.op('Reshape', [x, b.constant(ints([1, 4, 4, 16]))]),
  Transpose: (b, x) => b.op('Transpose', [x], { perm: [0, 1, 3, 2] }),
  Flatten: (b, x) => b.op('Reshape', [b.op('Flatten', [x], { axis: 2 }), b.constant(ints([1, 4, 8, 8]))]),
  Squeeze: (b, x) => b.op('Unsqueeze', [b.op('Squeeze', [x, b.constant(ints([0]))]), b.constant(ints([0]))]),
  Unsqueeze: (b, x) => b.op('Squeeze', [b.op('Unsqueeze', [x, b.constant(ints([0]))]), b.constant(ints([0]))]),
  Slice: (b, x) => b.op('Slice', [x, b.constant(ints([1])), b.constant(ints([7])), b.constant(ints([2]))]),
  Expand: (b, x) => b.op('Expand', [x, b.constant(ints([2, 4, 8, 8]))]),
  Tile: (b, x) => b.op('Tile', [x, b.constant(ints([1, 1, 2, 1]))]),
  DepthToSpace: (b, x) => b.op('DepthToSpace', [b.op('Concat', [x, x, x, y4(x)], { axis: 1 })], { blocksize: 2 }),
  ReduceMax: (b, x) => b.op('ReduceMax', [x], { axes: [3], keepdims: 1 }),
  ReduceMin: (b, x) => b.op('ReduceMin', [x], { axes: [3], keepdims: 1 }),
  Gather: (b, x) => b.op('Gather', [x, b.constant(ints([3, 1, 0, 2]))], { axis: 1 }),
  Split: (b, x) => {
    const [first, second] = b.ops('Split', [x], { axis: 1 }, { outputs: 2 });
    return b.op('Concat', [second, first], { axis: 1 });
  },
  MaxPool: (b, x) => b.op('MaxPool', [x], { kernel_shape: [2, 2] }),
  Resize: (b, x) => {
    const scales = b.constant({ type: 'float32', dims: [4], data: Float32Array.of(1, 1, 2, 2) });
    return b.op('Resize', [x, undefined, scales], { mode: 'nearest' });
  },
  // Not zero padding of a convolution alone: two read it, so it stays a Pad.
  Pad: (b, x) => {
    const padded = b.op('Pad', [x, b.constant(ints([0, 0, 0, 1, 0, 0, 0, 1]))]);
    return b.op('Add', [padded, b.op('MaxPool', [padded], { kernel_shape: [1, 1] })]);
  },
};

function half(b: GraphBuilder, x: Value): Value {
  return b.op('Slice', [x, b.constant(ints([0])), b.constant(ints([2])), b.constant(ints([1]))]);
}
const y4 = (x: Value) => x;

const samples = [1, 2, 3].map((seed) => ({ x: normal([1, 4, 8, 8], seed) }));

function convolution(b: GraphBuilder, x: Value, seed: number): Value {
  const weight = b.constant(normal([4, 4, 3, 3], seed, 0.2), `w${seed}`);
  return b.op('Conv', [x, weight], { pads: [1, 1, 1, 1] }, { name: `conv${seed}` });
}

describe('the operator table', () => {
  it('has one row an operator, each with a kernel or the reason why there is none', () => {
    const rows = operators();
    expect(new Set(rows.map(({ domain, op }) => `${domain}:${op}`)).size).toBe(rows.length);
    for (const row of rows) expect(row.kernels.cpu ?? row.why, row.op).toBeTruthy();
  });

  const claimed = operators().filter(
    ({ kernels, kind, op }) => kernels.cpu && kind !== 'weighted' && op !== 'Identity',
  );
  it.each(claimed)('is right that $op runs in an integer kernel', async ({ op, kernels }) => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 4, 8, 8]);
      const [first, second] = [convolution(b, x, 1), convolution(b, x, 2)];
      b.output(convolution(b, between[op]!(b, first, second), 3), 'y');
    }, 14);
    const { model: quantized, nodes } = await quantizeWith(model, samples);
    expect(nodes.filter((node) => !node.quantized)).toEqual([]);
    const ran = await optimizedOperators(quantized);
    expect(ran).not.toContain('Conv');
    const names = [kernels.cpu, ...(op === 'MaxPool' ? ['NhwcMaxPool'] : [])];
    // What only moves data may be done by the layout that the runtime chooses.
    const moved = operators().find((row) => row.op === op)?.kind === 'pass-through';
    if (!moved) expect(ran.some((name) => names.includes(name))).toBe(true);
    expect(ran.filter((name) => name === 'DequantizeLinear').length).toBeLessThanOrEqual(1);
    expect(ran.filter((name) => name === 'QuantizeLinear').length).toBeLessThanOrEqual(1);
  });

  it('names the output channels of every weight', () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 4, 8, 8]);
      b.op('Conv', [x, x]);
      b.op('ConvTranspose', [x, x]);
      b.op('ConvTranspose', [x, x], { group: 2 });
      b.op('Gemm', [x, x]);
      b.op('Gemm', [x, x], { transB: 1 });
      b.op('MatMul', [x, x]);
    }, 13);
    const axes = model.graph.nodes.map((node) =>
      operatorOf(node)!.weight!.axis(node, node.op.startsWith('Conv') ? 4 : 2),
    );
    expect(axes).toEqual([0, 1, undefined, 1, 0, 1]);
  });
});
