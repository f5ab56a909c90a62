import { openNpz } from '../../src/data/npy.ts';
import { halfToNumber } from '../../src/numbers.ts';

/**
 * A `metric: { command }` for noise suppression: how far the magnitudes that a gain leaves are from the clean ones, as a
 * signal-to-noise ratio in dB for each sequence. A label holds the noisy and the clean magnitudes.
 */
const read = async (variable: string, key: string) => {
  const path = process.env[variable] as string;
  const entry = await (await openNpz(path, path)).open(key);
  const values = await entry.read();
  const numbers = entry.type === 'float16' ? Float32Array.from(values as Uint16Array, halfToNumber) : values;
  return { numbers: numbers as Float32Array, shape: entry.shape };
};
const { numbers: gains, shape } = await read('QUANT_GATE_OUTPUTS', 'gain');
const { numbers: pairs } = await read('QUANT_GATE_LABELS', 'labels');
const count = shape[0] as number;
const size = gains.length / count;
const values = Array.from({ length: count }, (_, sequence) => {
  let signal = 0;
  let noise = 0;
  for (let at = 0; at < size; at++) {
    const noisy = pairs[2 * sequence * size + at] as number;
    const clean = pairs[(2 * sequence + 1) * size + at] as number;
    signal += clean ** 2;
    noise += (noisy * (gains[sequence * size + at] as number) - clean) ** 2;
  }
  return 10 * Math.log10(signal / noise);
});
console.log(JSON.stringify(values));
