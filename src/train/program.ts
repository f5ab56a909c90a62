import { copyMessage } from '../onnx/copy.ts';
import type { Graph } from '../onnx/graph.ts';
import { GraphBuilder, type OnnxModel } from '../onnx/model.ts';
import type { Node } from '../onnx/node.ts';
import type { Value } from '../onnx/value.ts';
import { differentiate } from './backward.ts';
import { Emitter, type Shape } from './emitter.ts';
import { lowerFakeQuant } from './fake-quant.ts';
import type { Student } from './student.ts';

/** What a training step minimizes, as a function of the block's outputs and targets of the same shapes. */
export type Loss =
  /** Mean of squared differences over the mean square of the targets, so that losses of blocks compare. */
  | { kind: 'mse' }
  /** KL divergence from the softmax of the target, over the last axis, times T^2 (Hinton, Vinyals and Dean 2015). */
  | { kind: 'kl'; temperature: number };

/** A part of the student as models that a session runs: forward alone, and forward with backward. */
export interface Program {
  forward: OnnxModel;
  backward: OnnxModel;
  /** Graph inputs of data, in both models. */
  inputs: string[];
  outputs: string[];
  /** Parameters that are graph inputs of both models. */
  parameters: string[];
  /** Those with a gradient: output `gradients[i]` of `backward` belongs to `trained[i]`. */
  trained: string[];
  gradients: string[];
  /** Names of the inputs with the targets, in `backward`. */
  targets: string[];
}

export interface ProgramRequest {
  student: Student;
  /** Values of the student that are fed; the model's own inputs are fed where they are read. */
  from: readonly string[];
  to: readonly string[];
  /** Parameters that are trained; the others that are read are fed all the same, without a gradient. */
  trained: ReadonlySet<string>;
  /** The weight of each output in the loss. */
  loss: Loss;
  /** Shapes of the student's values at the training batch, by name. */
  shapes: ReadonlyMap<string, Shape>;
  opset: number;
}

/**
 * Builds the models of a training step for one part of the student.
 *
 * @throws Unsupported where an operator on the way has no gradient
 */
export function buildProgram(request: ProgramRequest): Program {
  const { to, loss, opset } = request;
  const forward = extract(request);
  lowerFakeQuant(forward.e);
  const backward = extract(request);
  const { e } = backward;
  const outputs = to.map((name) => backward.values.get(name) as Value);
  const targets: string[] = [];
  const seeds = new Map<Value, Value>();
  let total: Value | undefined;
  outputs.forEach((output, i) => {
    const shape = e.shape(output);
    const name = `target/${i}`;
    const target = e.setShape(e.graph.addInput({ name, type: 'float32', dims: shape }), shape);
    targets.push(name);
    const { value, gradient } = lossOf(e, loss, output, target);
    seeds.set(output, gradient);
    total = total ? e.add(total, value) : value;
  });
  const parameters = backward.parameters.filter((name) => request.trained.has(name));
  const sources = parameters.map((name) => backward.values.get(name) as Value);
  const found = differentiate(e, seeds, sources);
  const used = parameters.filter((_, i) => found.has(sources[i] as Value));
  lowerFakeQuant(e);
  const gradients = used.map((name, i) => {
    const gradient = found.get(backward.values.get(name) as Value) as Value;
    return expose(e.graph, gradient, `gradient/${i}`);
  });
  expose(e.graph, total as Value, 'loss');
  to.forEach((name, i) => {
    expose(forward.e.graph, currentOutput(forward, name), `output/${i}`);
  });
  return {
    forward: forward.builder.build(opset),
    backward: backward.builder.build(opset),
    inputs: backward.inputs,
    outputs: to.map((_, i) => `output/${i}`),
    parameters: backward.parameters,
    trained: used,
    gradients,
    targets,
  };
}

