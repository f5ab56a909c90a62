import { copyMessage } from '../onnx/copy.ts';
import type { Graph } from '../onnx/graph.ts';
import { GraphBuilder, type OnnxModel } from '../onnx/model.ts';
import type { Node } from '../onnx/node.ts';
import { outerReads, readsOf } from '../onnx/outer-reads.ts';
import { removeDeadCode } from '../onnx/passes/remove-dead-code.ts';
import type { Value } from '../onnx/value.ts';
import { differentiate, Untrainable } from './backward.ts';
import { Emitter, type Shape } from './emitter.ts';
import { lowerFakeQuant } from './fake-quant.ts';
import { emitLoss, type Loss } from './loss.ts';
import { freeName, type Student } from './student.ts';

/** A part of the student as models that a session runs: forward alone, and forward with backward. */
export interface Program {
  forward: OnnxModel;
  /** undefined where nothing of it can be trained. */
  backward: OnnxModel | undefined;
  /** Graph inputs of data, in both models. */
  inputs: string[];
  outputs: string[];
  /** Parameters that are graph inputs of both models. */
  parameters: string[];
  /** Name of the output with the loss, in `backward`. */
  loss: string;
  /** Those with a gradient: output `gradients[i]` of `backward` belongs to `trained[i]`. */
  trained: string[];
  gradients: string[];
  /** Names of the inputs with the targets, in `backward`. */
  targets: string[];
  /** Name and shape of the input with one-hot labels, in `backward`. */
  labels: { name: string; dims: Shape } | undefined;
  /** Why parameters are left out, by parameter. */
  untrained: Map<string, Untrainable>;
}

export interface ProgramRequest {
  student: Student;
  /** Values of the student that are fed; the model's own inputs are fed where they are read. */
  from: readonly string[];
  to: readonly string[];
  loss: Loss;
  /** Shapes of the student's values at the training batch, by name. */
  shapes: ReadonlyMap<string, Shape>;
  /** Parameters that are not trained here. */
  fixed?: ReadonlySet<string>;
}

/** Builds the models of a training step for one part of the student. What stands before an operator without a gradient is not trained. */
export function buildProgram(request: ProgramRequest): Program {
  const { student, to } = request;
  const source = { graph: student.model.graph, shapes: knownShapes(request), parameters: parametersOf(student) };
  const forward = extract({ ...source, from: request.from, to });
  lowerFakeQuant(forward.e);
  const outputs = forward.marks.map((mark, i) => expose(forward.e.graph, mark.output(), `output/${i}`));
  const untrained = new Map<string, Untrainable>();
  const frozen = new Set(request.fixed);
  for (const { name, frozen: kept } of student.parameters) if (kept) frozen.add(name);
  const common = {
    forward: finish(forward, student.model),
    inputs: forward.inputs,
    outputs,
    parameters: forward.parameters,
    untrained,
  };
  for (;;) {
    const sources = forward.parameters.filter((name) => !untrained.has(name) && !frozen.has(name));
    const backward = extract({ ...source, from: request.from, to });
    try {
      const trained = sources.length > 0 ? differentiated(backward, request, sources) : undefined;
      if (!trained)
        return { ...common, backward: undefined, loss: '', trained: [], gradients: [], targets: [], labels: undefined };
      return { ...common, backward: finish(backward, student.model), ...trained };
    } catch (error) {
      if (!(error instanceof Untrainable)) throw error;
      const behind = ancestors(backward.e.graph, error.node);
      const left = sources.filter((name) => behind.has(name));
      if (left.length === 0) throw new Error(`${error.message}, but no parameter is behind it`);
      for (const name of left) untrained.set(name, error);
    }
  }
}

