/** Samples that count for less than this part of a whole are as good as none. */
const enough = 0.99;
/** Below this part of the samples that count, the rest tells nothing. */
const fewTell = 1 / 4;

/**
 * Of how many samples a sum consists in effect, (sum s)^2 / sum s^2: with one that outweighs all others 1. Kish, Survey
 * Sampling, 1965.
 */
export function effectiveCount(signals: readonly number[]): number {
  const sum = signals.reduce((total, signal) => total + signal, 0);
  const squares = signals.reduce((total, signal) => total + signal * signal, 0);
  return squares === 0 ? signals.length : sum ** 2 / squares;
}

/** Whether so few of the samples count in some part of the outputs that the comparison of two models is up to chance. */
export function tellsLittle(signals: readonly (readonly number[])[]): boolean {
  return partsOf(signals).some((part) => effectiveCount(part) < fewTell * part.length);
}

/**
 * The samples that count: of each part of the outputs the largest, until they hold nearly all of it.
 *
 * @param signals [samples][parts]
 * @returns their places, those that count most first
 */
export function tellingSamples(signals: readonly (readonly number[])[]): number[] {
  const shares = signals.map(() => 0);
  const chosen = new Set<number>();
  for (const part of partsOf(signals)) {
    const sum = part.reduce((total, signal) => total + signal, 0);
    if (sum === 0) continue;
    for (const [at, signal] of part.entries()) shares[at]! += signal / sum;
    let held = 0;
    for (const at of descending(part)) {
      if (held >= enough * sum) break;
      chosen.add(at);
      held += part[at]!;
    }
  }
  return descending(shares).filter((at) => chosen.has(at));
}

const partsOf = (signals: readonly (readonly number[])[]): number[][] =>
  (signals[0] ?? []).map((_, at) => signals.map((sample) => sample[at]!));

const descending = (values: readonly number[]): number[] =>
  [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);
