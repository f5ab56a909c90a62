import { describe, expect, it } from 'vitest';
import type { GraphBuilder } from '../../src/onnx/builder.ts';
import { buildModel } from '../../src/onnx/model.ts';
import { DataType } from '../../src/onnx/proto.ts';
import type { Value } from '../../src/onnx/value.ts';
import { random } from '../onnx/ort.ts';
import { placementOf } from '../quantize/helpers.ts';

/** Q -> DQ around a value, as static quantization writes it. */
function fakeQuantized(b: GraphBuilder, value: Value, scale: number): Value {
  const parameters = [b.constant(scale), b.constant({ type: 'uint8', dims: [], data: Uint8Array.of(128) })];
  return b.op('DequantizeLinear', [b.op('QuantizeLinear', [value, ...parameters]), ...parameters]);
}

const float = buildModel((b) => {
  const x = b.input('x', 'float32', [1, 4, 8, 8]);
  const conv = b.op('Conv', [x, b.constant(random([4, 4, 3, 3]), 'w')], { pads: [1, 1, 1, 1] }, { name: 'conv' });
  const relu = b.op('Relu', [conv], {}, { name: 'relu' });
  b.output(b.op('Tanh', [relu], {}, { name: 'tanh' }), 'y');
}, 13);

const quantized = buildModel((b) => {
  const x = fakeQuantized(b, b.input('x', 'float32', [1, 4, 8, 8]), 0.05);
  const integers = Int8Array.from(random([144], 3).data, (w) => Math.round(w * 30));
  const w = b.op('DequantizeLinear', [
    b.constant({ type: 'int8', dims: [4, 4, 3, 3], data: integers }, 'w_quantized'),
    b.constant(0.03),
    b.constant({ type: 'int8', dims: [], data: Int8Array.of(0) }),
  ]);
  const conv = b.op('Conv', [x, w], { pads: [1, 1, 1, 1] }, { name: 'conv' });
  // The clamp is in the range; tanh has no integer kernel.
  const tanh = b.op('Tanh', [fakeQuantized(b, conv, 0.04)], {}, { name: 'tanh' });
  b.output(fakeQuantized(b, tanh, 0.01), 'y');
}, 13);

const decisions = [
  { node: 'conv', op: 'Conv', quantized: true, why: 'QLinearConv' },
  { node: 'relu', op: 'Relu', quantized: true, why: 'QLinearConv' },
  { node: 'tanh', op: 'Tanh', quantized: true, why: 'none' },
];

describe('provePlacement', () => {
  it('tells integer kernels from float kernels between Q and DQ', async () => {
    const proof = await placementOf(float, quantized, decisions);
    const status = Object.fromEntries(proof.nodes.map(({ node, status: s, kernel }) => [node, [s, kernel]]));
    expect(status['conv']).toEqual(['integer', 'QLinearConv']);
    expect(status['relu']).toEqual(['integer', 'QLinearConv']);
    expect(status['tanh']).toEqual(['between', 'Tanh']);
    expect(proof.placement).toMatchObject({ quantizedNodes: 3, providers: { cpu: expect.any(Number) } });
    expect(proof.placement.floatNodes).toEqual([
      { node: 'tanh', op: 'Tanh', why: expect.stringContaining('runs in float between'), unfused: true },
    ]);
    expect(proof.overheadMicroseconds).toBeGreaterThan(0);
  });

  it('says why an operator without an integer kernel is between Q and DQ', async () => {
    const { placement } = await placementOf(float, quantized, decisions.slice(0, 2));
    expect(placement.floatNodes).toEqual([
      { node: 'tanh', op: 'Tanh', why: expect.stringContaining('no integer kernel') },
    ]);
  });

  it('does not call an integer kernel the reason for a float one', async () => {
    const { placement } = await placementOf(float, float, decisions.slice(0, 1));
    expect(placement.floatNodes).toContainEqual({
      node: 'conv',
      op: 'Conv',
      why: 'the runtime did not fuse it: Conv runs in float',
      unfused: true,
    });
  });

  it('counts no Cast of an image among the integer kernels', async () => {
    const model = buildModel((b) => {
      const bytes = b.input('x', 'uint8', [1, 4, 8, 8]);
      const floats = b.op('Cast', [bytes], { to: DataType.FLOAT }, { name: 'cast' });
      b.output(b.op('Tanh', [floats], {}, { name: 'tanh' }), 'y');
    }, 13);
    const { nodes } = await placementOf(model, model, []);
    expect(nodes.map(({ node, status }) => [node, status])).toEqual([
      ['cast', 'float'],
      ['tanh', 'float'],
    ]);
  });

  it('finds nodes that were fused into blocked convolutions, and gives each kernel its time once', async () => {
    const proof = await placementOf(float, float, []);
    expect(proof.nodes.map(({ node, kernel, status, fused }) => ({ node, kernel, status, fused }))).toEqual([
      { node: 'conv', kernel: 'Conv', status: 'float', fused: false },
      { node: 'relu', kernel: 'Conv', status: 'float', fused: true },
      { node: 'tanh', kernel: 'Tanh', status: 'float', fused: false },
    ]);
    const [conv, relu] = proof.nodes;
    expect(conv!.microseconds).toBeGreaterThan(0);
    expect(relu!.microseconds).toBeUndefined();
  });

  it('says that folded nodes have no kernel, and why a model did not run', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', ['batch', 'length']);
      const shape = b.constant({ type: 'int64', dims: [2], data: BigInt64Array.of(1n, 7n) }, 'shape');
      const sum = b.op('Add', [b.constant(random([7])), b.constant(random([7], 2))], {}, { name: 'folded' });
      b.output(b.op('Add', [b.op('Reshape', [x, shape], {}, { name: 'reshape' }), sum], {}, { name: 'sum' }), 'y');
    }, 13);
    const proof = await placementOf(model, model, []);
    expect(proof.notRun).toContain('Reshape');
    expect(proof.placement.providers).toEqual({});
    expect(proof.nodes.find(({ node }) => node === 'folded')?.status).toBe('gone');
    expect((await placementOf(model, model, [], { seed: 0, size: 7 })).notRun).toBeUndefined();
  });
});
