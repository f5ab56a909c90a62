import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));

// src/random.ts
var Random = class {
  #a;
  #b;
  #c = 1;
  #counter = 1;
  #spare;
  /** @param stream separates uses of one seed: each use takes a name of its own */
  constructor(seed, stream = "") {
    this.#a = Math.floor(seed) | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    let hash = 2166136261 | 0;
    for (let index = 0; index < stream.length; index++) {
      hash = Math.imul(hash ^ stream.charCodeAt(index), 16777619);
    }
    this.#c = hash;
    for (let round = 0; round < 12; round++) this.uint32();
  }
  /** A whole number in [0, 2^32). */
  uint32() {
    const sum = (this.#a + this.#b | 0) + this.#counter | 0;
    this.#counter = this.#counter + 1 | 0;
    this.#a = this.#b ^ this.#b >>> 9;
    this.#b = this.#c + (this.#c << 3) | 0;
    this.#c = (this.#c << 21 | this.#c >>> 11) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }
  /** Uniform in [0, 1), with 53 bits. */
  uniform() {
    return ((this.uint32() >>> 5) * 2 ** 26 + (this.uint32() >>> 6)) / 2 ** 53;
  }
  /** A whole number in [0, n), each equally likely (rejection, no modulo bias); n at most 2^32. */
  below(n) {
    const limit = 2 ** 32 - 2 ** 32 % n;
    let value = this.uint32();
    while (value >= limit) value = this.uint32();
    return value % n;
  }
  /**
   * Counts of `counts.length` draws with replacement from as many items: the weights of a bootstrap resample. A tight
   * loop; the bias of the multiplication is below 2^-16 for 65,536 items.
   */
  resample(counts) {
    const n = counts.length;
    let [a, b, c, counter] = [this.#a, this.#b, this.#c, this.#counter];
    counts.fill(0);
    for (let draw = 0; draw < n; draw++) {
      const sum = (a + b | 0) + counter | 0;
      counter = counter + 1 | 0;
      a = b ^ b >>> 9;
      b = c + (c << 3) | 0;
      c = (c << 21 | c >>> 11) + sum | 0;
      const index = Math.floor((sum >>> 0) * n / 2 ** 32);
      counts[index] = counts[index] + 1;
    }
    [this.#a, this.#b, this.#c, this.#counter] = [a, b, c, counter];
  }
  /** Standard normal, by the polar method (Marsaglia and Bray 1964). */
  normal() {
    if (this.#spare !== void 0) {
      const value = this.#spare;
      this.#spare = void 0;
      return value;
    }
    for (; ; ) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) {
        const scale = Math.sqrt(-2 * Math.log(square) / square);
        this.#spare = y * scale;
        return x * scale;
      }
    }
  }
  /** Shuffles in place (Fisher and Yates). */
  shuffle(items) {
    for (let index = items.length - 1; index > 0; index--) {
      const other = this.below(index + 1);
      [items[index], items[other]] = [items[other], items[index]];
    }
    return items;
  }
};

export {
  Random
};