/** Adds loss and gradients; undefined where the loss depends on no parameter. */
function differentiated(
  { e, marks, values }: Extracted,
  { to, loss }: ProgramRequest,
  sources: readonly string[],
): Pick<Program, 'loss' | 'trained' | 'gradients' | 'targets' | 'labels'> | undefined {
  const seeds = new Map<Value, Value>();
  let labels: Program['labels'];
  let total: Value | undefined;
  const feed = (wish: string, shape: Shape) =>
    e.setShape(e.graph.addInput({ name: freeName(e.graph, wish), type: 'float32', dims: shape }), shape);
  const targets = to.map((_, i) => {
    const output = marks[i]!.output();
    const shape = e.shape(output);
    const target = feed(`target/${i}`, shape);
    let classes: Value | undefined;
    if (i === 0 && loss.kind === 'kl' && loss.labels) {
      classes = feed('training/labels', shape);
      labels = { name: classes.name, dims: shape };
    }
    const { value, gradient } = emitLoss(e, loss, output, target, classes);
    seeds.set(output, gradient);
    total = total ? e.add(total, value) : value;
    return target.name;
  });
  const wanted = sources.map((name) => values.get(name) as Value);
  const found = differentiate(e, seeds, wanted);
  const trained = sources.filter((_, i) => found.has(wanted[i] as Value));
  if (trained.length === 0) return undefined;
  // Lowering may replace what computes a gradient: the Identity in front of each output follows.
  const gradients = trained.map((name, i) =>
    expose(e.graph, found.get(values.get(name) as Value) as Value, `gradient/${i}`),
  );
  const lossName = expose(e.graph, total as Value, 'training/loss');
  lowerFakeQuant(e);
  return { loss: lossName, trained, gradients, targets, labels };
}

/** The part of a float model that computes `to`, for targets; `to` become its outputs in this order. */
export function cutModel(
  model: OnnxModel,
  from: readonly string[],
  to: readonly string[],
  shapes: ReadonlyMap<string, Shape>,
) {
  const part = extract({ graph: model.graph, from, to, shapes, parameters: new Map() });
  const outputs = part.marks.map((mark, i) => expose(part.e.graph, mark.output(), `output/${i}`));
  return { model: finish(part, model), inputs: part.inputs, outputs };
}

function finish({ builder }: Extracted, like: OnnxModel): OnnxModel {
  const model = builder.build(Math.max(13, like.opset()));
  // What a gradient holds ready and nothing needs may be of sizes that operators do not take.
  removeDeadCode(model);
  for (const { domain, version } of like.proto.opsetImport) if (domain) model.setOpset(domain, Number(version));
  model.proto.functions = like.functions.map(copyMessage);
  return model;
}

interface Source {
  graph: Graph;
  from: readonly string[];
  to: readonly string[];
  shapes: ReadonlyMap<string, Shape>;
  /** Dims of graph inputs that are parameters. */
  parameters: ReadonlyMap<string, Shape>;
}

interface Extracted {
  builder: GraphBuilder;
  e: Emitter;
  /** Name in the source -> value of the copy. */
  values: Map<string, Value>;
  inputs: string[];
  parameters: string[];
  /** An Identity behind each output, which finds it again whatever is replaced before it. */
  marks: Node[];
}

