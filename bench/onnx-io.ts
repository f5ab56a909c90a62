/**
 * Time and peak memory of reading and writing a 500 MB model, beside Python's onnx package (in the interpreter named by
 * QUANT_GATE_PYTHON, default python3). Writes the table to docs/onnx-io.md: `node bench/onnx-io.ts`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GraphBuilder, loadModel, saveModel } from '../src/onnx/model.ts';
import { tensorBytes } from '../src/onnx/tensor.ts';
import { tensorsOf } from '../src/onnx/walk.ts';

const LAYERS = 125;
const WIDTH = 1024;
const RUNS = 5;

interface Sample {
  seconds: number;
  peakBytes: number;
}

/** What one fresh process does, in TypeScript and in Python; `{in}` and `{out}` are paths. */
const TASKS: { name: string; ours: string; python: string }[] = [
  { name: 'read', ours: 'read', python: 'm = onnx.load(source)' },
  {
    name: 'read, and look at every weight',
    ours: 'weights',
    python: 'm = onnx.load(source)\nfor t in m.graph.initializer: len(t.raw_data)',
  },
  { name: 'read and write', ours: 'write', python: 'm = onnx.load(source)\nonnx.save(m, target)' },
  {
    name: 'read and write with external data',
    ours: 'external',
    python: "m = onnx.load(source)\nonnx.save(m, target, save_as_external_data=True, location='external.data')",
  },
];

if (process.argv[2] === 'task')
  await runTask(process.argv[3] as string, process.argv[4] as string, process.argv[5] as string);
else await compare();

async function compare(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'onnx-io-'));
  try {
    const source = join(folder, 'source.onnx');
    await generate(source);
    const bytes = statSync(source).size;
    const python = process.env['QUANT_GATE_PYTHON'] ?? 'python3';
    const version = spawnSync(python, ['-c', 'import onnx; print(onnx.__version__)'], { encoding: 'utf8' });
    const rows: string[] = [];
    for (const { name, ours, python: script } of TASKS) {
      const own: Sample[] = [];
      const theirs: Sample[] = [];
      for (let run = 0; run < RUNS; run++) {
        const target = join(folder, `out-${run}.onnx`);
        own.push(measureOwn(ours, source, target));
        if (version.status === 0) theirs.push(measurePython(python, script, source, target));
        for (const file of [target, `${target}.data`, join(folder, 'external.data')]) rmSync(file, { force: true });
      }
      rows.push(`| ${name} | ${show(own)} | ${theirs.length > 0 ? show(theirs) : 'not installed | '} |`);
      console.log(rows.at(-1));
    }
    const text = `# Reading and writing models

A generated model of ${(bytes / 1e6).toFixed(0)} MB (${LAYERS} matrices of ${WIDTH} x ${WIDTH} in float32, in one file), each task in a fresh process:
median of ${RUNS} runs, file in the page cache, peak memory of the whole process (VmHWM). Python is onnx ${version.stdout?.trim() || '(not installed)'}.
Made by \`node bench/onnx-io.ts\` on ${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}.

| task | here: seconds | here: peak MB | Python: seconds | Python: peak MB |
|---|---|---|---|---|
${rows.join('\n')}

Seconds count from the first statement after the imports. Big weights stay in the file until they are asked for, and are
written from file to file in pieces; a process that only starts Node and loads this code has a peak of about
${(measureOwn('nothing', source, source).peakBytes / 1e6).toFixed(0)} MB.
`;
    writeFileSync(fileURLToPath(new URL('../docs/onnx-io.md', import.meta.url)), text);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function generate(path: string): Promise<void> {
  const b = new GraphBuilder('layers');
  let x = b.input('x', 'float32', ['batch', WIDTH]);
  const data = Float32Array.from({ length: WIDTH * WIDTH }, (_, i) => Math.sin(i) / WIDTH);
  for (let layer = 0; layer < LAYERS; layer++) {
    x = b.op('MatMul', [x, b.constant({ type: 'float32', dims: [WIDTH, WIDTH], data }, `w${layer}`)]);
  }
  b.output(x, 'y');
  await saveModel(b.build(17), path);
}

async function runTask(task: string, source: string, target: string): Promise<void> {
  const start = performance.now();
  if (task !== 'nothing') {
    const model = await loadModel(source);
    if (task === 'weights') for (const tensor of tensorsOf(model.proto)) tensorBytes(tensor);
    if (task === 'write') await saveModel(model, target);
    if (task === 'external') await saveModel(model, target, { externalData: 'always' });
  }
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, peakBytes: peak(readFileSync('/proc/self/status', 'utf8')) }));
}

function measureOwn(task: string, source: string, target: string): Sample {
  const script = fileURLToPath(import.meta.url);
  return sampleOf(process.execPath, [script, 'task', task, source, target]);
}

function measurePython(python: string, script: string, source: string, target: string): Sample {
  const program = `
import sys, json, time, onnx
source, target = sys.argv[1:]
start = time.perf_counter()
${script}
seconds = time.perf_counter() - start
status = open('/proc/self/status').read()
peak = int(status.split('VmHWM:')[1].split()[0]) * 1024
print(json.dumps({'seconds': seconds, 'peakBytes': peak}))
`;
  return sampleOf(python, ['-c', program, source, target]);
}

function sampleOf(command: string, args: string[]): Sample {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
  return JSON.parse(stdout) as Sample;
}

function peak(status: string): number {
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

function show(samples: readonly Sample[]): string {
  const median = (key: keyof Sample): number =>
    samples.map((sample) => sample[key]).sort((a, b) => a - b)[samples.length >> 1] as number;
  return `${median('seconds').toFixed(2)} | ${(median('peakBytes') / 1e6).toFixed(0)}`;
}
