import type { TensorProto } from '../onnx/proto.ts';

/** Bytes of integers that are kept; what a big model has beyond is rounded each time. */
const capacity = 16e6;

/**
 * Weights that were rounded before. Candidates of one quantization differ in few of them, and rounding all of them anew took
 * longer than running the model. Copies of a model share the memory of their weights, and that memory is the key.
 */
export class WeightCache {
  readonly #known = new WeakMap<Uint8Array, Map<string, unknown>>();
  #bytes = 0;

  /**
   * What was made of an initializer in the way that `how` names, now or before; it is shared and not to be changed.
   *
   * @param how everything that the result depends on besides the weight
   */
  remember<T extends { values: { readonly length: number } }>(proto: TensorProto, how: string, make: () => T): T {
    const { rawData } = proto;
    const known = this.#known.get(rawData)?.get(how);
    if (known) return known as T;
    const made = make();
    if (this.keeps(proto)) {
      this.#bytes += made.values.length;
      const ofWeight = this.#known.get(rawData) ?? new Map<string, unknown>();
      this.#known.set(rawData, ofWeight.set(how, made));
    }
    return made;
  }

  /** Whether there is room for what is made of an initializer. Weights in a file of their own have no memory here. */
  keeps({ rawData, dims }: TensorProto): boolean {
    return rawData.length > 0 && this.#bytes + dims.reduce((product, dim) => product * Number(dim), 1) <= capacity;
  }
}
