/**
 * Seeded random numbers: the same seed gives the same stream on every machine.
 *
 * sfc32 (Chris Doty-Humphrey's Small Fast Counting generator, part of PractRand; 128 bits of state, period at least
 * 2^32), mixed from the seed by twelve discarded rounds as its author advises.
 */
export class Random {
  #a: number;
  #b: number;
  #c = 1;
  #counter = 1;
  #spare: number | undefined;

  /** @param stream separates uses of one seed: each use takes a name of its own */
  constructor(seed: number, stream = '') {
    this.#a = Math.floor(seed) | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    // FNV-1a of the stream's name.
    let hash = 0x811c9dc5 | 0;
    for (let index = 0; index < stream.length; index++) {
      hash = Math.imul(hash ^ stream.charCodeAt(index), 0x01000193);
    }
    this.#c = hash;
    for (let round = 0; round < 12; round++) this.uint32();
  }

  /** A whole number in [0, 2^32). */
  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1), with 53 bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 2 ** 26 + (this.uint32() >>> 6)) / 2 ** 53;
  }

  /** A whole number in [0, n), each equally likely (rejection, no modulo bias); n at most 2^32. */
  below(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    let value = this.uint32();
    while (value >= limit) value = this.uint32();
    return value % n;
  }

  /**
   * Counts of `counts.length` draws with replacement from as many items: the weights of a bootstrap resample. A tight
   * loop; the bias of the multiplication is below 2^-16 for 65,536 items.
   */
  resample(counts: Uint16Array): void {
    const n = counts.length;
    let [a, b, c, counter] = [this.#a, this.#b, this.#c, this.#counter];
    counts.fill(0);
    for (let draw = 0; draw < n; draw++) {
      const sum = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + sum) | 0;
      const index = Math.floor(((sum >>> 0) * n) / 2 ** 32);
      counts[index] = (counts[index] as number) + 1;
    }
    [this.#a, this.#b, this.#c, this.#counter] = [a, b, c, counter];
  }

  /** Standard normal, by the polar method (Marsaglia and Bray 1964). */
  normal(): number {
    if (this.#spare !== undefined) {
      const value = this.#spare;
      this.#spare = undefined;
      return value;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) {
        const scale = Math.sqrt((-2 * Math.log(square)) / square);
        this.#spare = y * scale;
        return x * scale;
      }
    }
  }

  /** Shuffles in place (Fisher and Yates). */
  shuffle<T>(items: T[]): T[] {
    for (let index = items.length - 1; index > 0; index--) {
      const other = this.below(index + 1);
      [items[index], items[other]] = [items[other] as T, items[index] as T];
    }
    return items;
  }
}
