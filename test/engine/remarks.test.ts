import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspectModel } from '../../src/cli/inspect.ts';
import { renderInspection } from '../../src/cli/inspect-text.ts';
import { describePlan } from '../../src/engine/describe.ts';
import type { GateOptions } from '../../src/engine/options.ts';
import { planRun } from '../../src/engine/plan.ts';
import { runGate } from '../../src/engine/run.ts';
import { loadModel, saveModel } from '../../src/onnx/model.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { silent } from '../../src/progress.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { digits, digitsFolder, digitsPolicy, gateDigits } from './digits.ts';

const folder = digitsFolder();
const remark = /in training mode \(Dropout drop\)/;

test('a model that was exported in training mode is told by check, inspect, the log and the report', async () => {
  const model = await loadModel(join(digits, 'digits.onnx'));
  const { graph } = model;
  const producer = graph.outputs[0]!.producer!;
  const features = producer.input(0)!;
  const flag = graph.addInitializer('training', { type: 'bool', dims: [], data: Uint8Array.of(1) });
  const ratio = graph.addInitializer('ratio', { type: 'float32', dims: [], data: Float32Array.of(0.1) });
  producer.setInput(0, graph.addNode({ op: 'Dropout', name: 'drop', inputs: [features, ratio, flag] }).output());
  await saveModel(model, join(folder, 'training.onnx'));
  const policyPath = join(folder, 'quant.yml');
  writeFileSync(policyPath, digitsPolicy('levels:\n  1: {}\nmeasure: { latency-budget: 1s }', 'training.onnx'));

  const logged: string[] = [];
  const progress = { ...silent, note: (text: string) => void logged.push(text) };
  const options: GateOptions = { policyPath, outDir: join(folder, 'out'), seed: 0, allowCommands: false, progress };
  const loaded = await loadPolicy(policyPath);
  expect(await describePlan(loaded, await planRun(loaded, options), await locateRuntime())).toMatch(remark);
  expect(renderInspection(await inspectModel({ model: join(folder, 'training.onnx'), target: 'cpu' }))).toMatch(remark);
  const { report } = await runGate(options);
  expect(logged.join('\n')).toMatch(remark);
  expect(report.models[0]!.variants[0]!.notes.join('\n')).toMatch(remark);
}, 120_000);

test('validation samples that Level 3 is trained on are counted in the report', async () => {
  const policy = digitsPolicy('levels:\n  3: { method: qat, budget: 1s }\nmeasure: { latency-budget: 1s }').replace(
    '      preprocess:',
    '      training: { arrays: validation.npz, labels: label, limit: 40 }\n      preprocess:',
  );
  const { report } = await gateDigits(folder, policy);
  expect(report.models[0]!.data).toMatchObject({ sharedTraining: 40 });
}, 120_000);

test('an FP32 model that is no better than always the same answer is told, as no drop is seen of it', async () => {
  const policy = digitsPolicy('levels:\n  1: {}\nmeasure: { latency-budget: 1s }');
  const right = await gateDigits(folder, policy);
  expect(right.report.models[0]!.data).not.toHaveProperty('chance');
  // Every pixel is as good as black.
  const { report, outDir } = await gateDigits(folder, policy.replace('scale: 255', 'scale: 1e9'));
  const { data, fp32 } = report.models[0]!;
  const { value } = fp32.measurements.accuracy as { value: number };
  expect(data.chance).toBeGreaterThanOrEqual(value);
  expect(data.chance).toBeLessThan(0.2);
  const said = /FP32 itself has top1 \d+\.\d %, and always the same answer would have \d+\.\d %/;
  expect(readFileSync(join(outDir, 'report.html'), 'utf8')).toMatch(said);
}, 120_000);
