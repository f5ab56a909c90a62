/**
 * Where the time of a whole gate goes: MobileNetV2 at Levels 1 and 2, 100 images to calibrate and 400 to validate, from
 * the policy to the bundle. Needs the real models and data in the folder of QUANT_GATE_SHARED (default ../shared/data).
 * Writes docs/overhead.md. Runs dist/: build it first.
 *
 *     npm run bench -- overhead [--quick]
 *
 * `--quick` takes a tenth of the images and writes nothing.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Report } from '../src/report/schema.ts';

const quick = process.argv.includes('--quick');
const root = resolve(import.meta.dirname, '..');
const shared = join(process.env['QUANT_GATE_SHARED'] ?? join(root, '../shared'), 'data');
const [calibration, end] = quick ? [10, 50] : [100, 500];

const policy = `version: 1
models:
  - path: mobilenetv2.onnx
    task: classification
    data:
      calibration: { images: images, rows: "0:${calibration}" }
      validation: { images: images, labels: labels.csv, label-column: class_index, rows: "${calibration}:${end}" }
      preprocess: { resize: 256, crop: 224, color: rgb, scale: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
levels:
  1: { limits: { size: { max-ratio: 0.6 }, accuracy: { max-drop: 0.02 } } }
  2: { limits: { size: { max-ratio: 0.3 }, latency: { min-speedup: 1.0 }, accuracy: { max-drop: 0.02 } } }
gate: { require: [2] }
`;

const folder = mkdtempSync(join(tmpdir(), 'quant-gate-overhead-'));
try {
  cpSync(join(shared, 'models/mobilenetv2_imagenet.onnx'), join(folder, 'mobilenetv2.onnx'));
  cpSync(join(shared, 'data/imagenet'), folder, { recursive: true });
  writeFileSync(join(folder, 'quant.yml'), policy);
  // The program as users have it: from source every process would strip types first.
  const command = ['dist/cli.js', 'run', '--policy', join(folder, 'quant.yml'), '--out', join(folder, 'out')];
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0 && status !== 1) throw new Error(`quant-gate ended with ${status}`);
  const report = JSON.parse(readFileSync(join(folder, 'out/report.json'), 'utf8')) as Report;
  const page = pageOf(report);
  if (!quick) writeFileSync(join(root, 'docs/overhead.md'), page);
  console.log(page);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function pageOf({ seconds, stages, inRuntime = {}, machine }: Report): string {
  const known = Object.values(stages).reduce((sum, each) => sum + each, 0);
  const rows = [...Object.entries(stages), ['between stages, bundle and report', seconds - known] as const].map(
    ([stage, spent]) => {
      const { run, load } = inRuntime[stage] ?? { run: 0, load: 0 };
      const decoding = stage === 'decode' ? spent : 0;
      return { stage, spent, run, load, decoding, rest: Math.max(0, spent - run - load - decoding) };
    },
  );
  const sum = (key: 'spent' | 'run' | 'load' | 'decoding' | 'rest') => rows.reduce((total, row) => total + row[key], 0);
  const line = (cells: (string | number)[]) => `| ${cells.join(' | ')} |`;
  const shown = (value: number) => value.toFixed(1);
  const share = (value: number, of = seconds) => `${((100 * value) / of).toFixed(1)} %`;
  const making = rows.find(({ stage }) => stage === 'quantize')!;
  const restOfMeasuring = share(sum('rest') - making.rest, seconds - making.spent);
  return `# Where a gate's time goes

\`npm run bench -- overhead\` on ${cpus()[0]?.model.trim()}, ${availableParallelism()} CPUs (${machine.isa}), load ${loadavg()[0]!.toFixed(1)}: a whole
gate of MobileNetV2 at Levels 1 and 2, ${calibration} images to calibrate, ${end! - calibration!} to validate. Seconds of wall time, from report.json
(\`stages\`, \`inRuntime\`).

${line(['stage', 'seconds', 'running models', 'making sessions', 'decoding', 'the rest'])}
${line(['---', ...Array(5).fill('---:')])}
${rows.map(({ stage, spent, run, load, decoding, rest }) => line([stage, ...[spent, run, load, decoding, rest].map(shown)])).join('\n')}
${line(['**all**', shown(seconds), shown(sum('run')), shown(sum('load')), shown(sum('decoding')), shown(sum('rest'))])}
${line(['**share**', '100 %', share(sum('run')), share(sum('load')), share(sum('decoding')), share(sum('rest'))])}

- *Running models* and *making sessions* are timed around each call of ONNX Runtime in the processes that make it.
- *Decoding* is the reading, decoding, resizing and storing of images, once for all variants.
- *The rest* is the gate's own: the quantizer's arithmetic, scores and intervals, starting processes, reading tensors from
  the store, writing models and the report.
- \`quantize\` makes the variants: calibration and comparisons of candidates run models too, but most of the rest there is
  arithmetic on weights and histograms. Of the time without it, the rest is ${restOfMeasuring}.
`;
}
