import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeNpy } from '../../src/data/npy.ts';
import { describePlan } from '../../src/engine/describe.ts';
import { planRun } from '../../src/engine/plan.ts';
import { buildModel, modelToBytes } from '../../src/onnx/model.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { silent } from '../../src/progress.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { sizeOf } from '../../src/tensor.ts';
import { digitsFolder, digitsPolicy } from './digits.ts';

const folder = digitsFolder();

test('check runs the model on the first samples, whose dimensions no declaration tells', async () => {
  const policyPath = join(folder, 'quant.yml');
  const model = buildModel((b) => {
    const x = b.input('x', 'float32', ['batch', 'height', 'width']);
    const rows = b.op('Reshape', [x, b.constant({ type: 'int64', dims: [2], data: BigInt64Array.of(-1n, 48n) })]);
    const w = b.constant({ type: 'float32', dims: [48, 4], data: new Float32Array(192).fill(0.1) }, 'w');
    b.output(b.op('MatMul', [rows, w]), 'y', { type: 'float32', dims: ['rows', 4] });
  });
  writeFileSync(join(folder, 'rows.onnx'), modelToBytes(model));
  writeFileSync(
    policyPath,
    'version: 1\nmodels: [{ path: rows.onnx, data: { calibration: { arrays: x.npy } } }]\nlevels: { 1: {}, 2: {} }\n',
  );
  const check = async (dims: number[]) => {
    writeFileSync(
      join(folder, 'x.npy'),
      encodeNpy({ type: 'float32', dims, data: new Float32Array(sizeOf(dims)).fill(1) }),
    );
    const loaded = await loadPolicy(policyPath);
    const options = { policyPath, outDir: join(folder, 'out'), seed: 0, allowCommands: false, progress: silent };
    return describePlan(loaded, await planRun(loaded, options), await locateRuntime());
  };
  expect(await check([20, 6, 8])).toMatch(/^rows {2}rows.onnx: .* ms a run/);
  await expect(check([20, 5, 7])).rejects.toThrow(/quant.yml:2:18: ONNX Runtime cannot run rows.onnx: /);
});

test('a sample that cannot be read is told with the place of its source', async () => {
  const policyPath = join(folder, 'quant.yml');
  const model = buildModel((b) => b.output(b.op('Neg', [b.input('x', 'int64', ['batch', 2])]), 'y'));
  writeFileSync(join(folder, 'whole.onnx'), modelToBytes(model));
  writeFileSync(
    join(folder, 'x.npy'),
    encodeNpy({ type: 'float32', dims: [2, 2], data: Float32Array.of(1, 2, Number.NaN, 4) }),
  );
  writeFileSync(
    policyPath,
    'version: 1\nmodels:\n  - path: whole.onnx\n    data:\n      calibration: { arrays: x.npy }\nlevels: { 1: {} }\n',
  );
  const loaded = await loadPolicy(policyPath);
  const options = { policyPath, outDir: join(folder, 'out'), seed: 0, allowCommands: false, progress: silent };
  await expect(describePlan(loaded, await planRun(loaded, options), await locateRuntime())).rejects.toThrow(
    /quant.yml:5:20: x.npy\[1\], value 0/,
  );
});

test('check says what Level 3 will train, and what that takes', async () => {
  const policyPath = join(folder, 'quant.yml');
  writeFileSync(
    policyPath,
    digitsPolicy(`levels:
  3: { method: qat, budget: 2m, limits: { accuracy: { max-drop: 0.01 } } }
gate: { require: [3] }`),
  );
  const loaded = await loadPolicy(policyPath);
  const plan = await planRun(loaded, {
    policyPath,
    outDir: join(folder, 'out'),
    seed: 0,
    allowCommands: false,
    progress: silent,
  });
  const text = await describePlan(loaded, plan, await locateRuntime());
  expect(text).toMatch(/trains 8 of 8 weights in \d blocks? and end to end, at batch 16; about [\d.]+ MB of memory, /);
  expect(text).not.toMatch(/not trained through/);
}, 60_000);
