/** Norm of the difference over the norm of what was expected; infinite where a value is not finite. */
export function relativeDifference(found: readonly Float32Array[], expected: readonly Float32Array[]): number {
  let [error, energy] = [0, 1e-30];
  for (const [at, b] of expected.entries()) {
    const a = found[at] as Float32Array;
    for (let i = 0; i < b.length; i++) {
      error += ((a[i] as number) - (b[i] as number)) ** 2;
      energy += (b[i] as number) ** 2;
    }
  }
  const relative = Math.sqrt(error / energy);
  return Number.isFinite(relative) ? relative : Number.POSITIVE_INFINITY;
}