function lossOf(e: Emitter, loss: Loss, output: Value, target: Value): { value: Value; gradient: Value } {
  const shape = e.shape(output);
  const all = shape.map((_, axis) => axis);
  if (loss.kind === 'mse') {
    const difference = e.sub(output, target);
    const energy = e.add(e.mean(e.mul(target, target), all), e.float(1e-12));
    const count = shape.reduce((product, dim) => product * dim, 1);
    return {
      value: e.reshape(e.div(e.mean(e.mul(difference, difference), all), energy), []),
      gradient: e.div(e.scale(difference, 2 / count), energy),
    };
  }
  const { temperature } = loss;
  const rows = shape.slice(0, -1).reduce((product, dim) => product * dim, 1);
  const soften = (value: Value, op: string) =>
    e.op(op, [e.scale(value, 1 / temperature)], shape, { axis: shape.length - 1 });
  const p = soften(output, 'Softmax');
  const q = soften(target, 'Softmax');
  const gap = e.sub(soften(target, 'LogSoftmax'), soften(output, 'LogSoftmax'));
  return {
    value: e.reshape(e.scale(e.sum(e.mul(q, gap), all), (temperature * temperature) / rows), []),
    gradient: e.scale(e.sub(p, q), temperature / rows),
  };
}

interface Extracted {
  builder: GraphBuilder;
  e: Emitter;
  /** Student's name -> value of the copy. */
  values: Map<string, Value>;
  inputs: string[];
  parameters: string[];
  /** Copies of the outputs' producers, to find an output again after lowering. */
  markers: Map<string, Node>;
}

/** A copy of the part of the student that computes `to` from `from`, the parameters and the model's inputs. */
function extract({ student, from, to, shapes }: ProgramRequest): Extracted {
  const { graph } = student.model;
  const builder = new GraphBuilder();
  const values = new Map<string, Value>();
  const known = new Map<Value, Shape>();
  const inputs: string[] = [];
  const parameters: string[] = [];
  const owned = new Map(student.parameters.map((parameter) => [parameter.name, parameter]));
  const stop = new Set(from);
  const wanted = collect(graph, to, stop);
  const feed = (value: Value): Value => {
    const made = values.get(value.name);
    if (made) return made;
    let copy: Value;
    const parameter = owned.get(value.name);
    if (value.initializer) {
      copy = builder.constant(copyMessage(value.initializer), value.name);
    } else if (parameter) {
      copy = builder.input(value.name, 'float32', parameter.dims);
      known.set(copy, parameter.dims);
      parameters.push(value.name);
    } else {
      const shape = shapes.get(value.name);
      if (!shape) throw new Error(`the shape of '${value.name}' is not known`);
      copy = builder.input(value.name, value.staticInfo.type ?? 'float32', shape);
      known.set(copy, shape);
      inputs.push(value.name);
    }
    values.set(value.name, copy);
    return copy;
  };
  for (const node of graph.nodes) {
    if (!wanted.has(node)) continue;
    const copy = builder.graph.addNode({
      op: node.op,
      name: node.name,
      domain: node.domain,
      inputs: node.inputs.map((input) => input && feed(input)),
      outputs: node.outputs.map((output) => output?.name ?? ''),
    });
    copy.proto.attribute = node.proto.attribute.map((attribute) => copyMessage(attribute));
    node.outputs.forEach((output, i) => {
      const made = copy.outputs[i];
      if (!output || !made) return;
      values.set(output.name, made);
      const shape = shapeOf(student, output, shapes);
      if (shape) known.set(made, shape);
    });
  }
  const markers = new Map<string, Node>();
  for (const name of to) {
    // An Identity stands behind each output, so that lowering may replace what computes it.
    const value = values.get(name) as Value;
    const marker = builder.graph.addNode({ op: 'Identity', name: `${name}/out`, inputs: [value] });
    const shape = known.get(value);
    if (shape) known.set(marker.output(), shape);
    markers.set(name, marker);
  }
  return { builder, e: new Emitter(builder.graph, known), values, inputs, parameters, markers };
}

/** A FakeQuant has the shape of what it quantizes. */
function shapeOf(student: Student, value: Value, shapes: ReadonlyMap<string, Shape>): Shape | undefined {
  const node = value.producer;
  if (node?.domain === 'quant-gate') {
    const input = node.input(0) as Value;
    const parameter = student.parameters.find(({ name }) => name === input.name);
    return parameter?.dims ?? shapes.get(input.name) ?? shapeOf(student, input, shapes);
  }
  return shapes.get(value.name);
}

function currentOutput({ markers }: Extracted, name: string): Value {
  return (markers.get(name) as Node).output();
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
    for (const input of node.inputs) if (input) stack.push(input);
  }
  return nodes;
}

function expose(graph: Graph, value: Value, name: string): string {
  const output = graph.addNode({ op: 'Identity', name, inputs: [value], outputs: [name] }).output();
  graph.addOutput(output);
  return output.name;
}
