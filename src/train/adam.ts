/** Adam's moments for one parameter; kept in checkpoints. */
export interface Moments {
  first: Float32Array;
  second: Float32Array;
}

/** A gradient whose norm is this many times the usual one is brought down to that. */
export const clipAt = 4;

export function freshMoments(size: number): Moments {
  return { first: new Float32Array(size), second: new Float32Array(size) };
}

export const beta1 = 0.9;
/** Shorter than usual: a block is trained for some hundred steps. */
export const beta2 = 0.99;
export const epsilon = 1e-12;

/**
 * One step of Adam (Kingma and Ba, 2015) in place, with a learning rate for each stretch of the parameter: a channel's
 * rate is in units of its scale.
 *
 * @param step counts from 1
 * @param rates one for all, or one for each channel; `inner` elements of a channel lie together
 * @param factor on all rates: the schedule
 * @param scale on the gradient: clipping
 */
export function adamStep(
  values: Float32Array,
  gradient: Float32Array,
  { first, second }: Moments,
  step: number,
  { rates, inner }: { rates: Float32Array; inner: number },
  factor: number,
  scale = 1,
): void {
  const [correction1, correction2] = corrections(step, factor);
  const channels = rates.length;
  for (let start = 0, channel = 0; start < values.length; start += inner, channel = (channel + 1) % channels) {
    const rate = (rates[channel] as number) * correction1;
    const end = Math.min(start + inner, values.length);
    for (let i = start; i < end; i++) {
      const g = (gradient[i] as number) * scale;
      const m = beta1 * (first[i] as number) + (1 - beta1) * g;
      const v = beta2 * (second[i] as number) + (1 - beta2) * g * g;
      first[i] = m;
      second[i] = v;
      values[i] = (values[i] as number) - (rate * m) / (Math.sqrt(v) * correction2 + epsilon);
    }
  }
}

/**
 * What the first moment, with the factor on all rates, and the root of the second are multiplied by, as both start at 0.
 *
 * @param step counts from 1
 */
export function corrections(step: number, factor: number): [first: number, second: number] {
  return [factor / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step)];
}

/** From 1 down to 0 along half a cosine (Loshchilov and Hutter, 2017). */
export function cosine(step: number, steps: number): number {
  return 0.5 * (1 + Math.cos((Math.PI * step) / steps));
}

/** The norm of all gradients together; not finite where one of them holds NaN or infinity. */
export function gradientNorm(gradients: readonly Float32Array[]): number {
  let sum = 0;
  for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) sum += (gradient[i] as number) ** 2;
  return Math.sqrt(sum);
}
