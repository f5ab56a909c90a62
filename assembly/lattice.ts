/**
 * The two loops over pairs of inputs that rounding a weight to a lattice spends its time in (src/quantize/recover/lattice-rounding.ts),
 * in AssemblyScript, as JavaScript has no vectors: `npm run generate` compiles them. Sums are taken in float64 and in the order
 * that is written here, so that the result is the same on every machine.
 *
 * Eight rows, or eight outputs, lie side by side: what they share is read once for all, and no sum waits for another.
 */

const together: i32 = 8;
/** Bytes from the eight numbers of one input to those of the next. */
const step: usize = 64;

/** Where number `j` of row `i` is in a lower triangle of float32 that lies row after row. */
function inTriangle(rows: usize, i: i32, j: i32): usize {
  return rows + ((<usize>(((i * (i + 1)) >> 1) + j)) << 2);
}

/**
 * Puts the Cholesky factor of a matrix in its place.
 *
 * @param rows the lower triangle of the matrix, row after row, float32
 * @param panel room for 8 x size float64: the rows that are being computed
 * @param inverse room for size float64: one over the diagonal
 * @param added to the diagonal
 * @param least what is left of a diagonal that the rows before explain, at least
 */
export function factor(rows: usize, panel: usize, inverse: usize, size: i32, added: f64, least: f64): void {
  for (let first: i32 = 0; first < size; first += together) {
    const end = min(first + together, size);
    for (let j: i32 = 0; j < end; j++) {
      const here = panel + <usize>j * step;
      for (let r: i32 = 0; r < together; r++) {
        const i = first + r;
        store<f64>(here + ((<usize>r) << 3), j <= i && i < end ? <f64>load<f32>(inTriangle(rows, i, j)) : 0);
      }
      let a = v128.load(here);
      let b = v128.load(here, 16);
      let c = v128.load(here, 32);
      let d = v128.load(here, 48);
      let other = inTriangle(rows, j, 0);
      for (let at = panel; at < here; at += step) {
        const shared = f64x2.splat(<f64>load<f32>(other));
        a = f64x2.sub(a, f64x2.mul(v128.load(at), shared));
        b = f64x2.sub(b, f64x2.mul(v128.load(at, 16), shared));
        c = f64x2.sub(c, f64x2.mul(v128.load(at, 32), shared));
        d = f64x2.sub(d, f64x2.mul(v128.load(at, 48), shared));
        other += 4;
      }
      v128.store(here, a);
      v128.store(here, b, 16);
      v128.store(here, c, 32);
      v128.store(here, d, 48);
      for (let i = max(first, j); i < end; i++) {
        const at = here + ((<usize>(i - first)) << 3);
        const sum = load<f64>(at);
        let value: f64;
        if (i > j) value = sum * load<f64>(inverse + ((<usize>j) << 3));
        else {
          value = Math.sqrt(max(sum + added, least));
          store<f64>(inverse + ((<usize>j) << 3), 1 / value);
        }
        store<f32>(inTriangle(rows, i, j), <f32>value);
        store<f64>(at, <f64>(<f32>value));
      }
    }
  }
}

/**
 * Rounds eight outputs, the last input first: the errors of the inputs behind one move its target.
 *
 * @param columns column after column of the factor from its diagonal down, float32
 * @param values size x 8 float64: the exact levels, which become integers in [low, high]
 * @param errors room for size x 8 float64
 */
export function round(columns: usize, values: usize, errors: usize, size: i32, low: f64, high: f64): void {
  const lows = f64x2.splat(low);
  const highs = f64x2.splat(high);
  let column = inTriangle(columns, size, 0);
  for (let i = size - 1; i >= 0; i--) {
    column -= (<usize>(size - i)) << 2;
    let a = f64x2.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let error = errors + <usize>(size - 1) * step;
    for (let at = column + ((<usize>(size - 1 - i)) << 2); at > column; at -= 4) {
      const shared = f64x2.splat(<f64>load<f32>(at));
      a = f64x2.add(a, f64x2.mul(v128.load(error), shared));
      b = f64x2.add(b, f64x2.mul(v128.load(error, 16), shared));
      c = f64x2.add(c, f64x2.mul(v128.load(error, 32), shared));
      d = f64x2.add(d, f64x2.mul(v128.load(error, 48), shared));
      error -= step;
    }
    const diagonal = f64x2.splat(<f64>load<f32>(column));
    const value = values + <usize>i * step;
    roundTwo(value, error, f64x2.div(a, diagonal), lows, highs);
    roundTwo(value + 16, error + 16, f64x2.div(b, diagonal), lows, highs);
    roundTwo(value + 32, error + 32, f64x2.div(c, diagonal), lows, highs);
    roundTwo(value + 48, error + 48, f64x2.div(d, diagonal), lows, highs);
  }
}

/** Ties go to the even level. */
function roundTwo(value: usize, error: usize, moved: v128, lows: v128, highs: v128): void {
  const exact = v128.load(value);
  const level = f64x2.min(f64x2.max(f64x2.nearest(f64x2.add(exact, moved)), lows), highs);
  v128.store(value, level);
  v128.store(error, f64x2.sub(exact, level));
}
