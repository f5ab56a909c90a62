import { median } from '../statistics.ts';
import { gradientNorm } from './adam.ts';
import type { Feeds } from './cache.ts';
import { relativeDifference } from './relative-difference.ts';

/**
 * A quantized network rounds after each layer, so that the order of sums alone, which moves an input by one part in ten
 * million, moves all gradients together by up to a fifth, and some by themselves by their own size (MobileNetV2, W4). A
 * kernel that is wrong moves them by more: what leaves them out by 1.
 */
const [together, alone, usual] = [0.4, 0.9, 0.5];
/** Of the norm of all gradients: one below it may be a sum of what cancels. */
const leastNorm = 0.05;

/**
 * Whether gradients are wrong.
 *
 * @param found loss and gradients, by output, on the device in question
 * @param expected the same where they are known to be right
 * @param loss which output is the loss
 * @returns the relative difference of what differs too much; undefined where nothing does
 */
export function wrongBy(found: Feeds, expected: Feeds, loss: string): number | undefined {
  const of = (feeds: Feeds, names: readonly string[]) => names.map((name) => feeds[name]!.data as Float32Array);
  const difference = (...names: string[]) => relativeDifference(of(found, names), of(expected, names));
  const gradients = Object.keys(expected).filter((name) => name !== loss);
  const total = gradientNorm(of(expected, gradients));
  const heavy = gradients.filter((name) => gradientNorm(of(expected, [name])) >= leastNorm * total);
  // The scale of an activation has a single number, which cancels most easily.
  const several = gradients.filter((name) => expected[name]!.data.length > 1).map((name) => difference(name));
  const checks = [
    [difference(...gradients), together],
    [difference(loss), together],
    ...heavy.map((name) => [difference(name), alone] as const),
    ...(several.length > 0 ? [[median(several), usual] as const] : []),
  ] as const;
  return checks.find(([value, most]) => !(value <= most))?.[0];
}
