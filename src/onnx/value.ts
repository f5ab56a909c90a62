import type { TensorType } from '../tensor.ts';
import type { Graph } from './graph.ts';
import type { Node } from './node.ts';
import type { SparseTensorProto, TensorProto, TypeProto, ValueInfoProto } from './proto.ts';
import { tensorType } from './tensor.ts';

/** One place where a value is read: input `index` of `node`, which may lie in a subgraph. */
export interface Use {
  readonly node: Node;
  readonly index: number;
}

/** What is known of a value's type without running the model; dims as in TensorInfo, undefined where the rank is unknown. */
export interface StaticInfo {
  /** ONNX element type (DataType), 0 where unknown. */
  elementType: number;
  type: TensorType | undefined;
  dims: readonly (number | string | undefined)[] | undefined;
}

/**
 * A tensor of a graph: an input, an initializer, or an output of a node. Uses are known in both directions, those in
 * subgraphs included, so that replacing a value costs its uses and not the graph.
 */
export class Value {
  readonly graph: Graph;
  /** The node that computes it; undefined for graph inputs and initializers. */
  producer: Node | undefined;
  /** Which of the producer's outputs it is. */
  outputIndex = 0;
  /** Its constant, in any storage form. Never change the message: give a new one to `graph.setInitializer`. */
  initializer: TensorProto | undefined;
  sparseInitializer: SparseTensorProto | undefined;
  /** Its entry in value_info, or as graph input or output. Unset it where a value gets another type. */
  info: ValueInfoProto | undefined;
  isGraphInput = false;
  /** How often it is an output of a graph (its own, or a subgraph that returns an outer value). */
  outputCount = 0;
  #name: string;
  readonly #uses = new Set<Use>();
  #list: readonly Use[] | undefined;

  constructor(graph: Graph, name: string) {
    this.graph = graph;
    this.#name = name;
  }

  /** Change it with `graph.rename`. */
  get name(): string {
    return this.#name;
  }

  get isGraphOutput(): boolean {
    return this.outputCount > 0;
  }

  /** Every use; a snapshot, so that uses may be changed while walking it. Two uses of an initializer: tied weights. */
  get uses(): readonly Use[] {
    this.#list ??= [...this.#uses];
    return this.#list;
  }

  /** The nodes that read it, each once. */
  get consumers(): readonly Node[] {
    return [...new Set(this.uses.map((use) => use.node))];
  }

  /** Neither read by a node nor returned by a graph. */
  get isUnused(): boolean {
    return this.#uses.size === 0 && !this.isGraphOutput;
  }

  /** Element type and shape from the initializer or the declared type; what a session says is not known here. */
  get staticInfo(): StaticInfo {
    const tensor = this.initializer ?? this.sparseInitializer?.values;
    if (tensor !== undefined) {
      const dims = (this.initializer ?? this.sparseInitializer)?.dims.map(Number);
      return { elementType: tensor.dataType, type: tensorType(tensor.dataType), dims };
    }
    return infoOfType(this.info?.type);
  }

  /** @internal */
  setName(name: string): void {
    this.#name = name;
    if (this.info) this.info.name = name;
  }

  /** @internal */
  addUse(use: Use): void {
    this.#uses.add(use);
    this.#list = undefined;
  }

  /** @internal */
  removeUse(use: Use): void {
    this.#uses.delete(use);
    this.#list = undefined;
  }
}

/** Element type and dims of a tensor type; unknown for sequences, maps and optionals. */
function infoOfType(type: TypeProto | undefined): StaticInfo {
  if (type?.value.case !== 'tensorType' && type?.value.case !== 'sparseTensorType') {
    return { elementType: 0, type: undefined, dims: undefined };
  }
  const { elemType, shape } = type.value.value;
  // Some exporters write -1 for a dimension that they do not know.
  const dims = shape?.dim.map(({ value }) => {
    if (value.case === 'dimValue') return value.value < 0n ? undefined : Number(value.value);
    return value.case === 'dimParam' && value.value !== '' ? value.value : undefined;
  });
  return { elementType: elemType, type: tensorType(elemType), dims };
}
