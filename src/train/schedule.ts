/** What is known of one program before its steps are counted out. */
export interface Measured {
  /** Milliseconds of one step; 0 where it is not trained. */
  stepMs: number;
  /** How far the quantized part is from the FP32 part by itself: the worst parts come first. */
  damage: number;
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
/** Forward passes between the parts, evaluation and checkpoints take the rest of the budget. */
const trainingShare = 0.75;

/**
 * Counts out the steps of all programs so that they keep the budget. The end-to-end training gets at most half; of what
 * the parts get, the worst are served first. Shares are rounded down to few values, so that a machine's small changes in
 * speed do not change the result.
 */
export function planSteps(
  parts: readonly Measured[],
  whole: Measured | undefined,
  wanted: { part: number; whole: number },
  budgetMs: number,
): Schedule {
  const available = budgetMs * trainingShare;
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
  const wholeShare = coarse(Math.min(1, available / 2 / Math.max(wholeMs, 1e-9)));
  const affordable = whole && whole.stepMs > 0 ? Math.floor(wanted.whole * wholeShare) : 0;
  const wholeSteps = affordable >= leastSteps ? affordable : 0;
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
  return { parts: steps, whole: wholeSteps, share };
}

/** Down to 1, 0.84, 0.71, 0.59, 0.5, 0.42, ... */
function coarse(share: number): number {
  return share >= 1 ? 1 : 2 ** (Math.floor(4 * Math.log2(share)) / 4);
}
