import { UserError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { type AttributeValue, makeAttribute } from './attributes.ts';
import { copyMessage } from './copy.ts';
import { Graph } from './graph.ts';
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from './proto.ts';
import { readTensor } from './tensor.ts';
import { decodeText } from './text.ts';
import type { Use, Value } from './value.ts';

/** An operator of a graph. Inputs and outputs are values; an optional one that is left out is undefined. */
export class Node {
  readonly graph: Graph;
  /** Attributes, documentation and unknown fields; the names of inputs and outputs in it are brought up to date on saving. */
  readonly proto: NodeProto;
  #inputs: (Value | undefined)[] = [];
  #uses: (Use | undefined)[] = [];
  #outputs: (Value | undefined)[] = [];
  readonly #subgraphs = new Map<string, Graph[]>();

  /** @internal Made by `graph.addNode` or on loading. */
  constructor(graph: Graph, proto: NodeProto) {
    this.graph = graph;
    this.proto = proto;
  }

  get name(): string {
    return this.proto.name;
  }

  /** The operator's type: `Conv`. */
  get op(): string {
    return this.proto.opType;
  }

  set op(op: string) {
    this.proto.opType = op;
    this.graph.touch();
  }

  /** '' for the operators of ONNX itself, which files also call `ai.onnx`. */
  get domain(): string {
    return this.proto.domain === 'ai.onnx' ? '' : this.proto.domain;
  }

  set domain(domain: string) {
    this.proto.domain = domain;
    this.graph.touch();
  }

  /** Whether it is this operator of ONNX itself. */
  is(...ops: string[]): boolean {
    return this.domain === '' && ops.includes(this.op);
  }

  get inputs(): readonly (Value | undefined)[] {
    return this.#inputs;
  }

  get outputs(): readonly (Value | undefined)[] {
    return this.#outputs;
  }

  input(index: number): Value | undefined {
    return this.#inputs[index];
  }

  /** An output that must be there; a missing one is a defect of the caller or a broken model. */
  output(index = 0): Value {
    const value = this.#outputs[index];
    if (value === undefined) throw new UserError(`node '${this.name}' (${this.op}) has no output ${index}`);
    return value;
  }

  /** Reads `value` at input `index` from now on; undefined leaves the input out. Trailing empty inputs are cut. */
  setInput(index: number, value: Value | undefined): void {
    const old = this.#uses[index];
    if (old) (this.#inputs[index] as Value).removeUse(old);
    while (this.#inputs.length < index) {
      this.#inputs.push(undefined);
      this.#uses.push(undefined);
    }
    this.#inputs[index] = value;
    this.#uses[index] = undefined;
    if (value) {
      const use: Use = { node: this, index };
      this.#uses[index] = use;
      value.addUse(use);
    } else {
      while (this.#inputs.length > 0 && this.#inputs.at(-1) === undefined) {
        this.#inputs.pop();
        this.#uses.pop();
      }
    }
    this.graph.touchOrder();
  }

  /** Replaces the whole input list. */
  setInputs(values: readonly (Value | undefined)[]): void {
    for (let i = this.#inputs.length - 1; i >= 0; i--) this.setInput(i, undefined);
    values.forEach((value, i) => {
      if (value) this.setInput(i, value);
    });
  }

  /** The graphs in its attributes (If, Loop, Scan), by attribute. */
  get subgraphs(): readonly Graph[] {
    return [...this.#subgraphs.values()].flat();
  }

  subgraph(attribute: string): Graph | undefined {
    return this.#subgraphs.get(attribute)?.[0];
  }

  /** Puts another graph in the place of one in an attribute; it reads outer values by their names. */
  replaceSubgraph(attribute: string, proto: GraphProto): void {
    const [old, ...others] = this.#subgraphs.get(attribute) ?? [];
    if (!old || others.length > 0) throw new Error(`attribute '${attribute}' does not hold one graph`);
    old.disconnect();
    this.attribute(attribute)!.g = proto;
    this.#subgraphs.set(attribute, [new Graph(proto, this)]);
    this.graph.touchOrder();
  }

  // Attributes. A getter gives the default where the attribute is absent; one of another type is an error of the model.

  attribute(name: string): AttributeProto | undefined {
    return this.proto.attribute.find((attribute) => attribute.name === name);
  }

  hasAttr(name: string): boolean {
    return this.attribute(name) !== undefined;
  }

  attrInt(name: string): number | undefined;
  attrInt(name: string, fallback: number): number;
  attrInt(name: string, fallback?: number): number | undefined {
    const attribute = this.#typed(name, 'i');
    return attribute === undefined ? fallback : Number(attribute.i);
  }

  attrInts(name: string): number[] | undefined;
  attrInts(name: string, fallback: number[]): number[];
  attrInts(name: string, fallback?: number[]): number[] | undefined {
    const attribute = this.#typed(name, 'ints');
    return attribute === undefined ? fallback : attribute.ints.map(Number);
  }

  /** As attrInts, exact beyond 2^53: exporters write 2^63 - 1 for "to the end". */
  attrBigInts(name: string): readonly bigint[] | undefined {
    return this.#typed(name, 'ints')?.ints;
  }

  attrFloat(name: string): number | undefined;
  attrFloat(name: string, fallback: number): number;
  attrFloat(name: string, fallback?: number): number | undefined {
    return this.#typed(name, 'f')?.f ?? fallback;
  }

  attrFloats(name: string): number[] | undefined;
  attrFloats(name: string, fallback: number[]): number[];
  attrFloats(name: string, fallback?: number[]): number[] | undefined {
    return this.#typed(name, 'floats')?.floats ?? fallback;
  }

  attrString(name: string): string | undefined;
  attrString(name: string, fallback: string): string;
  attrString(name: string, fallback?: string): string | undefined {
    const attribute = this.#typed(name, 's');
    return attribute === undefined ? fallback : decodeText(attribute.s);
  }

  attrStrings(name: string): string[] | undefined {
    return this.#typed(name, 'strings')?.strings.map(decodeText);
  }

  attrTensor(name: string): Tensor | undefined {
    const proto = this.attrTensorProto(name);
    return proto && readTensor(proto);
  }

  attrTensorProto(name: string): TensorProto | undefined {
    return this.#typed(name, 't')?.t;
  }

  /** Sets an attribute, or with undefined removes it. Subgraphs are changed as graphs, not here. */
  setAttr(name: string, value: AttributeValue | undefined): void {
    if (this.#subgraphs.has(name)) throw new Error(`attribute '${name}' holds a graph: change the graph itself`);
    const at = this.proto.attribute.findIndex((attribute) => attribute.name === name);
    if (value === undefined) {
      if (at >= 0) this.proto.attribute.splice(at, 1);
    } else {
      const made = makeAttribute(name, value);
      if (at >= 0) this.proto.attribute[at] = made;
      else this.proto.attribute.push(made);
    }
    this.graph.touch();
  }

  #typed(name: string, field: 'i' | 'ints' | 'f' | 'floats' | 's' | 'strings' | 't'): AttributeProto | undefined {
    const attribute = this.attribute(name);
    if (attribute === undefined) return undefined;
    // Some exporters leave out an empty list's type and content; some leave out the type alone.
    const list = field === 'ints' || field === 'floats' || field === 'strings';
    const present = list ? attribute[field].length > 0 : Object.hasOwn(attribute, field);
    if (present || (Object.hasOwn(attribute, 'type') && attribute.type === TYPE_OF[field])) return attribute;
    throw new UserError(`node '${this.name}' (${this.op}): attribute '${name}' is not of type ${NAME_OF[field]}`);
  }

  /** @internal */
  connect(outputs: readonly (Value | undefined)[], inputs: readonly (Value | undefined)[]): void {
    this.#outputs = [...outputs];
    outputs.forEach((value, index) => {
      if (value) {
        value.producer = this;
        value.outputIndex = index;
      }
    });
    this.#inputs = [...inputs];
    this.#uses = inputs.map((value, index) => {
      if (value === undefined) return undefined;
      const use: Use = { node: this, index };
      value.addUse(use);
      return use;
    });
    this.#readSubgraphs();
  }

  /** Takes over all attributes of another node; graphs in them read outer values by the names that these have there. */
  copyAttributes(from: Node): void {
    this.proto.attribute = from.sync().attribute.map(copyMessage);
    this.#readSubgraphs();
    this.graph.touchOrder();
  }

  #readSubgraphs(): void {
    for (const attribute of this.proto.attribute) {
      const graphs = attribute.g ? [attribute.g] : attribute.graphs;
      if (graphs.length > 0) {
        this.#subgraphs.set(
          attribute.name,
          graphs.map((proto) => new Graph(proto, this)),
        );
      }
    }
  }

  /** @internal Adds an output behind the others. */
  addOutput(value: Value): void {
    value.producer = this;
    value.outputIndex = this.#outputs.length;
    this.#outputs.push(value);
    this.graph.touch();
  }

  /** @internal Drops output `index` (its value has no uses); trailing ones are cut. */
  clearOutput(index: number): void {
    this.#outputs[index] = undefined;
    while (this.#outputs.length > 0 && this.#outputs.at(-1) === undefined) this.#outputs.pop();
    this.graph.touch();
  }

  /** @internal Takes output `index` (its value has no uses) out of the list; those behind it move up. */
  spliceOutput(index: number): void {
    this.#outputs.splice(index, 1);
    for (const [at, value] of this.#outputs.entries()) if (value) value.outputIndex = at;
    this.graph.touch();
  }

  /** @internal Lets go of everything it reads, in its subgraphs too. */
  disconnect(): void {
    this.#inputs.forEach((value, index) => {
      const use = this.#uses[index];
      if (value && use) value.removeUse(use);
    });
    this.#inputs = [];
    this.#uses = [];
    for (const graph of this.subgraphs) graph.disconnect();
  }

  /** @internal Brings the names in the message up to date. */
  sync(): NodeProto {
    this.proto.input = this.#inputs.map((value) => value?.name ?? '');
    this.proto.output = this.#outputs.map((value) => value?.name ?? '');
    for (const graph of this.subgraphs) graph.sync();
    return this.proto;
  }
}

// AttributeProto.AttributeType, see onnx.proto.
const TYPE_OF = { f: 1, i: 2, s: 3, t: 4, floats: 6, ints: 7, strings: 8 } as const;
const NAME_OF = {
  f: 'float',
  i: 'int',
  s: 'string',
  t: 'tensor',
  floats: 'floats',
  ints: 'ints',
  strings: 'strings',
} as const;
