/**
 * When the sampler looks at what it has, and how sure it has to be. Looking again and again until an interval happens to
 * leave the limit behind would raise false alarms, so that looks are few and their intervals wider than the stated ones.
 */

/** Nothing is decided before there are enough generations of sessions to see what they differ by. */
export const minGenerations = 3;
/** Looks are this factor apart. */
const growth = 1.4;
/** With Pocock's constant for ten looks, each has about a fifth of the error probability (S. Pocock, Biometrika 64, 1977). */
const share = 0.2;

const looks = new Set<number>();
for (let look = minGenerations; look < 1e6; look = Math.ceil(look * growth)) looks.add(look);

/** Whether to look after so many generations. */
export const isLook = (generations: number): boolean => looks.has(generations);

/** The confidence of a look's intervals where the stated ones have `confidence`. */
export const lookConfidence = (confidence: number): number => 1 - (1 - confidence) * share;
