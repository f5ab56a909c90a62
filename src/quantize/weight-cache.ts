import type { Graph } from '../onnx/graph.ts';
import type { TensorProto } from '../onnx/proto.ts';
import { sharedBytes } from '../onnx/tensor.ts';
import { sizeOf } from '../tensor.ts';

/** Bytes of integers that are kept at least, and at most whatever the size of the model. */
const least = 16e6;
const most = 160e6;
/** Ways of rounding of which all weights are kept. */
const ways = 5;

interface Kept {
  made: unknown;
  bytes: number;
}

/**
 * Weights that were rounded before. Candidates of one quantization differ in few of them, and rounding all of them anew took
 * longer than running the model. Copies of a model share the memory of their weights, or the part of the file that holds them, and
 * that is the key.
 */
export class WeightCache {
  readonly #known = new WeakMap<object, Map<string, Kept>>();
  readonly #capacity: number;
  #bytes = 0;

  /** @param weights of the model, in numbers */
  constructor(weights: number) {
    this.#capacity = Math.min(Math.max(least, ways * weights), most);
  }

  /**
   * What was made of an initializer in the way that `how` names, now or before; it is shared and not to be changed. Where there is
   * no more room, the newest way takes the place of the oldest ones of the same weight.
   *
   * @param how everything that the result depends on besides the weight
   */
  remember<T extends { values: { readonly length: number } }>(proto: TensorProto, how: string, make: () => T): T {
    const key = sharedBytes(proto);
    if (!key) return make();
    const ofWeight = this.#known.get(key) ?? new Map<string, Kept>();
    const known = ofWeight.get(how);
    if (known) return known.made as T;
    const made = make();
    const bytes = made.values.length;
    for (const [oldest, kept] of ofWeight) {
      if (this.#bytes + bytes <= this.#capacity) break;
      ofWeight.delete(oldest);
      this.#bytes -= kept.bytes;
    }
    if (this.#bytes + bytes > this.#capacity) return made;
    this.#bytes += bytes;
    this.#known.set(key, ofWeight.set(how, { made, bytes }));
    return made;
  }

  /** Whether there is room for one more way of rounding an initializer. */
  hasRoom(proto: TensorProto): boolean {
    const bytes = sizeOf(proto.dims.map(Number));
    return sharedBytes(proto) !== undefined && this.#bytes + bytes <= this.#capacity;
  }
}

/** The numbers that a graph holds as constants. */
export function weightElements(graph: Graph): number {
  return graph.initializers.reduce((sum, { initializer }) => sum + sizeOf(initializer!.dims.map(Number)), 0);
}
