import type { TensorProto } from '../../onnx/proto.ts';
import { readTensor } from '../../onnx/tensor.ts';
import { type QuantizedTensor, quantizeWeights, type WeightOptions } from '../weights.ts';

/** Bytes of integers that are kept; what a big model has beyond is rounded each time. */
const capacity = 16e6;

type Rounding = Pick<WeightOptions, 'axis' | 'grid' | 'range' | 'rounding' | 'moments'>;

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
    // Weights in a file of their own have no memory here.
    if (rawData.length > 0 && this.#bytes + made.values.length <= capacity) {
      this.#bytes += made.values.length;
      const ofWeight = this.#known.get(rawData) ?? new Map<string, QuantizedTensor>();
      this.#known.set(rawData, ofWeight.set(key, made));
    }
    return made;
  }
}
