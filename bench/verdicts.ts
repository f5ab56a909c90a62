/**
 * How often the gate is right: equal files, planted regressions, and whether stated intervals hold what they promise.
 * Needs the real models and data in the folder of QUANT_GATE_SHARED (default ../shared/data). Writes docs/verdicts.md.
 *
 *     npm run bench -- verdicts [--quick] [accuracy] [latency] [coverage]
 *
 * Named parts alone are measured again and replace their part of the page; `--quick` writes nothing.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { openStore } from '../src/data/store.ts';
import type { MetricName } from '../src/policy/schema.ts';
import { locateRuntime } from '../src/runtime/locate.ts';
import { type Coverage, plantedDrops, sameFile, type Tally } from './verdicts-accuracy.ts';
import type { CoverageTask } from './verdicts-coverage.ts';
import { type Population, populations } from './verdicts-data.ts';
import { limit, realGates, record, simulate, underLoad } from './verdicts-latency.ts';

const quick = process.argv.includes('--quick');
const gates = quick ? 100 : 1000;
const root = resolve(import.meta.dirname, '..');
const shared = join(process.env['QUANT_GATE_SHARED'] ?? join(root, '../shared'), 'data');
const folder = mkdtempSync(join(tmpdir(), 'quant-gate-verdicts-'));
const tallyHead = ['fail', 'pass', 'inconclusive', 'of these failed', 'passed'];
const start = performance.now();
const say = (what: string) => console.error(`${((performance.now() - start) / 1000).toFixed(0)} s: ${what}`);

try {
  const runtime = await locateRuntime({});
  say('real per-sample results');
  const all = await populations({ shared, folder, runtime });
  const parts = { accuracy: () => accuracySection(all), latency: latencySection, coverage: () => coverageSection(all) };
  const named = Object.keys(parts).filter((part) => process.argv.includes(part));
  const sections: string[] = [];
  for (const [part, measure] of Object.entries(parts)) {
    if (named.length === 0 || named.includes(part)) sections.push(`${await measure()}\n${conditions()}`);
  }
  const page = join(root, 'docs/verdicts.md');
  const text = named.length > 0 && existsSync(page) ? replaced(readFileSync(page, 'utf8'), sections) : whole(sections);
  if (!quick) writeFileSync(page, text);
  console.log(sections.join('\n'));

  async function latencySection(): Promise<string> {
    const setup = {
      model: join(shared, 'models/nanodet_m_416_coco.onnx'),
      store: openStore(join(folder, 'models_nanodet_m_416_coco.onnx.feeds')),
      runtime,
    };
    const milliseconds = quick ? 8_000 : 45_000;
    const rows: string[] = [];
    const real: string[] = [];
    for (const [name, around] of [
      ['none', <T>(work: () => Promise<T>) => work()],
      [`${availableParallelism()} busy processes`, underLoad],
    ] as const) {
      say(`latency, competing load: ${name}`);
      const recording = await around(() => record(setup, milliseconds));
      for (const [what, slowdown] of [
        ['the same file', 1],
        ['10 % slower', 1 / 0.9],
      ] as const) {
        const { tally, rounds, covered } = simulate(recording, gates, slowdown);
        rows.push(row([name, what, ...cells(tally), rounds.toFixed(0), percent(covered)]));
      }
      const { tally, seconds } = await around(() => realGates(setup, quick ? 2 : 12));
      real.push(row([name, 'the same file', ...cells(tally), seconds.toFixed(1)]));
    }
    return `## Latency

Rounds of FP32 beside itself (NanoDet, 1 thread) were recorded for ${milliseconds / 1000} s under each load; ${gates.toLocaleString('en-US')} gates are
drawn from them, whole sets of sessions at a time, and go through the sampler's own looks. The limit is \`min-speedup: ${limit}\`: the
same file must pass, a speed-up of 0.90 must not.

${table(['competing load', 'variant', ...tallyHead, 'rounds', 'interval holds the truth'], rows)}

Gates run for real from start to end, with a budget of 10 s:

${table(['competing load', 'variant', ...tallyHead, 'seconds each'], real)}
`;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function accuracySection(all: readonly Population[]): string {
  say('accuracy');
  const population = all.find(({ name }) => name.startsWith('top1'))!;
  const same = sameFile(gates).map(({ samples, limit: most, tally }) =>
    row(['the same file', samples.toLocaleString('en-US'), points(most), ...cells(tally)]),
  );
  const planted = plantedDrops(population, gates).map(({ samples, drop, limit: most, tally }) =>
    row([
      drop === 0 ? 'as good, other samples wrong' : `${points(drop)} worse`,
      samples.toLocaleString('en-US'),
      points(most),
      ...cells(tally),
    ]),
  );
  return `## Accuracy

Gates on \`accuracy.max-drop\`. The paired results are those of ResNet-8 on 2,000 CIFAR-10 images, FP32 and Level 1; flips
are as frequent as they are there, moved so that the true drop is exactly what the first column says.

${table(['variant', 'samples', 'limit', ...tallyHead], [...same, ...planted])}
`;
}

async function coverageSection(all: readonly Population[]): Promise<string> {
  const tasks = all.flatMap(({ name, before, after, metric }): CoverageTask[] => {
    const sizes: [number, number][] = name.startsWith('map')
      ? [[128, quick ? 10 : 150]]
      : [
          [200, quick ? 50 : 1000],
          [500, quick ? 20 : 500],
        ];
    return sizes.map(([samples, simulations]) => ({
      metric: metric.name as MetricName,
      population: { name, before, after },
      samples,
      simulations,
    }));
  });
  say(`coverage, ${tasks.length} simulations`);
  const results: Coverage[] = new Array(tasks.length);
  const queue = [...tasks.keys()].reverse();
  const lane = async () => {
    for (let index = queue.pop(); index !== undefined; index = queue.pop())
      results[index] = await runTask(tasks[index]!);
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, lane));
  const rows = results.map(({ name, method, samples, simulations, covered, below, above }) =>
    row([name, method, String(samples), String(simulations), percent(covered), percent(below), percent(above)]),
  );
  return `## Coverage of stated intervals

Samples are drawn from the real paired results of a model; the drop of all of them is the truth. A 95 % interval should hold
it in 95 % of the draws. Rare flips make whole steps of the coverage unavoidable; then it errs on the side of wide.

${table(['metric', 'interval', 'samples', 'draws', 'holds the truth', 'too low', 'too high'], rows)}
`;
}

function runTask(task: CoverageTask): Promise<Coverage> {
  return new Promise((done, fail) => {
    const worker = new Worker(new URL('./verdicts-coverage.ts', import.meta.url), { workerData: task });
    worker.once('message', done);
    worker.once('error', fail);
  });
}

function conditions(): string {
  const load = loadavg()[1]!.toFixed(1);
  return `Measured on ${cpus()[0]?.model.trim() ?? 'an unknown CPU'}, ${availableParallelism()} CPUs, with a load average of ${load}.\n`;
}

function whole(sections: readonly string[]): string {
  return `# How often the gate is right

\`npm run bench -- verdicts\`, with the policy's defaults: confidence 0.95, \`on-inconclusive: estimate\`.

A gate *fails* or *passes* where its whole interval is beyond or inside the limit. Where the interval straddles the limit it
is inconclusive, and the default lets the estimate decide: the last two columns of each tally say which way. A latency fails
by its estimate only if it is beyond the limit by more than equal files differ by on that machine.

${sections.join('\n')}`;
}

/** The page with the parts that were measured again in place of the old ones, found by their headings. */
function replaced(page: string, sections: readonly string[]): string {
  const [head, ...old] = page.split(/^(?=## )/m);
  const headingOf = (section: string) => section.split('\n', 1)[0];
  const parts = old.map(
    (section) => sections.find((each) => headingOf(each) === headingOf(section)) ?? section.trimEnd().concat('\n'),
  );
  return `${head}${parts.join('\n')}`;
}

function cells({ gates: total, fail, pass, inconclusive, estimatedFail }: Tally): string[] {
  const share = (value: number) => (total >= 100 ? percent(value / total) : `${value} of ${total}`);
  return [fail, pass, inconclusive, estimatedFail, inconclusive - estimatedFail].map(share);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function points(share: number): string {
  return `${100 * share} point${share === 0.01 ? '' : 's'}`;
}

function row(items: readonly string[]): string {
  return `| ${items.join(' | ')} |`;
}

function table(head: readonly string[], rows: readonly string[]): string {
  return [row(head), row(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows].join('\n');
}
