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
  how: string;
  /** All that is kept of the same weight. */
  ofWeight: Map<string, Kept>;
}

/**
 * Weights that were rounded before. Candidates of one quantization differ in few of them, and rounding all of them anew took
 * longer than running the model. Copies of a model share the memory of their weights, or the part of the file that holds them, and
 * that is the key.
 */
export class WeightCache {
  readonly #known = new WeakMap<object, Map<string, Kept>>();
  /** What was not used for the longest time first. */
  readonly #recent = new Set<Kept>();
  readonly #weights: number;
  readonly #capacity: number;
  #bytes = 0;

  /** @param weights of the model, in numbers */
  constructor(weights: number) {
    this.#weights = weights;
    this.#capacity = Math.min(Math.max(least, ways * weights), most);
  }

  /**
   * What was made of an initializer in the way that `how` names, now or before; it is shared and not to be changed.
   *
   * @param how everything that the result depends on besides the weight
   */
  remember<T extends { values: { readonly length: number } }>(proto: TensorProto, how: string, make: () => T): T {
    const key = sharedBytes(proto);
    if (!key) return make();
    const ofWeight = this.#known.get(key) ?? new Map<string, Kept>();
    const known = ofWeight.get(how);
    if (known) {
      this.#recent.delete(known);
      this.#recent.add(known);
      return known.made as T;
    }
    const made = make();
    const bytes = made.values.length;
    // Weights of copies that were given up are the oldest. Where one way of all weights has no room, each candidate would drop all
    // that the one before it left: there only other ways of the same weight make room.
    for (const oldest of this.roomFor(1) ? this.#recent : ofWeight.values()) {
      if (this.#bytes + bytes <= this.#capacity) break;
      this.#drop(oldest);
    }
    if (this.#bytes + bytes > this.#capacity) return made;
    const kept = { made, bytes, how, ofWeight };
    this.#bytes += bytes;
    this.#recent.add(kept);
    this.#known.set(key, ofWeight.set(how, kept));
    return made;
  }

  /** Whether all weights of the model are kept in so many ways. */
  roomFor(count: number): boolean {
    return count * this.#weights <= this.#capacity;
  }

  #drop(kept: Kept): void {
    kept.ofWeight.delete(kept.how);
    this.#recent.delete(kept);
    this.#bytes -= kept.bytes;
  }
}

/** The numbers that a graph holds as constants. */
export function weightElements(graph: Graph): number {
  return graph.initializers.reduce((sum, { initializer }) => sum + sizeOf(initializer!.dims.map(Number)), 0);
}
