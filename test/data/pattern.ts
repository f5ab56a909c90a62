import type { Pixels } from '../../src/data/image/pixels.ts';

/** Gradients, edges and noise from integers only, the same as `generated` in test/vectors/make_image_vectors.py. */
export function pattern(width: number, height: number, channels: 1 | 3, seed: number): Pixels {
  const data = new Uint8Array(width * height * channels);
  let state = BigInt(seed);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++, at++) {
        state = (state * 1103515245n + 12345n) % 2n ** 31n;
        const noise = Number((state >> 16n) % 64n);
        const edge = (Math.floor(x / 7) + Math.floor(y / 5) + channel) % 2 ? 128 : 0;
        data[at] = edge + noise + ((x * 3 + y * 2) % 64);
      }
    }
  }
  return { width, height, channels, data };
}
