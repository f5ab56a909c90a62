/** Gates on accuracy, simulated over real per-sample results: samples are drawn from them with replacement. */
import { checkVariant } from '../src/gate/checks.ts';
import { decideCheck, type OnInconclusive } from '../src/gate/verdict.ts';
import { compareRecords, type PairedRecords } from '../src/measure/accuracy/paired.ts';
import { tangoInterval, wilsonInterval } from '../src/measure/accuracy/paired-proportions.ts';
import type { AccuracyMeasurement, Check, Estimate } from '../src/measure/contract.ts';
import { Random } from '../src/random.ts';
import type { Population } from './verdicts-data.ts';

const confidence = 0.95;

export interface Tally {
  gates: number;
  /** By the interval. */
  fail: number;
  inconclusive: number;
  pass: number;
  /** Inconclusive ones that the estimate fails. */
  estimatedFail: number;
}

export const emptyTally = (): Tally => ({ gates: 0, fail: 0, inconclusive: 0, pass: 0, estimatedFail: 0 });

export function count(tally: Tally, check: Check, onInconclusive: OnInconclusive = 'estimate'): void {
  tally.gates++;
  tally[check.verdict]++;
  if (check.verdict === 'inconclusive' && decideCheck(check, onInconclusive) === 'fail') tally.estimatedFail++;
}

/** Cells of a paired table, as shares: what a sample of the population is. */
interface Flips {
  lost: number;
  gained: number;
  right: number;
}

/** How a real INT8 variant flips real samples, moved so that the drop is exactly `drop`. */
function plant({ metric, before, after }: Population, drop: number): Flips {
  const outcomes = before.map((record, index) => [metric.outcome!(record), metric.outcome!(after[index])] as const);
  const share = (was: number, is: number) =>
    outcomes.filter(([a, b]) => a === was && b === is).length / outcomes.length;
  const flips = Math.max(share(1, 0) + share(0, 1), drop);
  return { lost: (flips + drop) / 2, gained: (flips - drop) / 2, right: share(1, 1) };
}

export interface PlantedRow {
  samples: number;
  drop: number;
  limit: number;
  tally: Tally;
}

/** The gate's verdict on a planted drop, over `gates` draws of each number of samples. */
export function plantedDrops(population: Population, gates: number): PlantedRow[] {
  const rows: PlantedRow[] = [];
  for (const limit of [0.005, 0.01]) {
    for (const drop of [0, 0.01, 0.02]) {
      if (drop === limit) continue;
      for (const samples of [500, 2000, 10_000]) {
        const random = new Random(1, `planted ${drop} ${samples}`);
        const tally = emptyTally();
        const flips = plant(population, drop);
        for (let gate = 0; gate < gates; gate++) count(tally, gateOn(draw(flips, samples, random), samples, limit));
        rows.push({ samples, drop, limit, tally });
      }
    }
  }
  return rows;
}

/** The same file twice: no sample flips, whatever samples there are. */
export function sameFile(gates: number): { samples: number; limit: number; tally: Tally }[] {
  return [500, 2000, 10_000].flatMap((samples) =>
    [0.005, 0.01].map((limit) => {
      const tally = emptyTally();
      for (let gate = 0; gate < gates; gate++) count(tally, gateOn({ lost: 0, gained: 0 }, samples, limit));
      return { samples, limit, tally };
    }),
  );
}

function draw({ lost, gained }: Flips, samples: number, random: Random): { lost: number; gained: number } {
  const counts = { lost: 0, gained: 0 };
  for (let sample = 0; sample < samples; sample++) {
    const at = random.uniform();
    if (at < lost) counts.lost++;
    else if (at < lost + gained) counts.gained++;
  }
  return counts;
}

function gateOn({ lost, gained }: { lost: number; gained: number }, samples: number, limit: number): Check {
  const drop = tangoInterval(lost, gained, samples, confidence);
  const { low, high } = wilsonInterval(Math.round(0.8 * samples), samples, confidence);
  const accuracy: AccuracyMeasurement = {
    metric: 'top1',
    direction: 'higher',
    value: 0.8,
    interval: { low, high },
    fp32: 0.8 + drop.estimate,
    drop,
    samples,
    flips: { lost, gained, lostSamples: [], gainedSamples: [] },
  };
  return checkVariant({ limits: { accuracy: { 'max-drop': limit } }, measurements: { accuracy }, confidence })[0]!;
}

export interface Coverage {
  name: string;
  method: string;
  samples: number;
  simulations: number;
  /** The share of intervals that hold the population's value. */
  covered: number;
  below: number;
  above: number;
}

/** How often the stated interval of the drop holds the drop of the whole population, sample size by sample size. */
export function coverageOf(population: Population, samples: number, simulations: number): Coverage {
  const truth = dropOf(population).estimate;
  const random = new Random(2, `coverage ${population.name} ${samples}`);
  let [below, above] = [0, 0];
  for (let simulation = 0; simulation < simulations; simulation++) {
    const picked = Array.from({ length: samples }, () => random.below(population.before.length));
    const pick = <T>(items: readonly T[]): T[] => picked.map((index) => items[index] as T);
    const drop = dropOf(
      {
        ...population,
        samples: pick(population.samples),
        before: pick(population.before),
        after: pick(population.after),
      },
      simulation,
    );
    // A discrete statistic may lie on the end of its interval: rounding must not decide.
    if (drop.high < truth - 1e-12) below++;
    if (drop.low > truth + 1e-12) above++;
  }
  const exact = population.metric.outcome?.(population.before[0]) !== undefined;
  return {
    name: population.name,
    method: exact ? 'Tango' : 'BCa',
    samples,
    simulations,
    covered: 1 - (below + above) / simulations,
    below: below / simulations,
    above: above / simulations,
  };
}

function dropOf(paired: PairedRecords, seed = 0): Estimate {
  const result = compareRecords(paired, { confidence, seed });
  if ('notMeasured' in result) throw new Error(result.notMeasured);
  return result.drop;
}
