/**
 * How often the gate is right: equal files, planted regressions, and whether stated intervals hold what they promise.
 * Needs the real models and data in the folder of QUANT_GATE_SHARED (default ../shared/data). Writes docs/verdicts.md.
 *
 *     npm run bench -- verdicts [--quick] [accuracy] [search] [latency] [coverage] [--record FILE] [--recording FILE]
 *
 * Named parts alone are measured again and replace their part of the page; `--quick` writes nothing. `--record` takes the
 * timings that `latency` simulates gates from, which needs the machine alone, and ends; `--recording` uses them.
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
import type { GatesTask } from './verdicts-gates.ts';
import {
  budgetMs,
  limit,
  type Recording,
  realGates,
  record,
  type SimulatedGates,
  underLoad,
} from './verdicts-latency.ts';
import { mixtures, searchedGates } from './verdicts-search.ts';

const quick = process.argv.includes('--quick');
const gates = quick ? 100 : 1000;
const root = resolve(import.meta.dirname, '..');
const shared = join(process.env['QUANT_GATE_SHARED'] ?? join(root, '../shared'), 'data');
const folder = mkdtempSync(join(tmpdir(), 'quant-gate-verdicts-'));
/** Timings of equal files, and gates run for real, under each load. */
interface LatencyRecording {
  sets: number;
  milliseconds: number;
  threads: number;
  conditions: string;
  loads: { name: string; recordings: Recording[]; real: { tally: Tally; seconds: number } }[];
}

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
    accuracy: async () => `${accuracySection(await results())}\n${conditions()}`,
    search: searchSection,
    latency: latencySection,
    coverage: async () => `${await coverageSection(await results())}\n${conditions()}`,
  };
  const named = Object.keys(parts).filter((part) => process.argv.includes(part));
  const sections: string[] = [];
  const recordTo = option('--record');
  if (recordTo) {
    writeFileSync(
      recordTo,
      JSON.stringify(await recordLatency(), (_, value) => (value instanceof Map ? [...value] : value)),
    );
  } else {
    for (const [part, measure] of Object.entries(parts)) {
      if (named.length === 0 || named.includes(part)) sections.push(await measure());
    }
    const page = join(root, 'docs/verdicts.md');
    const before = existsSync(page) && named.length > 0 ? readFileSync(page, 'utf8') : undefined;
    if (!quick) writeFileSync(page, before === undefined ? whole(sections) : replaced(before, sections));
    console.log(sections.join('\n'));
  }

  async function searchSection(): Promise<string> {
    say('mixtures of the mixed-precision search');
    const rows = searchedGates(await mixtures(place), gates, 0.01).map((each) => {
      const share = (count: number) => percent(count / each.gates);
      const { samples, decides, together, alone, passed, estimated } = each;
      return row([
        decides,
        samples.toLocaleString('en-US'),
        together === 1 ? 'one mixture' : `${together} mixtures`,
        share(alone),
        share(passed),
        share(estimated),
      ]);
    });
    const head = [
      'on-inconclusive',
      'samples',
      'intervals hold for',
      'one file passes',
      'the search passes',
      'by the estimate alone',
    ];
    return `## The search for nodes to keep in FP32

Mixtures of ResNet-8 with weights of 3 bits, on the same 2,000 images: with each number of nodes in FP32 that the search may try. Samples
are weighted so that every mixture loses exactly the limit, 1 point, and goes wrong together with the others as it does there: whatever
passes, passes by luck. At 95 % confidence one file passes so in 2.5 % of gates, and where the estimate decides in half of them. The gate's
intervals of a mixture hold for 16 together; those for one show what that is for.

${table(head, rows)}

${conditions()}`;
  }

  async function recordLatency(): Promise<LatencyRecording> {
    const [sets, milliseconds, realMilliseconds] = quick ? [2, 6_000, 5_000] : [3, 20_000, 50_000];
    const threads = physicalCores();
    const model = join(shared, 'models/nanodet_m_416_coco.onnx');
    const setup = { model, store: await decoded(place, 'nanodet_m_416_coco'), threads, runtime };
    const loads: LatencyRecording['loads'] = [];
    for (const [name, around] of [
      ['none', <T>(work: () => Promise<T>) => work()],
      [`${availableParallelism()} busy processes`, underLoad],
    ] as const) {
      say(`latency, competing load: ${name}`);
      const recordings = await around(() => record(setup, sets, milliseconds));
      say(`gates run for real, competing load: ${name}`);
      loads.push({ name, recordings, real: await around(() => realGates(setup, realMilliseconds)) });
    }
    return { sets, milliseconds, threads, conditions: conditions(), loads };
  }

  async function latencySection(): Promise<string> {
    const file = option('--recording');
    const { sets, milliseconds, threads, loads, conditions: measured } = file ? load(file) : await recordLatency();
    const planted = [
      ['the same file', 1],
      ['10 % slower', 1 / 0.9],
    ] as const;
    const tasks = loads.flatMap(({ recordings }) =>
      planted.map(([, slowdown]): GatesTask => ({ recordings, gates, slowdown })),
    );
    say(`gates on latency, ${tasks.length} simulations`);
    const results = await inThreads<GatesTask, SimulatedGates>('./verdicts-gates.ts', tasks);
    const simulated = results.map(({ tally, seconds, covered, halfWidth }, index) => {
      const load = loads[Math.floor(index / planted.length)]!.name;
      const [what] = planted[index % planted.length]!;
      return row([load, what, ...cells(tally), seconds.toFixed(0), percent(halfWidth), percent(covered)]);
    });
    const run = loads.map(({ name, real }) =>
      row([name, 'the same file', ...cells(real.tally), real.seconds.toFixed(1)]),
    );
    return `## Latency

Rounds of FP32 beside itself (NanoDet, ${threads} threads) were recorded under each load, in ${sets} sets of processes for ${milliseconds / 1000} s
each; ${gates.toLocaleString('en-US')} gates are drawn from them. A gate draws whole generations of sessions, and in each which of the three processes is FP32,
which the A/A pair's other half and which the variant, with the sampler's own looks and its budget of ${budgetMs / 1000} s. The limit is
\`min-speedup: ${limit}\`: the same file must pass, a speed-up of 0.90 must not.

${table(['competing load', 'variant', ...tallyHead, 'seconds', 'interval ±', 'interval holds the truth'], simulated)}

Gates run for real from start to end:

${table(['competing load', 'variant', ...tallyHead, 'seconds each'], run)}

${measured}`;
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
      ? [64, 128, 256].map((samples) => [samples, quick ? 10 : 1000])
      : [
          [200, quick ? 50 : 1000],
          [500, quick ? 20 : 600],
        ];
    return sizes.map(([samples, draws]) => ({
      metric: metric.name as MetricName,
      population: { name, before, after },
      samples,
      draws,
    }));
  });
  say(`coverage, ${tasks.length} simulations`);
  const results = await inThreads<CoverageTask, Coverage>('./verdicts-coverage.ts', tasks);
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
coverage is summed over all outcomes; that of the others is counted over draws, and ± is what so many draws leave to chance.
Where hardly a sample flips, whole steps of the coverage are unavoidable; then it errs on the side of wide.

