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
import { physicalCores } from '../src/measure/machine.ts';
import type { MetricName } from '../src/policy/schema.ts';
import { locateRuntime } from '../src/runtime/locate.ts';
import { type Coverage, plantedDrops, sameFile, type Tally } from './verdicts-accuracy.ts';
import type { CoverageTask } from './verdicts-coverage.ts';
import { decoded, type Population, populations } from './verdicts-data.ts';
import { budgetMs, limit, realGates, record, simulate, underLoad } from './verdicts-latency.ts';

const quick = process.argv.includes('--quick');
const gates = quick ? 100 : 1000;
const root = resolve(import.meta.dirname, '..');
const shared = join(process.env['QUANT_GATE_SHARED'] ?? join(root, '../shared'), 'data');
const folder = mkdtempSync(join(tmpdir(), 'quant-gate-verdicts-'));
const tallyHead = ['fail', 'pass', 'inconclusive', 'of these failed', 'passed', 'left open'];
const start = performance.now();
const say = (what: string) => console.error(`${((performance.now() - start) / 1000).toFixed(0)} s: ${what}`);

try {
  const runtime = await locateRuntime({});
  const place = { shared, folder, runtime };
  let all: Promise<Population[]> | undefined;
  const results = () => {
    if (!all) say('real per-sample results');
    all ??= populations(place);
    return all;
  };
  const parts = {
    accuracy: async () => accuracySection(await results()),
    latency: latencySection,
    coverage: async () => coverageSection(await results()),
  };
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
    const [sets, milliseconds, real] = quick ? [2, 6_000, 2] : [5, 10_000, 10];
    const setup = {
      model: join(shared, 'models/nanodet_m_416_coco.onnx'),
      store: await decoded(place, 'nanodet_m_416_coco'),
      threads: physicalCores(),
      runtime,
    };
    const simulated: string[] = [];
    const run: string[] = [];
    for (const [name, around] of [
      ['none', <T>(work: () => Promise<T>) => work()],
      [`${availableParallelism()} busy processes`, underLoad],
    ] as const) {
      say(`latency, competing load: ${name}`);
      const recording = await around(() => record(setup, sets, milliseconds));
      for (const [what, slowdown] of [
        ['the same file', 1],
        ['10 % slower', 1 / 0.9],
      ] as const) {
        const { tally, seconds, covered, halfWidth } = simulate(recording, gates, slowdown);
        simulated.push(row([name, what, ...cells(tally), seconds.toFixed(0), percent(halfWidth), percent(covered)]));
      }
      say(`gates run for real, competing load: ${name}`);
      const { tally, seconds } = await around(() => realGates(setup, real));
      run.push(row([name, 'the same file', ...cells(tally), seconds.toFixed(1)]));
    }
    return `## Latency

Rounds of FP32 beside itself (NanoDet, ${setup.threads} threads) were recorded under each load, in ${sets} sets of processes for ${milliseconds / 1000} s
each; ${gates.toLocaleString('en-US')} gates are drawn from them. A gate draws one set of processes, which of them is FP32, which the A/A pair's other half
and which the variant, and then whole generations of sessions, with the sampler's own looks and its budget of ${budgetMs / 1000} s. The limit is
\`min-speedup: ${limit}\`: the same file must pass, a speed-up of 0.90 must not.

${table(['competing load', 'variant', ...tallyHead, 'seconds', 'interval ±', 'interval holds the truth'], simulated)}

Gates run for real from start to end:

${table(['competing load', 'variant', ...tallyHead, 'seconds each'], run)}
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
      ? [[128, quick ? 10 : 300]]
      : [
          [200, quick ? 50 : 1000],
          [500, quick ? 20 : 1000],
        ];
    return sizes.map(([samples, draws]) => ({
      metric: metric.name as MetricName,
      population: { name, before, after },
      samples,
      draws,
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
  const rows = results.map(({ name, method, samples, draws, covered, below, above }) => {
    const error = draws === 'exact' ? '' : ` ± ${percent(1.96 * Math.sqrt((covered * (1 - covered)) / draws))}`;
    return row([
      name,
      method,
      String(samples),
      String(draws),
      `${percent(covered)}${error}`,
      percent(below),
      percent(above),
    ]);
  });
  return `## Coverage of stated intervals

Samples are drawn with replacement from the real paired results of a model, as from an endless population; the drop of all of
them is the truth. A 95 % interval should hold it in 95 % of the draws. Tango's interval depends on two counts alone, so its
coverage is summed over all outcomes; that of the bootstrap is counted over draws, and ± is what so many draws leave to chance.
Where hardly a sample flips, whole steps of the coverage are unavoidable; then it errs on the side of wide.

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
is inconclusive, and the default lets the estimate decide: the last columns of each tally say which way. A latency whose
estimate is beyond the limit by less than equal files differ by on that machine is left open: it neither fails nor passes.

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

function cells({ gates: total, fail, pass, inconclusive, estimatedFail, estimatedPass }: Tally): string[] {
  const share = (value: number) => (total >= 100 ? percent(value / total) : `${value} of ${total}`);
  return [fail, pass, inconclusive, estimatedFail, estimatedPass, inconclusive - estimatedFail - estimatedPass].map(
    share,
  );
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
