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
  /** Inconclusive ones that the estimate fails, and that it passes; the others stay open. */
  estimatedFail: number;
  estimatedPass: number;
}

export const emptyTally = (): Tally => ({
  gates: 0,
  fail: 0,
  inconclusive: 0,
  pass: 0,
  estimatedFail: 0,
  estimatedPass: 0,
});

export function count(tally: Tally, check: Check, onInconclusive: OnInconclusive = 'estimate'): void {
  tally.gates++;
  tally[check.verdict]++;
  if (check.verdict !== 'inconclusive') return;
  const decided = decideCheck(check, onInconclusive);
  if (decided === 'fail') tally.estimatedFail++;
  if (decided === 'pass') tally.estimatedPass++;
}

/** Cells of a paired table, as shares: what a sample of the population is. */
interface Flips {
  lost: number;
  gained: number;
  right: number;
}

/** How a real INT8 variant flips real samples, moved so that the drop is exactly `drop`; default: as it is. */
function plant({ metric, before, after }: Population, drop?: number): Flips {
  const outcomes = before.map((record, index) => [metric.outcome!(record), metric.outcome!(after[index])] as const);
  const share = (was: number, is: number) =>
    outcomes.filter(([a, b]) => a === was && b === is).length / outcomes.length;
  if (drop === undefined) return { lost: share(1, 0), gained: share(0, 1), right: share(1, 1) };
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
  /** Draws of samples; `exact` where all possible outcomes were weighed by their probability. */
  draws: number | 'exact';
  /** The share of intervals that hold the population's value. */
  covered: number;
  below: number;
  above: number;
}

/**
 * How often the stated interval of the drop holds the drop of the whole population. Samples are drawn with replacement,
 * so that the population stands for an endless one. A 0/1 metric's interval depends on two counts alone: there all
 * outcomes are weighed by their probability, and nothing is left to chance.
 */
export function coverageOf(population: Population, samples: number, draws: number): Coverage {
  const { name, metric, before } = population;
  if (metric.outcome?.(before[0]) !== undefined) return exactCoverage(name, plant(population), samples);
  const truth = dropOf(population).estimate;
  const random = new Random(2, `coverage ${name} ${samples}`);
  let [below, above] = [0, 0];
  for (let simulation = 0; simulation < draws; simulation++) {
    const picked = Array.from({ length: samples }, () => random.below(before.length));
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
  return {
    name,
    method: metric.rough ? 'half-samples' : 'BCa',
    samples,
    draws,
    covered: 1 - (below + above) / draws,
    below: below / draws,
    above: above / draws,
  };
}

/** Sums the probabilities of all pairs of counts (trinomial) by where their interval lies. */
export function exactCoverage(name: string, { lost, gained }: Flips, samples: number): Coverage {
  const truth = lost - gained;
  const logFactorial = new Float64Array(samples + 1);
  for (let k = 1; k <= samples; k++) logFactorial[k] = logFactorial[k - 1]! + Math.log(k);
  const power = (share: number, times: number) => (times === 0 ? 0 : times * Math.log(share));
  let [below, above] = [0, 0];
  for (let l = 0; l <= samples; l++) {
    for (let g = 0; l + g <= samples; g++) {
      const rest = samples - l - g;
      const ways = logFactorial[samples]! - logFactorial[l]! - logFactorial[g]! - logFactorial[rest]!;
      const probability = Math.exp(ways + power(lost, l) + power(gained, g) + power(1 - lost - gained, rest));
      if (probability < 1e-12) continue;
      const drop = tangoInterval(l, g, samples, confidence);
      if (drop.high < truth - 1e-12) below += probability;
      if (drop.low > truth + 1e-12) above += probability;
    }
  }
  return { name, method: 'Tango', samples, draws: 'exact', covered: 1 - below - above, below, above };
}

function dropOf(paired: PairedRecords, seed = 0): Estimate {
  const result = compareRecords(paired, { confidence, seed });
  if ('notMeasured' in result) throw new Error(result.notMeasured);
  return result.drop;
}
