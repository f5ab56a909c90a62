import { create } from '@bufbuild/protobuf';
import { UserError } from '../errors.ts';
import type { Tensor, TensorInfo } from '../tensor.ts';
import { type AttributeValue, makeAttribute } from './attributes.ts';
import { NameScope } from './names.ts';
import { Node } from './node.ts';
import { topologicalOrder } from './order.ts';
import {
  type GraphProto,
  NodeProtoSchema,
  type TensorProto,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './proto.ts';
import { isTensorProto, tensorProto } from './tensor.ts';
import { makeTypeProto } from './types.ts';
import { type Use, Value } from './value.ts';

/** What a new node is. */
export interface NodeInit {
  op: string;
  /** '' (ONNX itself) where left out. */
  domain?: string;
  inputs: readonly (Value | undefined)[];
  /** Names wished for the outputs, made fresh; '' leaves an optional output out. Default: one, named after the node. */
  outputs?: readonly string[];
  /** Wish for the node's name; default the operator's type. */
  name?: string;
  attributes?: { readonly [name: string]: AttributeValue };
}

/**
 * A graph that can be changed: the truth from which its message is written again on saving. Values know their producer
 * and their uses; subgraphs (If, Loop, Scan) are graphs of their own whose reads of outer values count as uses.
 */
export class Graph {
  readonly proto: GraphProto;
  /** The node whose attribute this graph is; undefined for the model's own graph. */
  readonly owner: Node | undefined;
  /** Every name in use in the model's graph and all its subgraphs. */
  readonly names: NameScope;
  readonly #values = new Map<string, Value>();
  readonly #nodes = new Set<Node>();
  #order: readonly Node[] | undefined;
  readonly #inputs: Value[] = [];
  readonly #outputs: { value: Value; info: ValueInfoProto }[] = [];
  /** Counts changes; a graph that was not changed keeps its message as it was read. */
  revision = 0;

  /** @throws UserError where the graph is not valid: a name produced twice, read without a producer, or a cycle. */
  constructor(proto: GraphProto, owner?: Node) {
    this.proto = proto;
    this.owner = owner;
    this.names = owner?.graph.names ?? new NameScope();
    for (const info of proto.input) {
      const value = this.#define(info.name);
      value.isGraphInput = true;
      value.info = info;
      this.#inputs.push(value);
    }
    for (const tensor of proto.initializer) this.#initializer(tensor.name).initializer = tensor;
    for (const sparse of proto.sparseInitializer) {
      this.#initializer(sparse.values?.name ?? '').sparseInitializer = sparse;
    }
    const outputs = proto.node.map((node) => node.output.map((name) => (name === '' ? undefined : this.#define(name))));
    for (const info of proto.valueInfo) {
      const value = this.#values.get(info.name);
      if (value && !value.info) value.info = info;
    }
    proto.node.forEach((message, i) => {
      const node = new Node(this, message);
      this.names.add(message.name);
      node.connect(
        outputs[i] as (Value | undefined)[],
        message.input.map((name) => (name === '' ? undefined : this.#read(name, node))),
      );
      this.#nodes.add(node);
    });
    for (const declared of proto.output) {
      const value = this.#read(declared.name);
      const info = this.#outputInfo(value) ?? declared;
      value.info = value.graph === this && !value.isGraphInput ? info : value.info;
      value.outputCount += 1;
      this.#outputs.push({ value, info });
    }
  }

  get name(): string {
    return this.proto.name;
  }

  /** The nodes, producers before consumers; as near to the file's own order as that allows. A snapshot. */
  get nodes(): readonly Node[] {
    this.#order ??= topologicalOrder(this, [...this.#nodes]);
    return this.#order;
  }

  /** @internal The nodes in the order in which they were added. */
  get unorderedNodes(): Iterable<Node> {
    return this.#nodes;
  }

  /** The inputs that must be fed: those without an initializer (which up to IR version 3 are listed as inputs too). */
  get inputs(): readonly Value[] {
    return this.#inputs.filter((value) => !value.initializer && !value.sparseInitializer);
  }

  /** All entries of the message's input list. */
  get declaredInputs(): readonly Value[] {
    return this.#inputs;
  }

  get outputs(): readonly Value[] {
    return this.#outputs.map(({ value }) => value);
  }

  /** Every value of this graph, outer ones not included. */
  get values(): readonly Value[] {
    return [...this.#values.values()];
  }

  /** The values with a constant, in file order. */
  get initializers(): readonly Value[] {
    return this.values.filter((value) => value.initializer);
  }

  /** Inputs or outputs as sessions describe them; those that are no tensors are left out. */
  infos(of: 'inputs' | 'outputs'): TensorInfo[] {
    return this[of].flatMap((value) => {
      const { type, dims } = value.staticInfo;
      return type === undefined ? [] : [{ name: value.name, type, dims: dims ?? [] }];
    });
  }

  /** The value of that name here or in an enclosing graph. */
  value(name: string): Value | undefined {
    return this.#values.get(name) ?? this.owner?.graph.value(name);
  }

  /** A name that nothing in the model's graphs has, from now on taken. */
  freshName(base: string): string {
    return this.names.fresh(base);
  }

  /** This graph and all graphs in its nodes, outer before inner. */
  *allGraphs(): Generator<Graph> {
    yield this;
    for (const node of this.nodes) for (const graph of node.subgraphs) yield* graph.allGraphs();
  }

  /** The nodes of this graph and of all graphs in it. */
  *allNodes(): Generator<Node> {
    for (const graph of this.allGraphs()) yield* graph.nodes;
  }

  /** Adds a node; where it stands in the order follows from what it reads and from who reads it. */
  addNode(init: NodeInit): Node {
    const message = create(NodeProtoSchema, { opType: init.op, name: this.freshName(init.name ?? init.op) });
    if (init.domain) message.domain = init.domain;
    message.attribute = Object.entries(init.attributes ?? {}).map(([name, value]) => makeAttribute(name, value));
    const node = new Node(this, message);
    const outputs = (init.outputs ?? [`${message.name}_output`]).map((wish) =>
      wish === '' ? undefined : this.#define(this.freshName(wish)),
    );
    node.connect(outputs, init.inputs);
    this.#nodes.add(node);
    this.touchOrder();
    return node;
  }

  /** Adds an output to a node. */
  addNodeOutput(node: Node, wish: string): Value {
    const value = this.#define(this.freshName(wish));
    node.addOutput(value);
    return value;
  }

  /** Leaves out an optional output that nothing uses. */
  removeNodeOutput(node: Node, index: number): void {
    const value = node.outputs[index];
    if (value) this.#drop(value);
    node.clearOutput(index);
  }

  /** Takes an output that nothing uses out of the list, for operators whose outputs have no fixed places (Loop, Scan). */
  spliceNodeOutput(node: Node, index: number): void {
    const value = node.outputs[index];
    if (value) this.#drop(value);
    node.spliceOutput(index);
  }

  /** Removes a node that nothing depends on any more. */
  removeNode(node: Node): void {
    const used = node.outputs.find((value) => value && !value.isUnused);
    if (used) throw new Error(`node '${node.name}' (${node.op}) cannot be removed: '${used.name}' is still used`);
    node.disconnect();
    for (const value of node.outputs) if (value) this.#drop(value);
    this.#nodes.delete(node);
    this.touchOrder();
  }

  /** Adds a constant under a fresh name made from `wish`. */
  addInitializer(wish: string, tensor: Tensor | TensorProto): Value {
    const value = this.#define(this.freshName(wish));
    this.setInitializer(value, tensor);
    return value;
  }

  /** Replaces the node that computes a value by a constant; the node must have no other output. */
  makeInitializer(value: Value, tensor: Tensor | TensorProto): void {
    const node = value.producer;
    if (!node || node.graph !== this || node.outputs.length !== 1)
      throw new Error(`'${value.name}' cannot become a constant`);
    node.disconnect();
    this.#nodes.delete(node);
    value.producer = undefined;
    this.setInitializer(value, tensor);
    this.touchOrder();
  }

  /** Gives a value another constant. */
  setInitializer(value: Value, tensor: Tensor | TensorProto): void {
    const message = isTensorProto(tensor) ? tensor : tensorProto(tensor);
    message.name = value.name;
    value.initializer = message;
    this.touch();
  }

  /** Removes an initializer that nothing uses. */
  removeInitializer(value: Value): void {
    if (!value.isUnused) throw new Error(`initializer '${value.name}' is still used`);
    const at = this.#inputs.indexOf(value);
    if (at >= 0) this.#inputs.splice(at, 1);
    this.#drop(value);
    this.touch();
  }

  /** Adds a graph input of exactly this name. */
  addInput({ name, type, dims }: TensorInfo): Value {
    if (this.names.has(name)) throw new Error(`the name '${name}' is taken`);
    this.names.add(name);
    const value = this.#define(name);
    value.info = create(ValueInfoProtoSchema, { name, type: makeTypeProto(type, dims) });
    value.isGraphInput = true;
    this.#inputs.push(value);
    this.touch();
    return value;
  }

  /** Takes a value out of the input list: an initializer becomes a plain constant, an unused input disappears. */
  removeInput(value: Value): void {
    const at = this.#inputs.indexOf(value);
    if (at < 0) throw new Error(`'${value.name}' is not an input`);
    if (!value.initializer && !value.sparseInitializer) {
      if (!value.isUnused) throw new Error(`input '${value.name}' is still used`);
      this.#drop(value);
    }
    this.#inputs.splice(at, 1);
    value.isGraphInput = false;
    this.touch();
  }

  /** Makes a value an output as well; without a type, sessions infer it. */
  addOutput(value: Value, info?: Omit<TensorInfo, 'name'>): void {
    const message = this.#outputInfo(value) ?? create(ValueInfoProtoSchema, { name: value.name });
    if (info) message.type = makeTypeProto(info.type, info.dims);
    else if (value.info?.type) message.type = value.info.type;
    value.info ??= message;
    value.outputCount += 1;
    this.#outputs.push({ value, info: message });
    this.touch();
  }

  removeOutput(value: Value): void {
    const at = this.#outputs.findIndex((output) => output.value === value);
    if (at < 0) throw new Error(`'${value.name}' is not an output`);
    this.#outputs.splice(at, 1);
    value.outputCount -= 1;
    this.touch();
  }

  /** Lets every node (or those uses that `where` picks) read `to` instead of `from`. Graph outputs stay: see replaceAll. */
  replaceUses(from: Value, to: Value, where: (use: Use) => boolean = () => true): void {
    for (const use of from.uses) if (where(use)) use.node.setInput(use.index, to);
  }

  /**
   * Lets every node read `to` and every graph return it under the name that `from` had there. Where `to` cannot take the
   * name (it is an input, an initializer, an output itself, or of another graph), an Identity node carries it.
   */
  replaceAll(from: Value, to: Value): void {
    this.replaceUses(from, to);
    while (from.isGraphOutput) this.#moveOutputs(from, to);
  }

  /** All outputs of one graph that are `from`: some exporters list one twice. */
  #moveOutputs(from: Value, to: Value): void {
    const graph = this.#graphReturning(from);
    const entries = graph.#outputs.filter((output) => output.value === from);
    const infos = entries.map(({ info }) => info);
    const { name } = infos[0] as ValueInfoProto;
    if (from.graph === graph) graph.rename(from, graph.freshName(`${name}_replaced`));
    let carrier = to;
    if (!to.producer || to.isGraphOutput || to.graph !== graph) {
      carrier = graph.addNode({ op: 'Identity', inputs: [to], outputs: [name] }).output();
    }
    for (const entry of entries) {
      entry.value = carrier;
      entry.info.name = name;
    }
    from.outputCount -= entries.length;
    carrier.outputCount += entries.length;
    if (from.info && infos.includes(from.info)) from.info = undefined;
    carrier.info = infos[0];
    if (from.graph === graph && carrier.name !== name) graph.#setName(carrier, name);
    graph.touch();
  }

  /** How a value is described that is an output already: one that is listed twice has one description. */
  #outputInfo(value: Value): ValueInfoProto | undefined {
    return value.isGraphOutput ? this.#outputs.find((output) => output.value === value)?.info : undefined;
  }

  #graphReturning(value: Value): Graph {
    for (const graph of value.graph.allGraphs()) {
      if (graph.#outputs.some((output) => output.value === value)) return graph;
    }
    throw new Error(`'${value.name}' is not an output`);
  }

  /** Gives a value another name, which must be free where the value can be seen: graphs side by side may share names. */
  rename(value: Value, name: string): void {
    if (value.name === name) return;
    const seen = this.names.has(name) && (value.graph.value(name) !== undefined || value.graph.#holds(name));
    if (seen) throw new Error(`the name '${name}' is taken`);
    this.names.add(name);
    value.graph.#setName(value, name);
  }

  #holds(name: string): boolean {
    if (this.#values.has(name)) return true;
    for (const node of this.#nodes) for (const graph of node.subgraphs) if (graph.#holds(name)) return true;
    return false;
  }

  #setName(value: Value, name: string): void {
    this.#values.delete(value.name);
    value.setName(name);
    if (value.initializer) value.initializer.name = name;
    if (value.sparseInitializer?.values) value.sparseInitializer.values.name = name;
    this.#values.set(name, value);
    this.touch();
    // Graphs in nodes that read it have its name in their messages.
    for (const { node } of value.uses) if (node.graph !== this) node.graph.touch();
  }

  /** Notes a change that leaves the order as it is. */
  touch(): void {
    this.revision += 1;
    this.owner?.graph.touch();
  }

  /** Notes a change after which nodes may stand in another order. */
  touchOrder(): void {
    this.#order = undefined;
    // A subgraph's reads of outer values decide where its owner can stand.
    if (this.owner) this.owner.graph.touchOrder();
    this.revision += 1;
  }

  /** @internal Drops all uses of outer values. */
  disconnect(): void {
    for (const { value } of this.#outputs) value.outputCount -= 1;
    this.#outputs.length = 0;
    for (const node of this.#nodes) node.disconnect();
  }

  /** @internal Writes the graph into its message, if it was changed. */
  sync(): void {
    if (this.revision === 0) return;
    const { proto } = this;
    proto.node = this.nodes.map((node) => node.sync());
    proto.input = this.#inputs.map((value) => value.info as ValueInfoProto);
    proto.output = this.#outputs.map(({ value, info }) => {
      info.name = value.name;
      return info;
    });
    proto.initializer = this.values.flatMap((value) => value.initializer ?? []);
    proto.sparseInitializer = this.values.flatMap((value) => value.sparseInitializer ?? []);
    proto.valueInfo = this.values.flatMap((value) => {
      if (!value.info || value.isGraphInput || value.isGraphOutput) return [];
      value.info.name = value.name;
      return value.info;
    });
    proto.quantizationAnnotation = proto.quantizationAnnotation.filter((a) => this.#values.has(a.tensorName));
  }

  #define(name: string): Value {
    if (this.#values.has(name)) {
      throw new UserError(`the model is not valid: '${name}' is produced more than once in graph '${this.name}'`);
    }
    const value = new Value(this, name);
    this.names.add(name);
    this.#values.set(name, value);
    return value;
  }

  #initializer(name: string): Value {
    const input = this.#values.get(name);
    return input?.isGraphInput && !input.initializer ? input : this.#define(name);
  }

  #read(name: string, node?: Node): Value {
    const value = this.value(name);
    if (value) return value;
    const who = node ? `node '${node.name}' (${node.op})` : `an output of graph '${this.name}'`;
    throw new UserError(`the model is not valid: ${who} needs '${name}', which nothing produces`);
  }

  #drop(value: Value): void {
    this.#values.delete(value.name);
  }
}
