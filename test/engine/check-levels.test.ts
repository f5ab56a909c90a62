import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planRun } from '../../src/engine/plan.ts';
import { buildModel, modelToBytes } from '../../src/onnx/model.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { silent } from '../../src/progress.ts';
import { digitsFolder } from './digits.ts';

const folder = digitsFolder();

test('keep-float that matches nothing is refused at its line, unless another model has it', async () => {
  const policyPath = join(folder, 'quant.yml');
  const fused = buildModel((b) => {
    const x = b.input('x', 'float32', ['batch', 2]);
    const w = b.constant({ type: 'float32', dims: [2, 2], data: Float32Array.of(1, 2, 3, 4) }, 'w');
    const y = b.op('FusedMatMul', [x, w], { alpha: 0.5 }, { domain: 'com.microsoft', name: 'scaled' });
    b.output(b.op('Sigmoid', [y]), 'y', { type: 'float32', dims: ['batch', 2] });
  });
  writeFileSync(join(folder, 'fused.onnx'), modelToBytes(fused));
  const plan = async (pattern: string, models = ['digits', 'fused'], own: { levels?: [1]; models?: string[] } = {}) => {
    const entries = models.map((name) => `{ path: ${name}.onnx }`).join(', ');
    const levels = `{ 1: {}, 2: { keep-float: [Conv, '${pattern}'] } }`;
    writeFileSync(policyPath, `version: 1\nmodels: [${entries}]\nlevels: ${levels}\n`);
    const options = { policyPath, outDir: join(folder, 'out'), seed: 0, allowCommands: false, progress: silent };
    return planRun(await loadPolicy(policyPath), { ...options, ...own });
  };
  const refused =
    /quant.yml:3:42: keep-float: "Convv" matches no node .* of digits.onnx, fused.onnx; did you mean "Conv"\?/;
  await expect(plan('Convv')).rejects.toThrow(refused);
  await expect(plan('/nope/*')).rejects.toThrow(/operator types are .*Conv.*Sigmoid/);
  // The level that says it is left out.
  await plan('Convv', undefined, { levels: [1] });
  // Of one of the models, of one that this run leaves out, or of what quantization makes of one.
  for (const pattern of ['Sigmoid', 'scaled', 'sca*', 'FusedMatMul', 'MatMul']) await plan(pattern);
  await plan('Sigmoid', undefined, { models: ['digits'] });
  await expect(plan('Sigmoidd', undefined, { models: ['digits'] })).rejects.toThrow(/"Sigmoidd" matches no node/);
  await expect(plan('Sigmoid', ['digits'])).rejects.toThrow(/"Sigmoid" matches no node/);
  rmSync(join(folder, 'fused.onnx'));
  await plan('Sigmoid', undefined, { models: ['digits'] });
});
