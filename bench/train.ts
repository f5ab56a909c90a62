import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silent } from '../src/progress.ts';
import { chooseRanges } from '../src/quantize/static/choose.ts';
import { StaticRun } from '../src/quantize/static/run.ts';
import { quantizeStatic, type StaticRequest, startingRecipe } from '../src/quantize/static/static.ts';
import { locateRuntime } from '../src/runtime/locate.ts';
import { WorkerProcess } from '../src/runtime/worker-process.ts';
import { resolveTarget } from '../src/targets/index.ts';
import { type QatRequest, quantizeQat } from '../src/train/qat.ts';
import { accuracyOf, classesOf, openCase, type TrainCase } from './train-cases.ts';

/**
 * What Level 3 wins back, on the same validation rows: plain rounding, Level 2 with recovery, block by block (tier 1),
 * then end to end (tier 1+2), FP32.
 *
 *     node bench/train.ts [--only resnet8_cifar10/W4A8] [--budget 300] [--out table.md]
 */
interface Setting {
  model: string;
  bits: 8 | 4 | 3;
  perChannel: boolean;
}

const settings: Setting[] = [
  { model: 'resnet8_cifar10', bits: 4, perChannel: true },
  { model: 'resnet8_cifar10', bits: 3, perChannel: true },
  { model: 'mobilenetv2_imagenet', bits: 8, perChannel: false },
  { model: 'mobilenetv2_imagenet', bits: 8, perChannel: true },
  { model: 'mobilenetv2_imagenet', bits: 4, perChannel: true },
  { model: 'mobilenetv2_imagenet', bits: 3, perChannel: true },
  { model: 'kwt1_speech_commands', bits: 4, perChannel: true },
  { model: 'kwt1_speech_commands', bits: 3, perChannel: true },
  { model: 'sst2_transformer', bits: 4, perChannel: true },
  { model: 'sst2_transformer', bits: 3, perChannel: true },
];

const label = ({ bits, perChannel }: Setting) => `W${bits}A8${perChannel ? '' : '-tensor'}`;

function argument(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
}

async function measure(setting: Setting, budgetSeconds: number, workDir: string): Promise<string> {
  const name = `${setting.model}/${label(setting)}`;
  const runtime = await locateRuntime();
  const data = await openCase(setting.model, workDir);
  const worker = await WorkerProcess.start({ runtime, label: 'accuracy' });
  const score = async (model: TrainCase['model'], what: string) => {
    const accuracy = accuracyOf(
      data,
      await classesOf(data, model, worker, join(request.workDir, `${what.replaceAll(' ', '-')}.onnx`)),
    );
    console.error(`${name} ${what}: ${(100 * accuracy).toFixed(2)} %`);
    return accuracy;
  };
  const request: StaticRequest & QatRequest = {
    model: data.model,
    target: resolveTarget('cpu'),
    options: {
      observer: 'auto',
      'per-channel': setting.perChannel,
      bits: setting.bits,
      recover: 'auto',
      prefer: 'balanced',
      'keep-float': [],
      'search-budget': 60_000,
      budget: (budgetSeconds * 1000) / 2,
    },
    runtime,
    workDir: join(workDir, name.replace('/', '-')),
    seed: 0,
    threads: 2,
    progress: silent,
    calibration: data.calibration,
    task: data.task,
  };
  await mkdir(request.workDir, { recursive: true });
  try {
    const fp32 = await score(data.model, 'FP32');
    const plain = await score(await rounded(request), 'plain rounding');
    const start = await quantizeStatic(request);
    const level2 = await score(start.model, 'Level 2');
    const began = performance.now();
    const blocks = await quantizeQat({ ...request, start, recipe: { steps: { part: 200, whole: 0 } } });
    const tier1 = await score(blocks.model, 'tier 1');
    const trained = await quantizeQat({
      ...request,
      start: { ...start, model: blocks.model },
      recipe: { steps: { part: 0, whole: 300 } },
    });
    const seconds = (performance.now() - began) / 1000;
    const tier2 = await score(trained.model, 'tier 1+2');
    const lost = fp32 - plain;
    const recovered = lost > 0.005 ? `${Math.round((100 * (tier2 - plain)) / lost)} %` : '-';
    const percent = (value: number) => (100 * value).toFixed(2);
    return `| ${setting.model} | ${label(setting)} | ${[plain, level2, tier1, tier2, fp32].map(percent).join(' | ')} | ${recovered} | ${Math.round(seconds)} s |`;
  } finally {
    await worker.close();
  }
}

/** Every weight to the nearest level of a grid that covers it, ranges by the same observers, nothing recovered. */
async function rounded(request: StaticRequest): Promise<TrainCase['model']> {
  const run = await StaticRun.start({ ...request, options: { ...request.options, recover: 'none' } });
  try {
    const { recipe } = await chooseRanges(run, { ...startingRecipe(run), weightRange: 'max' });
    return run.emit(recipe).model;
  } finally {
    await run.close();
  }
}

const only = argument('only');
const budget = Number(argument('budget') ?? 300);
const out = argument('out');
const workDir = join(tmpdir(), 'quant-gate-bench-train');
await mkdir(workDir, { recursive: true });
const lines = [
  '| model | setting | plain rounding | Level 2 | tier 1 | tier 1+2 | FP32 | recovered of what plain rounding loses | training |',
  '|---|---|---|---|---|---|---|---|---|',
];
for (const setting of settings) {
  if (only !== undefined && !`${setting.model}/${label(setting)}`.includes(only)) continue;
  lines.push(await measure(setting, budget, workDir));
  console.log(lines.slice(lines.length > 3 ? -1 : 0).join('\n'));
  if (out !== undefined) await writeFile(out, `${lines.join('\n')}\n`);
}
