import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runGate } from '../../src/engine/run.ts';
import { loadModel, saveModel } from '../../src/onnx/model.ts';
import { silent } from '../../src/progress.ts';
import { digitsFolder, digitsPolicy } from './digits.ts';

const folder = digitsFolder();

it.each([
  ['input', '__proto__'],
  ['output', '__proto__'],
  ['output', 'constructor'],
] as const)('refuses an %s named %s, under which onnxruntime-node has no tensor', async (kind, name) => {
  const model = await loadModel(join(folder, 'digits.onnx'));
  model.graph.rename(model.graph[`${kind}s`][0]!, name);
  await saveModel(model, join(folder, 'renamed.onnx'));
  const policyPath = join(folder, 'quant.yml');
  writeFileSync(policyPath, digitsPolicy('levels: { 1: {} }', 'renamed.onnx'));
  const options = { policyPath, outDir: join(folder, 'out'), seed: 0, allowCommands: true, progress: silent };
  await expect(runGate(options)).rejects.toThrow(
    new RegExp(`quant\\.yml:3:11: renamed\\.onnx has an ${kind} "${name}", which onnxruntime-node cannot`),
  );
});
