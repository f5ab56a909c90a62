/**
 * What the search for the scale of a weight spends its time in (src/quantize/scale-search.ts), in AssemblyScript, as JavaScript has no
 * vectors: `npm run generate` compiles it. Sums are taken in float64 and in the order that is written here, so that the result is the
 * same on every machine.
 */

/** Numbers between two looks at whether the sum is too large already. */
const stretch: usize = 64;

/**
 * The squared error of numbers that become integers in [low, high] times a scale.
 *
 * @param values float32, `count` of them; behind them up to three zeros fill the last four
 * @param most an error that is larger need not be exact
 */
export function squaredError(values: usize, count: i32, scale: f64, low: f64, high: f64, most: f64): f64 {
  const scales = f64x2.splat(scale);
  const lows = f64x2.splat(low);
  const highs = f64x2.splat(high);
  const end = values + ((<usize>count) << 2);
  let a = f64x2.splat(0);
  let b = a;
  let error: f64 = 0;
  for (let at = values; at < end && error <= most; ) {
    for (const next = min(end, at + (stretch << 2)); at < next; at += 16) {
      const four = v128.load(at);
      a = f64x2.add(a, squares(f64x2.promote_low_f32x4(four), scales, lows, highs));
      const two = i8x16.shuffle(four, four, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
      b = f64x2.add(b, squares(f64x2.promote_low_f32x4(two), scales, lows, highs));
    }
    const both = f64x2.add(a, b);
    error = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  }
  return error;
}

/** The squared distances of two numbers from the nearest levels. */
function squares(values: v128, scales: v128, lows: v128, highs: v128): v128 {
  const level = f64x2.min(f64x2.max(f64x2.nearest(f64x2.div(values, scales)), lows), highs);
  const distance = f64x2.sub(values, f64x2.mul(level, scales));
  return f64x2.mul(distance, distance);
}
