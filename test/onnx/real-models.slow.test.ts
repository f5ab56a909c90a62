import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { loadModel, modelToBytes, type OnnxModel } from '../../src/onnx/model.ts';
import { constantsToInitializers } from '../../src/onnx/passes/constants-to-initializers.ts';
import { foldAffine } from '../../src/onnx/passes/fold-affine.ts';
import { foldBatchNorm } from '../../src/onnx/passes/fold-batch-norm.ts';
import { runPasses } from '../../src/onnx/passes/pass.ts';
import { removeDeadCode } from '../../src/onnx/passes/remove-dead-code.ts';
import { removeIdentity } from '../../src/onnx/passes/remove-identity.ts';
import { upgradeOpset } from '../../src/onnx/passes/upgrade-opset.ts';
import type { Tensor } from '../../src/tensor.ts';
import { expectSame, type Feeds, random, runModel } from './ort.ts';

const shared = process.env['QUANT_GATE_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');
const folders = ['models', 'extra_models'].map((name) => join(shared, 'data', name));
const files = existsSync(shared)
  ? folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.onnx'))
        .map((name) => join(folder, name)),
    )
  : [];

/** Sizes for the dimensions that a model leaves open. */
const SIZES: { [name: string]: number } = { h: 24, w: 20, frames: 5, sequence: 576, seq: 12, DynamicDimension: 32 };

function feedsFor(model: OnnxModel): Feeds {
  return Object.fromEntries(
    model.graph.infos('inputs').map(({ name, type, dims }) => {
      const sizes = dims.map((dim) =>
        typeof dim === 'number' ? dim : (SIZES[dim ?? ''] ?? (dim === undefined ? 48 : 1)),
      );
      if (sizes.length === 4 && dims[0] === undefined) sizes[0] = 1;
      const numbers = random(sizes, 5);
      const tensor: Tensor =
        type === 'int64'
          ? {
              type,
              dims: sizes,
              data: BigInt64Array.from(numbers.data, (x) => (name === 'sr' ? 16000n : BigInt(Math.round(Math.abs(x))))),
            }
          : type === 'int32'
            ? { type, dims: sizes, data: Int32Array.from(numbers.data, (x) => Math.round(Math.abs(x) * 20)) }
            : numbers;
      return [name, tensor];
    }),
  );
}

describe.runIf(files.length > 0).each(files)('%s', (path) => {
  test('is written back byte for byte', async () => {
    const model = await loadModel(path);
    expect(Buffer.compare(modelToBytes(model), readFileSync(path))).toBe(0);
  });

  test('means the same when written from its graph', async () => {
    const model = await loadModel(path);
    model.graph.touch();
    const session = await InferenceSession.create(modelToBytes(model), { logSeverityLevel: 3 });
    expect([...session.inputNames]).toEqual(model.graph.inputs.map((value) => value.name));
    expect([...session.outputNames]).toEqual(model.graph.outputs.map((value) => value.name));
    const feeds = feedsFor(model);
    expectSame(await runModel(model, feeds), await runModel(await loadModel(path), feeds));
  });

  test('computes the same when cleaned', async () => {
    const model = await loadModel(path);
    const cleaned = model.clone();
    runPasses(cleaned, [constantsToInitializers, removeIdentity, foldBatchNorm, foldAffine, removeDeadCode]);
    const feeds = feedsFor(model);
    const expected = await runModel(model, feeds);
    let largest = 1;
    for (const { data } of Object.values(expected)) {
      for (const x of data) largest = Math.max(largest, Math.abs(Number(x)));
    }
    expectSame(await runModel(cleaned, feeds), expected, 1e-4 * largest);
  });

  test.each([13, 18, 21])('computes the same with opset %i', async (target) => {
    const model = await loadModel(path);
    const upgraded = model.clone();
    upgradeOpset(upgraded, target);
    expect(upgraded.opset()).toBe(Math.max(model.opset(), target));
    const feeds = feedsFor(model);
    expectSame(await runModel(upgraded, feeds), await runModel(model, feeds), 1e-5);
  });
});
