import { Random } from '../random.ts';
import { cosine } from './adam.ts';
import { freshState, type PartState } from './checkpoint.ts';
import { mean } from './distance.ts';
import type { TierResult, TrainedPart } from './job.ts';
import type { Parameters } from './parameters.ts';
import type { StepData } from './part-data.ts';
import type { Programs } from './programs.ts';
import type { Stepper } from './stepper.ts';

/** Evaluations of the end-to-end training, and after how many without gain it stops. */
const evaluations = 8;
const patience = 3;
/** Where an evaluation finds the distance this many times the best, the rates are too high: back to the best, with a part of them. */
const tooFar = 2;
const backOff = 0.3;

/** The training of one program: a block, or the whole. */
export interface Tier {
  part: TrainedPart;
  /** Which it is in the order of training: it seeds the order of the batches. */
  at: number;
  steps: number;
  /** On the rates. */
  factor: number;
  /** Whether it is rated along the way, not only at its end. */
  rated: boolean;
  batches: readonly number[];
  source: (batch: number) => StepData;
  open: () => Promise<Stepper>;
  /** What an interrupted training had reached. */
  resumed: PartState | undefined;
}

/** What a tier tells while it is trained. */
export interface TierEvents {
  /** After each step. */
  step(loss: number): void;
  /** At moments from which training can go on. */
  checkpoint(state: PartState): void;
  note(sentence: string): void;
  late(): boolean;
}

/** What came of the training of a program. */
export interface Conclusion {
  result: TierResult;
  /** The distance of each held-back sample, where it is nearer than before. */
  nearer: Float64Array | undefined;
}

/**
 * Trains one program.
 *
 * @param best the distance of each held-back sample before
 * @returns that after, where it is nearer, and then the parameters are the best that were seen; else undefined, and they
 *   are those before
 */
export async function trainTier(
  tier: Tier,
  best: Float64Array,
  parameters: Parameters,
  programs: Programs,
  events: TierEvents,
): Promise<Conclusion> {
  const { part, steps, factor, rated } = tier;
  const state: PartState = tier.resumed ?? freshState(part.trained, parameters, best);
  /** Remembers the present state if it is the best. High rates at first disturb what a tier starts from, but not by so much. */
  const evaluate = async () => {
    const now = await programs.evaluate();
    const [distance, good] = [mean(now), mean(state.goodDistances)];
    const isLost = !Number.isFinite(distance) && Number.isFinite(good);
    if (isLost)
      events.note(`${part.name}: the outputs are not finite after step ${state.step}; the last good state is kept.`);
    if (nearer(now, state.goodDistances)) {
      state.good = parameters.snapshot(part.trained);
      state.goodDistances = now;
      state.stale = 0;
    } else if (rated && state.step < steps && (isLost || distance > tooFar * good)) {
      parameters.restore(state.good);
      state.factor *= backOff;
    } else if (state.step > steps / 2) state.stale += 1;
    return now;
  };
  const stepper = await tier.open();
  const interval = Math.max(10, Math.floor(steps / evaluations));
  let diverged = false;
  while (state.step < steps && state.stale < patience && !diverged && !events.late()) {
    const count = Math.min(stepper.atOnce, interval - (state.step % interval), steps - state.step);
    const next = Array.from({ length: count }, (_, i) => ({
      given: programs.stepData(part, tier.source(batchAt(tier, state.step + i, programs.seed))),
      factor: factor * state.factor * cosine(state.step + i, steps),
    }));
    for (const loss of await stepper.take(next, state)) {
      diverged = !Number.isFinite(loss);
      if (diverged) break;
      state.step += 1;
      events.step(loss);
    }
    if (diverged || state.step % interval !== 0 || state.step >= steps) continue;
    if (rated) await evaluate();
    events.checkpoint(state);
  }
  await stepper.close();
  let last: Float64Array;
  if (state.step === 0 && !diverged) last = state.goodDistances;
  else if (diverged) {
    events.note(`${part.name}: the loss diverged at step ${state.step + 1}; the last good state is kept.`);
    last = state.goodDistances;
  } else last = await evaluate();
  return concludeTier(part.name, state, best, parameters, last);
}

/**
 * Keeps the best that the training of a program has seen, if it is nearer than what was there before.
 *
 * @param best the distance of each held-back sample before
 * @param last the same as the parameters are
 * @returns and the parameters are as of trainTier
 */
export function concludeTier(
  name: string,
  state: PartState,
  best: Float64Array,
  parameters: Parameters,
  last = state.goodDistances,
): Conclusion {
  const kept = nearer(state.goodDistances, best);
  parameters.restore(kept ? state.good : state.start);
  return {
    result: {
      name,
      steps: state.step,
      lossBefore: mean(best),
      lossAfter: mean(kept ? state.goodDistances : last),
      kept,
    },
    nearer: kept ? state.goodDistances : undefined,
  };
}

function nearer(now: Float64Array, before: Float64Array): boolean {
  const [a, b] = [mean(now), mean(before)];
  return a < b || (Number.isNaN(b) && Number.isFinite(a));
}

/** The batches that the steps of a tier read. */
export function batchesOf(tier: Pick<Tier, 'at' | 'batches' | 'steps'>, seed: number): number[] {
  return [...new Set(Array.from({ length: tier.steps }, (_, step) => batchAt(tier, step, seed)))];
}

/** Each epoch goes through the batches in an order of its own, which depends on nothing but the seed. */
function batchAt({ batches, at }: Pick<Tier, 'at' | 'batches'>, step: number, seed: number): number {
  const epoch = Math.floor(step / batches.length);
  const order = new Random(seed, `part ${at}, epoch ${epoch}`).shuffle([...batches]);
  return order[step % batches.length] as number;
}
