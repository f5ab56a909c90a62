import { median } from '../statistics.ts';

/** What is known of one program before its steps are counted out. */
export interface Measured {
  /** Milliseconds of one step; 0 where it is not trained. */
  stepMs: number;
  /** How far the quantized part is from the FP32 part by itself: the worst parts come first. */
  damage: number;
  /** Milliseconds of a batch forward through the FP32 part and the quantized part. */
  passMs?: number;
}

/** Milliseconds for what goes with the steps, however many they are: passes over the samples and evaluations. */
export interface Passes {
  /** With the training by blocks. */
  parts: number;
  /** With the end-to-end training. */
  whole: number;
}

export interface Schedule {
  /** Steps of each part. */
  parts: number[];
  /** Steps of the end-to-end training. */
  whole: number;
  /** The part of the wanted steps that the budget holds. */
  share: number;
}

/** Fewer steps than this do not train a block: then the block is left as it is. */
const leastSteps = 30;
/** Checkpoints, and whatever else slows the machine down, take the rest of the budget. */
const trainingShare = 0.75;
/** What passes over the samples may take of the budget. */
const passShare = 0.5;
/** Evaluations of the end-to-end training. */
export const evaluationsOfWhole = 10;
/** Samples held back decide what is kept: where they are reduced, to no fewer than these. */
const leastHeld = 16;

/**
 * Counts out the steps of all programs so that they keep the budget. The end-to-end training gets at most half, and what the
 * parts leave; of what the parts get, the worst are served first. Shares are rounded down to few values, so that a machine's small changes in
 * speed do not change the result.
 */
export function planSteps(
  parts: readonly Measured[],
  whole: Measured | undefined,
  wanted: { part: number; whole: number },
  budgetMs: number,
  passes: Passes = { parts: 0, whole: 0 },
): Schedule {
  const schedule = countOut(parts, whole, wanted, budgetMs - passes.parts - passes.whole);
  if (schedule.parts.some((steps) => steps > 0)) return schedule;
  // Where no block is trained, nothing is handed from one to the next.
  const untrained = parts.map((part) => ({ ...part, stepMs: 0 }));
  const { share } = schedule;
  return { ...countOut(untrained, whole, wanted, budgetMs - passes.whole), share };
}

/**
 * What a step takes once a session runs smoothly, of the times of its first steps: until its memory has the size that it
 * needs, two take up to twice as long, and what else runs may hold up any of the others.
 */
export function usualTime(times: readonly number[]): number {
  return median(times.slice(Math.min(2, times.length - 1)));
}

/**
 * How many of the batches the budget has passes for: all of them, unless FP32's outputs, what the blocks hand on and the
 * evaluations would take more than half of it. Then the fewest that tell something are held back.
 *
 * @param passMs of a batch forward through FP32
 */
export function affordableBatches(
  all: { training: number; held: number },
  { parts, batch, passMs, budgetMs }: { parts: number; batch: number; passMs: number; budgetMs: number },
): { training: number; held: number } {
  // A pass through the student takes about two of FP32; each block is followed by an evaluation.
  const evaluations = parts + evaluationsOfWhole;
  const wanted = passMs * (4 * all.training + (1 + 2 * evaluations) * all.held);
  const share = coarse(Math.min(1, Math.max(0, budgetMs * passShare) / Math.max(wanted, 1e-9)));
  if (share === 1) return all;
  const least = Math.min(all.held, Math.max(2, Math.ceil(leastHeld / batch)));
  return {
    training: Math.max(1, Math.floor(all.training * share)),
    held: Math.max(least, Math.floor(all.held * share)),
  };
}

function countOut(
  parts: readonly Measured[],
  whole: Measured | undefined,
  wanted: { part: number; whole: number },
  budgetMs: number,
): Schedule {
  const available = Math.max(0, budgetMs * trainingShare);
  const wholeMs = whole ? whole.stepMs * wanted.whole : 0;
  const partsMs = parts.reduce((sum, { stepMs }) => sum + stepMs * wanted.part, 0);
  const share = coarse(Math.min(1, available / Math.max(partsMs + wholeMs, 1e-9)));
  const steps = parts.map(() => 0);
  if (share === 1) {
    return {
      parts: parts.map(({ stepMs }) => (stepMs > 0 ? wanted.part : 0)),
      whole: whole && whole.stepMs > 0 ? wanted.whole : 0,
      share,
    };
  }
  const wholeIn = (ms: number): number => {
    const affordable = wholeMs > 0 ? Math.floor(wanted.whole * coarse(Math.min(1, ms / wholeMs))) : 0;
    return affordable >= leastSteps ? affordable : 0;
  };
  const wholeSteps = wholeIn(partsMs > 0 ? available / 2 : available);
  let left = available - wholeSteps * (whole?.stepMs ?? 0);
  const worstFirst = parts
    .map((part, at) => ({ ...part, at }))
    .filter(({ stepMs }) => stepMs > 0)
    .sort((a, b) => b.damage - a.damage || a.at - b.at);
  const raise = (at: number, stepMs: number, goal: number): boolean => {
    const time = (goal - steps[at]!) * stepMs;
    if (left < time) return false;
    steps[at] = goal;
    left -= time;
    return true;
  };
  // A first round for all that it reaches, then, in the same order, twice as much as long as there is time.
  let goal = Math.max(leastSteps, Math.floor(wanted.part * Math.max(share, 0.25)));
  let more = worstFirst.filter(({ at, stepMs }) => raise(at, stepMs, goal)).length === worstFirst.length;
  while (more && goal < wanted.part) {
    goal = Math.min(2 * goal, wanted.part);
    more = worstFirst.every(({ at, stepMs }) => raise(at, stepMs, goal));
  }
  // What is too short to train the blocks for twice as long is not left unused.
  return { parts: steps, whole: wholeIn(left + wholeSteps * (whole?.stepMs ?? 0)), share };
}

/** Down to 1, 0.84, 0.71, 0.59, 0.5, 0.42, ... */
function coarse(share: number): number {
  return share >= 1 ? 1 : 2 ** (Math.floor(4 * Math.log2(share)) / 4);
}
