import * as ort from 'onnxruntime-node';
import { expect } from 'vitest';
import { modelToBytes, type OnnxModel } from '../../src/onnx/model.ts';
import { fromOrt, toOrt } from '../../src/runtime/tensors.ts';
import type { Tensor } from '../../src/tensor.ts';

export type Feeds = { [name: string]: Tensor };

/** Runs a model in ONNX Runtime without graph optimizations: the independent judge of what a change did. */
export async function runModel(model: OnnxModel, feeds: Feeds): Promise<Feeds> {
  const session = await ort.InferenceSession.create(modelToBytes(model), {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
  const outputs = await session.run(inputs);
  const results = Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor)]));
  await session.release();
  return results;
}

/** Numbers that are the same at every run, about normal in size. */
export function random(dims: readonly number[], seed = 1): Tensor & { data: Float32Array } {
  let state = seed * 2654435761;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const count = dims.reduce((product, dim) => product * dim, 1);
  return {
    type: 'float32',
    dims,
    data: Float32Array.from({ length: count }, () => (next() + next() + next() - 1.5) * 2),
  };
}

export function ints(values: readonly number[], dims: readonly number[] = [values.length]): Tensor {
  return { type: 'int64', dims, data: BigInt64Array.from(values, BigInt) };
}

export function expectSame(actual: Feeds, expected: Feeds, tolerance = 0): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, { type, dims, data }] of Object.entries(expected)) {
    const other = actual[name] as Tensor;
    expect({ name, type: other.type, dims: other.dims }).toEqual({ name, type, dims });
    let worst = 0;
    for (let i = 0; i < data.length; i++) {
      if (!Object.is(data[i], other.data[i]))
        worst = Math.max(worst, Math.abs(Number(data[i]) - Number(other.data[i])));
    }
    expect(worst, `largest difference in '${name}'`).toBeLessThanOrEqual(tolerance);
  }
}
