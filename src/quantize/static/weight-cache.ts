import type { TensorProto } from '../../onnx/proto.ts';
import { readTensor } from '../../onnx/tensor.ts';
import { type QuantizedTensor, quantizeWeights } from '../weights.ts';
import type { Rounding } from './weight-rounding.ts';

/** Bytes of integers that are kept; what a big model has beyond is rounded each time. */
const capacity = 16e6;

/**
 * Weights that were rounded before. Candidates of one quantization differ in few of them, and rounding all of them anew took
 * longer than running the model. Copies of a model share the memory of their weights, and that memory is the key.
 */
export class WeightCache {
  readonly #known = new WeakMap<Uint8Array, Map<string, QuantizedTensor>>();
  #bytes = 0;

  /** quantizeWeights of an initializer; the result is shared and not to be changed. */
  quantize(proto: TensorProto, options: Rounding): QuantizedTensor {
    const { rawData } = proto;
    const key = JSON.stringify({ ...options, moments: options.moments?.id });
    const known = this.#known.get(rawData)?.get(key);
    if (known) return known;
    const { data, dims } = readTensor(proto);
    const made = quantizeWeights(data as Float32Array, dims, options);
    if (this.#keeps(proto)) {
      this.#bytes += made.values.length;
      const ofWeight = this.#known.get(rawData) ?? new Map<string, QuantizedTensor>();
      this.#known.set(rawData, ofWeight.set(key, made));
    }
    return made;
  }

  /** Rounds an initializer before it is asked for, if the result would be kept. */
  roundAhead(proto: TensorProto, options: Rounding): void {
    if (this.#keeps(proto)) this.quantize(proto, options);
  }

  /** Weights in a file of their own have no memory here; and there is room for so many. */
  #keeps({ rawData, dims }: TensorProto): boolean {
    return rawData.length > 0 && this.#bytes + dims.reduce((product, dim) => product * Number(dim), 1) <= capacity;
  }
}
