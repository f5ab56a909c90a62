/**
 * This quantizer beside ONNX Runtime's Python tool, on the real models of ../shared/data:
 *
 *     npm run bench -- quantize [--models a,b] [--quick] [--rows N] [--no-memory] [--results FILE] [--page NAME] [--remark TEXT]
 *
 * The interpreter is QUANT_GATE_PYTHON, or python3, with onnxruntime and onnx. Prints the tables and writes
 * docs/quantize-NAME.md after every model, NAME being this CPU's target if `--page` gives no other. `--quick` leaves out most of
 * the peer's settings; `--results` keeps all numbers in a file, and takes those of models that are not measured now from it
 * (`--models '' --no-memory` only renders), as well as the costs of quantizing that it holds. QUANT_GATE_RUNTIME_PATH names the folder of another ONNX Runtime than that of node_modules;
 * `--remark` says on the page what is unusual about the machine.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine, physicalCores } from '../src/measure/machine.ts';
import { locateRuntime } from '../src/runtime/locate.ts';
import { hostTargetName } from '../src/targets/index.ts';
import { hasSharedData, realModels, sharedData } from '../test/slow/real-models.ts';
import { type Bench, compareModel, type ModelResult } from './quantize/compare.ts';
import { type MemoryResult, measureMemory, rounds } from './quantize/memory.ts';
import { settings } from './quantize/settings.ts';
import { comparison, table } from './quantize/table.ts';
import { crops } from './train/settings.ts';

/** Of 400 images a few decide half a point; ten crops of each tell more. */
const tenCrops = { of: 'mobilenetv2_imagenet', name: 'mobilenetv2_imagenet_ten_crops', images: '100:500', rows: 4000 };
const compared = [
  'mobilenetv2_imagenet',
  tenCrops.name,
  'squeezenet1.1_imagenet',
  'resnet8_cifar10',
  'vit_pgd_cifar10',
  'kwt1_speech_commands',
  'magika_standard_v3_3',
  'sst2_transformer',
  'super_resolution_x3',
  'nsnet2_gru',
  'silero_vad_16k_flat',
  'nanodet_m_416_coco',
  'mnist_cntk',
];

interface Results {
  models: ModelResult[];
  memory: MemoryResult[];
}

const { values } = parseArgs({
  options: {
    models: { type: 'string' },
    quick: { type: 'boolean', default: false },
    rows: { type: 'string' },
    'no-memory': { type: 'boolean', default: false },
    results: { type: 'string' },
    page: { type: 'string', default: hostTargetName() },
    remark: { type: 'string' },
  },
});
if (!hasSharedData) throw new Error(`the real models are not in ${sharedData}`);
const python = process.env['QUANT_GATE_PYTHON'] ?? 'python3';
const peer = spawnSync(python, ['-c', 'import onnxruntime, onnx; print(onnxruntime.__version__, onnx.__version__)'], {
  encoding: 'utf8',
});
if (peer.status !== 0) throw new Error(`${python} has no onnxruntime; name another with QUANT_GATE_PYTHON`);
const [peerVersion, onnxVersion] = peer.stdout.trim().split(' ');

const known: Results =
  values.results && existsSync(values.results)
    ? JSON.parse(readFileSync(values.results, 'utf8'))
    : { models: [], memory: [] };
const runtime = await locateRuntime({ runtimePath: process.env['QUANT_GATE_RUNTIME_PATH'] });
const bench: Bench = {
  folder: mkdtempSync(join(tmpdir(), 'quant-gate-bench-')),
  runtime,
  threads: physicalCores(),
  python,
  rows: Number(values.rows ?? (values.quick ? 1000 : 2000)),
  latencyBudgetMs: values.quick ? 3_500 : 10_000,
};
process.once('exit', () => rmSync(bench.folder, { recursive: true, force: true }));