${table(['metric', 'interval', 'samples', 'draws', 'holds the truth', 'too low', 'too high'], rows)}
`;
}

/** The value of a command line option. */
function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

function load(file: string): LatencyRecording {
  const recording = JSON.parse(readFileSync(file, 'utf8')) as LatencyRecording;
  const rounds = recording.loads.flatMap(({ recordings }) =>
    recordings.flatMap(({ generations }) => generations.flat()),
  );
  for (const round of rounds) Object.assign(round, { blocks: new Map(round.blocks) });
  return recording;
}

/** Gives each task to a thread of its own, as many at a time as there are CPUs. */
async function inThreads<Task, Result>(file: string, tasks: readonly Task[]): Promise<Result[]> {
  const results: Result[] = new Array(tasks.length);
  const queue = [...tasks.keys()].reverse();
  const lane = async () => {
    for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
      const worker = new Worker(new URL(file, import.meta.url), { workerData: tasks[index] });
      results[index] = await new Promise<Result>((done, fail) => {
        worker.once('message', done);
        worker.once('error', fail);
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, lane));
  return results;
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
  const [, ...old] = page.split(/^(?=## )/m);
  const headingOf = (section: string) => section.split('\n', 1)[0];
  const parts = old.map(
    (section) => sections.find((each) => headingOf(each) === headingOf(section)) ?? section.trimEnd().concat('\n'),
  );
  return whole(parts);
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
