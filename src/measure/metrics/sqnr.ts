import { UserError } from '../../errors.ts';
import { sizeOf, type Tensor } from '../../tensor.ts';
import type { Metric } from './metric.ts';
import { numbers, outputOf } from './read.ts';

/** Energy of FP32's values and of the difference, output by output. */
export interface NoiseRecord {
  signal: Float64Array;
  noise: Float64Array;
}

/** What outputs without any difference have: more than float32 can resolve (24 bits are 144 dB). */
export const exactDb = 200;

/**
 * Signal to quantization noise ratio against FP32 in dB, 10 log10(sum x^2 / sum (x - y)^2) over all samples: of the
 * output that the policy names, otherwise the least over all outputs of numbers. Equal outputs have 200 dB. Where an output
 * has as many rows as each model finds (text, boxes), a number that only one of the two has is compared with zero.
 */
export const sqnr: Metric<NoiseRecord> = {
  name: 'sqnr',
  direction: 'higher',
  labels: 'none',
  record(context, outputs, _label, reference) {
    const tensors = context.outputNamed
      ? [[outputOf(context, outputs), outputOf(context, reference)] as const]
      : Object.entries(reference).map(([name, tensor]) => [outputs[name] as Tensor, tensor] as const);
    const energies = tensors.filter(([, { type }]) => type !== 'string').map(([own, other]) => energy(own, other));
    if (energies.length === 0) {
      throw new UserError('metric sqnr compares numbers, and every output is text; use `metric: { command: ... }`');
    }
    return {
      signal: Float64Array.from(energies, ({ signal }) => signal),
      noise: Float64Array.from(energies, ({ noise }) => noise),
    };
  },
  estimator(records) {
    const outputs = records[0]?.signal.length ?? 0;
    return {
      cost: 3 * outputs * records.length,
      evaluate(weights) {
        let least = exactDb;
        for (let output = 0; output < outputs; output++) {
          let signal = 0;
          let noise = 0;
          for (let index = 0; index < records.length; index++) {
            const weight = weights[index] as number;
            if (weight === 0) continue;
            const record = records[index] as NoiseRecord;
            signal += weight * (record.signal[output] as number);
            noise += weight * (record.noise[output] as number);
          }
          const ratio = decibel(signal, noise);
          // A comparison with NaN is false: NaN has to win explicitly.
          if (Number.isNaN(ratio) || ratio < least) least = ratio;
        }
        return least;
      },
    };
  },
};

export function energy(own: Tensor, other: Tensor): { signal: number; noise: number } {
  if (own.dims.join() === other.dims.join()) return energyOf(numbers(own), numbers(other));
  if (own.dims.length !== other.dims.length) {
    throw new Error(`an output is [${own.dims}] in the variant and [${other.dims}] in FP32`);
  }
  const dims = other.dims.map((dim, axis) => Math.max(dim, own.dims[axis]!));
  return energyOf(padded(own, dims), padded(other, dims));
}

/** A tensor with zeros after its own numbers on each axis. */
function padded(tensor: Tensor, dims: readonly number[]): Float64Array {
  const values = numbers(tensor);
  const result = new Float64Array(sizeOf(dims));
  for (let index = 0; index < values.length; index++) {
    let [rest, place, stride] = [index, 0, 1];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const dim = tensor.dims[axis]!;
      place += (rest % dim) * stride;
      rest = Math.floor(rest / dim);
      stride *= dims[axis]!;
    }
    result[place] = values[index]!;
  }
  return result;
}

function energyOf(values: ArrayLike<number>, expected: ArrayLike<number>): { signal: number; noise: number } {
  let signal = 0;
  let noise = 0;
  for (let index = 0; index < expected.length; index++) {
    const value = expected[index] as number;
    // Equal infinities differ by nothing; their difference would be NaN.
    if (value === values[index]) {
      if (Number.isFinite(value)) signal += value * value;
      continue;
    }
    signal += value * value;
    noise += (value - (values[index] as number)) ** 2;
  }
  return { signal, noise };
}

/** In dB, at most `exactDb`; a zero signal with noise has no ratio above -200. */
export function decibel(signal: number, noise: number): number {
  if (noise === 0) return exactDb;
  return Math.max(-exactDb, Math.min(exactDb, 10 * Math.log10(signal / noise)));
}