/** A copy of the part of a graph that computes `to` from `from`, parameters and the graph's inputs. */
function extract({ graph, from, to, shapes, parameters: owned }: Source): Extracted {
  const builder = new GraphBuilder();
  const values = new Map<string, Value>();
  const known = new Map<Value, Shape>();
  const inputs: string[] = [];
  const parameters: string[] = [];
  const stop = new Set(from);
  const wanted = collect(graph, to, stop);
  const feed = (value: Value): Value => {
    const made = values.get(value.name);
    if (made) return made;
    let copy: Value;
    const dims = owned.get(value.name);
    if (value.initializer && !stop.has(value.name)) {
      copy = builder.constant(copyMessage(value.initializer), value.name);
    } else if (dims) {
      copy = builder.input(value.name, 'float32', dims);
      known.set(copy, dims);
      parameters.push(value.name);
    } else {
      const shape = shapes.get(value.name);
      copy = builder.input(value.name, value.staticInfo.type ?? 'float32', shape ?? value.staticInfo.dims ?? []);
      if (shape) known.set(copy, shape);
      inputs.push(value.name);
    }
    values.set(value.name, copy);
    return copy;
  };
  const copies: { copy: Node; node: Node }[] = [];
  for (const node of graph.nodes) {
    if (!wanted.has(node)) continue;
    // Under its own name, by which the graphs in the node read it.
    for (const value of node.subgraphs.flatMap(outerReads)) if (value.graph === graph) feed(value);
    const copy = builder.graph.addNode({
      op: node.op,
      name: 'part/node',
      domain: node.domain,
      inputs: node.inputs.map((input) => input && feed(input)),
      outputs: node.outputs.map((output) => output?.name ?? ''),
    });
    // Nodes and values of the source may share names; values come first here.
    copy.proto.name = node.name;
    copies.push({ copy, node });
    node.outputs.forEach((output, i) => {
      const made = copy.outputs[i];
      if (!output || !made) return;
      if (made.name !== output.name) throw new Error(`'${output.name}' became '${made.name}' in a part`);
      // A value that is fed is not computed as well.
      if (!values.has(output.name)) values.set(output.name, made);
      const shape = shapes.get(output.name);
      if (shape) known.set(made, shape);
    });
  }
  // Names in graphs may be those of values that are not made yet where these are read.
  for (const { copy, node } of copies) copy.copyAttributes(node);
  const e = new Emitter(builder.graph, known);
  const marks = to.map((name) => {
    const value = feed(graph.value(name) as Value);
    const mark = builder.graph.addNode({ op: 'Identity', name: 'part', inputs: [value] });
    const shape = known.get(value);
    if (shape) e.setShape(mark.output(), shape);
    return mark;
  });
  return { builder, e, values, inputs, parameters, marks };
}

function parametersOf(student: Student): Map<string, Shape> {
  return new Map(student.parameters.map(({ name, dims }) => [name, dims]));
}

/** What was recorded, and of fake-quant nodes, which have the shapes of what they quantize. */
function knownShapes({ student, shapes }: ProgramRequest): Map<string, Shape> {
  const known = new Map(shapes);
  for (const { name, dims } of student.parameters) known.set(name, dims);
  for (const node of student.model.graph.nodes) {
    const shape = known.get(node.input(0)?.name ?? '');
    if (node.domain === 'quant-gate' && shape) known.set(node.output().name, shape);
  }
  return known;
}

/** The nodes on which `to` depends, not going behind `stop`. */
function collect(graph: Graph, to: readonly string[], stop: ReadonlySet<string>): Set<Node> {
  const nodes = new Set<Node>();
  const stack = to.map((name) => graph.value(name) as Value);
  while (stack.length > 0) {
    const value = stack.pop() as Value;
    const node = value.producer;
    if (!node || stop.has(value.name) || nodes.has(node)) continue;
    nodes.add(node);
    stack.push(...readsOf(node));
  }
  return nodes;
}

/** Names of all graph inputs on which a node depends. */
function ancestors(graph: Graph, name: string): Set<string> {
  const found = new Set<string>();
  const seen = new Set<Value>();
  const stack = graph.nodes.filter((node) => node.name === name).flatMap(readsOf);
  while (stack.length > 0) {
    const value = stack.pop();
    if (!value || seen.has(value)) continue;
    seen.add(value);
    if (value.isGraphInput) found.add(value.name);
    if (value.producer) stack.push(...readsOf(value.producer));
  }
  return found;
}

/** Makes a value an output under a free name like the one that is wished for. @returns the name */
function expose(graph: Graph, value: Value, wish: string): string {
  const output = graph.addNode({ op: 'Identity', name: 'part/output', inputs: [value], outputs: [wish] }).output();
  graph.addOutput(output);
  return output.name;
}