const mobilenet = realModels.find(({ name }) => name === tenCrops.of)!;
const models = realModels.flatMap((model) =>
  model === mobilenet ? [model, { ...model, name: tenCrops.name, validation: crops(tenCrops.images) }] : [model],
);
const names = values.models === undefined ? compared : values.models.split(',').filter(Boolean);
for (const name of names) {
  const model = models.find((each) => each.name === name);
  if (!model) throw new Error(`no model ${name}; there are ${models.map((each) => each.name).join(', ')}`);
  const rows = name === tenCrops.name ? tenCrops.rows : bench.rows;
  const result = await compareModel({ ...bench, rows }, model, settings(values.quick));
  known.models = [...known.models.filter((each) => each.name !== name), result];
  await write();
}
if (!values['no-memory']) {
  const memory: MemoryResult[] = [];
  for await (const result of measureMemory(bench, known.memory)) {
    process.stderr.write(`${JSON.stringify(result)}\n`);
    memory.push(result);
    known.memory = [...memory, ...known.memory.filter(({ what }) => !memory.some((each) => each.what === what))];
    await write();
  }
}
await write();
console.log(comparison(known.models));

async function write(): Promise<void> {
  const order = (name: string) => models.findIndex((each) => each.name === name);
  known.models.sort((a, b) => order(a.name) - order(b.name));
  if (values.results) writeFileSync(values.results, JSON.stringify(known));
  const machine = await describeMachine(runtime);
  const text = `# This quantizer beside ONNX Runtime's own tool

\`npm run bench -- quantize${values.quick ? ' --quick' : ''}\` makes these tables: every model is quantized by Levels 1 and 2 of this program, at their
defaults, and by \`onnxruntime.quantization\` in ${values.quick ? 'the settings that matter most' : 'all its settings'}. Both calibrate on the same tensors; every file is then
run and scored alike, by this program's own metrics on rows that nobody calibrated on, and timed in turn with FP32 and all others.

- Machine: ${machine.cpu}, ${machine.cores} cores, \`${machine.isa}\`, target \`${hostTargetName()}\`; ${bench.threads} threads a session, batch 1, load average ${loadavg()[0]!.toFixed(1)}
  at the end: what else runs lengthens seconds and widens the intervals of the speed-up; files are timed in turn, so that it meets all alike.${values.remark ? `\n- ${values.remark}` : ''}
- Here: ONNX Runtime ${runtime.version} in Node ${process.version.slice(1)}. Peer: Python onnxruntime ${peerVersion}, onnx ${onnxVersion}, \`quant_pre_process\` first.
- Change is the metric of the file less that of FP32: points where the metric is a share, else its own unit. As FP32: the
  share of rows for which a classifier finds FP32's class; a few hundred rows say more by it than by how many are right. Speed-up is FP32
  time over INT8 time at the median, with its 95 % interval. Ten crops: each image counts as its corners, its centre and their
  mirror images. Bytes are over those of FP32. Seconds and peak memory are those of
  making the file, with reading the model, the search for the best ranges and all processes that it starts.

## Results

${comparison(known.models)}
${known.memory.length > 0 ? memoryText(known.memory) : ''}`;
  writeFileSync(fileURLToPath(new URL(`../docs/quantize-${values.page}.md`, import.meta.url)), text);
}

function memoryText(memory: readonly MemoryResult[]): string {
  const mb = (bytes: number) => (bytes / 1e6).toFixed(0);
  const rows = memory.map(({ what, seconds, peakBytes, processes, error }) =>
    error === undefined
      ? [what, seconds!.toFixed(1), mb(peakBytes!), processes!.map(mb).join(' + ')]
      : [what, error, '', ''],
  );
  return `
## Time and memory of quantizing

Calibration data is streamed: memory does not grow with it. The first rows have the same observer on both sides and nothing
else; each was measured ${rounds} times in turn, that of the median time is here. Peak is what all processes held at one moment;
the own peaks of the processes are beside it, the program first.

${table(['what', 'seconds', 'peak MB', 'processes, MB'], rows, 'lrrr')}
`;
}
