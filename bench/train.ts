/**
 * What Level 3 wins back, and that it does no harm, on the real models of ../shared/data:
 *
 *     npm run bench -- train [--only resnet8_cifar10/W4A8] [--budget SECONDS] [--results FILE] [--write]
 *
 * `--results` keeps all rows in a file and takes those of settings that are not measured now from it; `--only ''` measures
 * none. `--write` writes the tables of all rows to docs/training.md. The steps beside PyTorch are those of
 * bench/train-step.ts, with the same `--results`.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine, physicalCores } from '../src/measure/machine.ts';
import { locateRuntime } from '../src/runtime/locate.ts';
import { hostTargetName } from '../src/targets/index.ts';
import { hasSharedData, sharedData } from '../test/slow/real-models.ts';
import type { Bench } from './quantize/compare.ts';
import { measureSetting, type TrainRow } from './train/measure.ts';
import { eightBits, lossy, manyRows } from './train/settings.ts';
import { compared, keyOf, recovered, steps } from './train/table.ts';
import type { StepResult } from './train-step.ts';

interface Results {
  rows: TrainRow[];
  steps: StepResult[];
}

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    budget: { type: 'string', default: '150' },
    results: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
if (!hasSharedData) throw new Error(`the real models are not in ${sharedData}`);
const known: Results =
  values.results && existsSync(values.results)
    ? JSON.parse(readFileSync(values.results, 'utf8'))
    : { rows: [], steps: [] };
const runtime = await locateRuntime({});
const bench: Bench = {
  folder: mkdtempSync(join(tmpdir(), 'quant-gate-bench-')),
  runtime,
  threads: physicalCores(),
  python: '',
  rows: 3000,
  latencyBudgetMs: 0,
};
process.once('exit', () => rmSync(bench.folder, { recursive: true, force: true }));

const wanted = values.only === undefined ? [''] : values.only.split(',').filter(Boolean);
const all = [
  ...lossy.map((setting) => ({ setting, plain: true })),
  ...[...eightBits, ...manyRows].map((setting) => ({ setting, plain: false })),
];
for (const { setting, plain } of all) {
  const key = keyOf(setting);
  if (!wanted.some((each) => (each.includes('/') ? key === each : key.includes(each)))) continue;
  const row = await measureSetting(bench, setting, { budgetMs: Number(values.budget) * 1000, plain });
  known.rows = [...known.rows.filter((each) => keyOf(each) !== key), row];
  if (values.results) writeFileSync(values.results, JSON.stringify(known, undefined, 1));
}
const order = all.map(({ setting }) => keyOf(setting));
known.rows.sort((a, b) => order.indexOf(keyOf(a)) - order.indexOf(keyOf(b)));
const text = await measured();
console.log(text);
if (values.write) {
  const path = fileURLToPath(new URL('../docs/training.md', import.meta.url));
  const [before] = readFileSync(path, 'utf8').split('\n## Measured\n') as [string];
  writeFileSync(path, `${before.trimEnd()}\n\n${text}`);
}

function loads(): string {
  const found = known.rows.map(({ load }) => load).filter((load) => load !== undefined);
  const [low, high] = [Math.min(...found), Math.max(...found)].map((load) => load.toFixed(0));
  return found.length > 0 ? `${low} to ${high}, on ${physicalCores()} cores` : 'not known';
}

async function measured(): Promise<string> {
  const { cpu, cores, isa } = await describeMachine(runtime);
  const version = `ONNX Runtime ${runtime.version} in Node ${process.version.slice(1)}`;
  return `## Measured

\`npm run bench -- train\` and \`npm run bench -- train-step\` make these tables. *Training* is the time that it took, of its budget;
Level 2, from which it starts, is made before.

- Machine: ${cpu}, ${cores} cores, \`${isa}\`, target \`${hostTargetName()}\`, ${bench.threads} threads; ${version}.
- Load average while it was measured: ${loads()}. What else runs takes steps from a budget.
- Every number is of rows that nothing was calibrated or trained on. No labels are used: FP32 is the teacher.
- *Recovered* is the part of what plain rounding loses against FP32 that Level 3 wins back, where that is more than a point. *As FP32* is
  the share of rows that get FP32's class. *Distance* is the mean KL divergence from FP32 (classes) or squared error over energy, on
  calibration data that was held back.
- *graph = file* is the share of rows on which the training graph and the exported file give the same class; in brackets the same of that
  file without ONNX Runtime's graph optimizations, in float kernels, beside itself in integer kernels. Both are the same arithmetic but for
  the order of float sums. Rounding to 8 bits turns differences of one part in ten million into whole levels, and 53 layers spread them:
  on MobileNetV2 the graph is about as far from the file as the file is from itself.

### Few bits

${recovered(known.rows.filter(({ plain }) => plain))}

### Eight bits, per channel

*Level 3 less Level 2* has its 95 % interval. Where training does not come clearly nearer to FP32 on held-back calibration data, Level 2's file is
kept, byte by byte. *Ten crops*: each of 300 images counts as ten, its corners, its centre and their mirror images. That tells smaller differences,
though by less than the interval says, as crops of one image are alike.

${compared(known.rows.filter(({ plain }) => !plain))}
${known.steps.length > 0 ? `\n### A training step beside PyTorch\n\n${steps(known.steps)}\n` : ''}`;
}
