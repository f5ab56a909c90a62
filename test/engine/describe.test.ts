import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeNpy } from '../../src/data/npy.ts';
import { describePlan } from '../../src/engine/describe.ts';
import { planRun } from '../../src/engine/plan.ts';
import { gpuState } from '../../src/measure/gpu.ts';
import { buildModel, modelToBytes, type OnnxModel } from '../../src/onnx/model.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { silent } from '../../src/progress.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { hostTargetName } from '../../src/targets/index.ts';
import { sizeOf } from '../../src/tensor.ts';
import { grayPng } from '../data/folder.ts';
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

test('check reads the committed export of Level 3, and counts no training for it', async () => {
  const policyPath = join(folder, 'quant.yml');
  const multiply = (quantized: boolean, output = 'y') =>
    buildModel((b) => {
      const scale = b.constant({ type: 'float32', dims: [], data: Float32Array.of(0.1) });
      const weight = quantized
        ? b.op('DequantizeLinear', [b.constant({ type: 'int8', dims: [2, 2], data: Int8Array.of(1, 2, 3, 4) }), scale])
        : b.constant({ type: 'float32', dims: [2, 2], data: Float32Array.of(0.1, 0.2, 0.3, 0.4) });
      b.output(b.op('MatMul', [b.input('x', 'float32', ['batch', 2]), weight]), output, {
        type: 'float32',
        dims: ['batch', 2],
      });
    });
  const models = { 'float.onnx': multiply(false), 'int8.onnx': multiply(true), 'other.onnx': multiply(false, 'z') };
  for (const [name, model] of Object.entries(models)) writeFileSync(join(folder, name), modelToBytes(model));
  const check = async (paths: string[], model: string) => {
    const entries = paths.map((path) => `{ path: ${path} }`).join(', ');
    writeFileSync(policyPath, `version: 1\nmodels: [${entries}]\nlevels: { 3: { model: ${model} } }\n`);
    const loaded = await loadPolicy(policyPath);
    const options = { policyPath, outDir: join(folder, 'out'), seed: 0, allowCommands: false, progress: silent };
    return describePlan(loaded, await planRun(loaded, options), await locateRuntime());
  };
  expect(await check(['float.onnx'], 'int8.onnx')).not.toMatch(/ min /);
  expect(await check(['other.onnx', 'float.onnx'], 'int8.onnx')).toMatch(/^other .*^float /ms);
  await expect(check(['other.onnx'], 'int8.onnx')).rejects.toThrow(
    /quant.yml:3:23: model: int8.onnx has no output "z"/,
  );
  await expect(check(['float.onnx'], 'float.onnx')).rejects.toThrow(/quant.yml:3:23: .* it is a float model/);
  await expect(check(['float.onnx'], 'none.onnx')).rejects.toThrow(
    /quant.yml:3:23: .*none.onnx: there is no such file/,
  );
});

test('check tells a model that does not load from one that does not run', async () => {
  const policyPath = join(folder, 'quant.yml');
  const shaped = (op: string, inputs: 1 | 2) =>
    buildModel((b) => {
      const x = b.input('x', 'float32', ['batch', 2]);
      const sizes = b.constant({ type: 'int64', dims: [2], data: BigInt64Array.of(-1n, 3n) });
      b.output(b.op(op, inputs === 1 ? [x] : [x, sizes]), 'y', { type: 'float32', dims: ['rows', 3] });
    });
  const check = async (model: OnnxModel) => {
    writeFileSync(join(folder, 'shaped.onnx'), modelToBytes(model));
    writeFileSync(policyPath, 'version: 1\nmodels: [{ path: shaped.onnx }]\nlevels: { 1: {} }\n');
    const loaded = await loadPolicy(policyPath);
    const options = { policyPath, outDir: join(folder, 'out'), seed: 0, allowCommands: false, progress: silent };
    return describePlan(loaded, await planRun(loaded, options), await locateRuntime());
  };
  const loading = await check(shaped('Foo', 1)).catch((error: Error) => error.message);
  expect(loading).toMatch(/quant.yml:2:18: ONNX Runtime cannot load shaped.onnx: .*Foo/);
  expect(loading).not.toMatch(/generated/);
  const running = await check(shaped('Reshape', 2)).catch((error: Error) => error.message);
  expect(running).toMatch(
    /quant.yml:2:18: ONNX Runtime cannot run shaped.onnx: .*Reshape.*; the inputs were generated/,
  );
  expect(running).not.toMatch(/onnxruntime_src|::/);
  const none = shaped('Relu', 1);
  none.graph.removeOutput(none.graph.outputs[0]!);
  await expect(check(none)).rejects.toThrow(/quant.yml:2:18: shaped.onnx has no outputs/);
});

test('check finds labels that the metric cannot hold against the output', async () => {
  const policyPath = join(folder, 'quant.yml');
  const model = buildModel((b) => {
    const x = b.input('x', 'float32', ['batch', 2]);
    b.output(b.op('Neg', [x]), 'y', { type: 'float32', dims: ['batch', 2] });
  });
  writeFileSync(join(folder, 'pairs.onnx'), modelToBytes(model));
  const file = (name: string, dims: number[]) =>
    writeFileSync(
      join(folder, name),
      encodeNpy({ type: 'float32', dims, data: new Float32Array(sizeOf(dims)).fill(0.5) }),
    );
  file('x.npy', [4, 2]);
  const check = async (dims: number[]) => {
    file('labels.npy', dims);
    writeFileSync(
      policyPath,
      'version: 1\nmodels:\n  - path: pairs.onnx\n    task: regression\n    metric: rmse\n' +
        '    data: { validation: { arrays: x.npy, labels: labels.npy } }\nlevels: { 1: {} }\n',
    );
    const loaded = await loadPolicy(policyPath);
    const options = { policyPath, outDir: join(folder, 'out'), seed: 0, allowCommands: false, progress: silent };
    return describePlan(loaded, await planRun(loaded, options), await locateRuntime());
  };
  expect(await check([4, 2])).toMatch(/metric {7}rmse/);
  await expect(check([4, 3])).rejects.toThrow(
    /quant.yml:5:13: "x.npy\[0\]": metric rmse: output "y" is \[1,2\], 2 values; the label has 3/,
  );
});

