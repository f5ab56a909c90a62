import { describe, expect, it } from 'vitest';
import { buildModel } from '../../src/onnx/model.ts';
import { remarksOn } from '../../src/onnx/remarks.ts';
import { random } from './ort.ts';

describe('what is said of a model', () => {
  it('is that it is quantized already', () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [4, 8]);
      const weight = b.constant({ type: 'int8', dims: [8, 8], data: Int8Array.from(random([8, 8]).data) });
      b.output(b.op('MatMul', [x, b.op('DequantizeLinear', [weight, b.constant(0.1)])]), 'y');
    }, 13);
    expect(remarksOn(model)).toEqual([
      expect.stringMatching(/quantized already.*\(1 DequantizeLinear\).*Commit the FP32/),
    ]);
  });

  it('is that it was saved for one CPU', () => {
    const model = buildModel((b) => {
      const inputs = [b.input('x', 'float32', [1, 8, 8, 8]), b.constant(random([8, 8, 1, 1]))];
      b.output(b.op('Conv', inputs, {}, { domain: 'com.microsoft.nchwc' }), 'y');
    }, 13);
    expect(remarksOn(model)).toEqual([expect.stringMatching(/one machine.*\(1 node of com\.microsoft\.nchwc\)/)]);
  });

  it('is that it is of float16', () => {
    const model = buildModel((b) => b.output(b.op('Relu', [b.input('x', 'float16', [4])]), 'y'), 13);
    expect(remarksOn(model)).toEqual([expect.stringContaining('float16')]);
  });

  it('is nothing where it is of FP32 and plain', () => {
    const model = buildModel(
      (b) => b.output(b.op('QuickGelu', [b.input('x')], {}, { domain: 'com.microsoft' }), 'y'),
      13,
    );
    expect(remarksOn(model)).toEqual([]);
  });
});
