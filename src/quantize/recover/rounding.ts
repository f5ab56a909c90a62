/**
 * Rounding to nearest errs by up to half a step a weight, independently; over a kernel the errors add up to a shift that
 * smooth inputs turn into a constant error. Flipping the rounding of the weights that were nearest to a tie keeps the
 * sum of errors of each kernel, and then of each output channel, within half a step (SQuant: Guo et al., ICLR 2022, whose
 * diagonal Hessian approximation this is; no data is needed).
 *
 * @param errors what rounding left in steps of the grid, exact - rounded, of one output channel; brought up to date
 * @param levels the rounded levels of that channel; changed in place, within [low, high]
 * @param kernel how many consecutive weights belong to one input channel
 */
export function balanceRounding(
  errors: Float64Array,
  levels: Float64Array,
  kernel: number,
  low: number,
  high: number,
): void {
  const flipped = new Uint8Array(levels.length);
  if (kernel > 1) {
    for (let start = 0; start < levels.length; start += kernel) {
      balance(errors, levels, flipped, start, start + kernel, low, high);
    }
  }
  balance(errors, levels, flipped, 0, levels.length, low, high);
}

/** Flips as many weights of [from, to) as bring the sum of errors within half a step, those with the largest error first. */
function balance(
  errors: Float64Array,
  levels: Float64Array,
  flipped: Uint8Array,
  from: number,
  to: number,
  low: number,
  high: number,
): void {
  let sum = 0;
  for (let i = from; i < to; i++) sum += errors[i]!;
  const direction = Math.sign(sum);
  let flips = Math.floor(Math.abs(sum) + 0.5);
  if (flips === 0) return;
  const candidates: number[] = [];
  for (let i = from; i < to; i++) {
    const level = levels[i]! + direction;
    // A clipped weight errs by more than half a step: it is at the end of the grid and stays there.
    if (!flipped[i] && errors[i]! * direction > 0 && errors[i]! * direction <= 0.5 && level >= low && level <= high) {
      candidates.push(i);
    }
  }
  candidates.sort((a, b) => Math.abs(errors[b]!) - Math.abs(errors[a]!) || a - b);
  for (const i of candidates) {
    if (flips-- === 0) return;
    levels[i] = levels[i]! + direction;
    errors[i] = errors[i]! - direction;
    flipped[i] = 1;
  }
}