test('calibration images may be of some of the classes, or of others: nobody reads their labels', async () => {
  const policyPath = join(folder, 'quant.yml');
  for (const name of ['boots', 'shoes']) {
    mkdirSync(join(folder, 'calibration', name), { recursive: true });
    writeFileSync(join(folder, 'calibration', name, 'a.png'), grayPng(32, new Array(32 * 32).fill(7)));
  }
  writeFileSync(policyPath, digitsPolicy('').replace('{ arrays: calibration.npz }', '{ images: calibration }'));
  const loaded = await loadPolicy(policyPath);
  const options = { policyPath, outDir: join(folder, 'out'), seed: 0, allowCommands: false, progress: silent };
  const [planned] = await planRun(loaded, options);
  expect(planned?.calibration.dataset.description).toBe('calibration (2 images)');
  expect(planned?.remarks).toEqual([]);
});

test('data that does not fit one of the models that a glob finds is told with that model', async () => {
  const policyPath = join(folder, 'quant.yml');
  const wide = buildModel((b) => b.output(b.op('Neg', [b.input('image', 'float32', ['batch', 1, 64, 64])]), 'y'));
  mkdirSync(join(folder, 'several'), { recursive: true });
  copyFileSync(join(folder, 'digits.onnx'), join(folder, 'several/digits.onnx'));
  writeFileSync(join(folder, 'several/wide.onnx'), modelToBytes(wide));
  writeFileSync(policyPath, digitsPolicy('', '"several/*.onnx"'));
  const loaded = await loadPolicy(policyPath);
  const options = { policyPath, outDir: join(folder, 'out'), seed: 0, allowCommands: false, progress: silent };
  await expect(planRun(loaded, options)).rejects.toThrow(
    /quant\.yml:9:19: several\/wide\.onnx: validation\.npz\[image\] gives \[1, 1, 32/,
  );
});

test('check shows what is odd about the data', async () => {
  const policyPath = join(folder, 'quant.yml');
  writeFileSync(policyPath, digitsPolicy('').replace('scale: 255', 'mean: 0.5'));
  const loaded = await loadPolicy(policyPath);
  const options = { policyPath, outDir: join(folder, 'out'), seed: 0, allowCommands: false, progress: silent };
  const text = await describePlan(loaded, await planRun(loaded, options), await locateRuntime());
  // Once, although calibration and validation are both read so.
  expect(text.match(/ {2}remark {7}preprocess computes .* A mean of fractions goes with `scale: 255`\./g)).toHaveLength(
    1,
  );
  expect(text).toMatch(/would end a run, but see the remarks\.\n$/);
});

test.each(['levels: { 1: { limits: { accuracy: { max-drop: 0.1 } } } }', 'gate: { regression: { accuracy: 0.1 } }'])(
  'check refuses a limit on accuracy that images without labels cannot answer, as a run does: %s',
  async (limit) => {
    const policyPath = join(folder, 'quant.yml');
    mkdirSync(join(folder, 'flat'), { recursive: true });
    writeFileSync(join(folder, 'flat/a.png'), grayPng(32, new Array(32 * 32).fill(7)));
    writeFileSync(
      policyPath,
      digitsPolicy(limit).replace('{ arrays: validation.npz, labels: label }', '{ images: flat }'),
    );
    const loaded = await loadPolicy(policyPath);
    const options = { policyPath, outDir: join(folder, 'out'), seed: 0, allowCommands: false, progress: silent };
    const checked = describePlan(loaded, await planRun(loaded, options), await locateRuntime());
    await expect(checked).rejects.toThrow(
      /quant.yml:8:19: digits: the validation data has no labels, which metric "top1" needs/,
    );
  },
);

test('check says every limit in its unit, and which of them this machine leaves open', async () => {
  const policyPath = join(folder, 'quant.yml');
  const other = hostTargetName() === 'cpu-x64-avx2' ? 'cpu-arm64' : 'cpu-x64-avx2';
  writeFileSync(
    policyPath,
    digitsPolicy(`targets: [cpu, ${other}, tensorrt]
levels:
  1:
    limits:
      size: { max: 300kB }
      latency: { max: 1.5s, min-speedup: 0.5 }
      memory: { max: 1GiB }
      accuracy: { per-class: { max-drop: 0.2 } }`),
  );
  const loaded = await loadPolicy(policyPath);
  const options = { policyPath, outDir: join(folder, 'out'), seed: 0, allowCommands: false, progress: silent };
  const text = await describePlan(loaded, await planRun(loaded, options), await locateRuntime());
  const [own, emulated, gpu] = text.split('\n').filter((line) => line.includes('limits: '));
  const limits =
    'limits: size.max 300 kB, latency.min-speedup 0.5, latency.max 1.50 s, memory.max 1.07 GB, accuracy.per-class.max-drop 0.2; ';
  expect(own).toContain(`${limits}about`);
  const open = `${limits}this machine cannot measure what decides latency.min-speedup`;
  expect(emulated).toContain(`${open} and latency.max; about`);
  if ((await gpuState()) === undefined)
    expect(gpu).toContain(`${open}, latency.max, memory.max and accuracy.per-class.max-drop; about`);
});
