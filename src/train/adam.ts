/** Adam's moments for one parameter; kept in checkpoints. */
export interface Moments {
  first: Float32Array;
  second: Float32Array;
}

export function freshMoments(size: number): Moments {
  return { first: new Float32Array(size), second: new Float32Array(size) };
}

const beta1 = 0.9;
const beta2 = 0.99;
const epsilon = 1e-12;

/**
 * One step of Adam (Kingma and Ba, 2015) in place, with a learning rate for each stretch of the parameter: a channel's
 * rate is in units of its scale.
 *
 * @param step counts from 1
 * @param rates one for all, or one for each channel; `inner` and `rates.length` say which element is of which channel
 */
export function adamStep(
  values: Float32Array,
  gradient: Float32Array,
  { first, second }: Moments,
  step: number,
  rates: Float32Array,
  inner: number,
  factor: number,
): void {
  const correction1 = 1 - beta1 ** step;
  const correction2 = Math.sqrt(1 - beta2 ** step);
  const channels = rates.length;
  for (let i = 0; i < values.length; i++) {
    const g = gradient[i] as number;
    const m = beta1 * (first[i] as number) + (1 - beta1) * g;
    const v = beta2 * (second[i] as number) + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    const rate = (rates[channels === 1 ? 0 : Math.floor(i / inner) % channels] as number) * factor;
    values[i] = (values[i] as number) - (rate * (m / correction1)) / (Math.sqrt(v) / correction2 + epsilon);
  }
}

/** From 1 down to 0 along half a cosine (Loshchilov and Hutter, 2017). */
export function cosine(step: number, steps: number): number {
  return 0.5 * (1 + Math.cos((Math.PI * step) / steps));
}
