import { create } from '@bufbuild/protobuf';
import { copyMessage } from '../onnx/copy.ts';
import { Graph } from '../onnx/graph.ts';
import { OnnxModel } from '../onnx/model.ts';
import { type GraphProto, GraphProtoSchema, ModelProtoSchema, type ValueInfoProto } from '../onnx/proto.ts';
import type { Value } from '../onnx/value.ts';
import { sizeOf } from '../tensor.ts';
import { beta1, beta2, clipAt, epsilon } from './adam.ts';
import { Emitter, type Shape } from './emitter.ts';
import type { Program } from './program.ts';
import type { ParameterRates } from './rates.ts';
import { loopBytes } from './sizes.ts';

/**
 * Names of the inputs and outputs of a model that takes several steps: what is fed for each step is stacked along a new
 * first axis, what the steps change goes in as `start` and comes out as `end`.
 */
export const loopNames = {
  step: 'quant-gate/loop/step',
  go: 'quant-gate/loop/go',
  steps: 'quant-gate/loop/steps',
  /** Of each step: Adam's factor on all rates, with the correction of its first moment, and the correction of its second. */
  factor: 'quant-gate/loop/factor',
  correction: 'quant-gate/loop/correction',
  each: (name: string) => `quant-gate/each/${name}`,
  norm: 'quant-gate/loop/norm',
  first: (parameter: string) => `quant-gate/first/${parameter}`,
  second: (parameter: string) => `quant-gate/second/${parameter}`,
  start: (name: string) => `quant-gate/start/${name}`,
  end: (name: string) => `quant-gate/end/${name}`,
  losses: 'quant-gate/loop/losses',
} as const;

/** Numbers beyond this are not finite for training. */
const largest = 3e38;

/**
 * Forward, backward, clipping and Adam of several steps as one ONNX `Loop`, that parameters and moments stay on the device
 * between them: onnxruntime-node has no binding of a device's memory. It computes what `backward`, `gradientNorm` and
 * `adamStep` do, in single precision, and ends behind the first step whose loss or gradient is not finite, the loss of
 * which is NaN.
 *
 * @param program with a backward model, which is not changed
 */
export function loopProgram(
  { backward, inputs, targets, labels, parameters, loss: lossName, trained, gradients }: Program,
  rates: ReadonlyMap<string, ParameterRates>,
): OnnxModel {
  if (!backward) throw new Error('a loop of steps needs a backward model');
  const body = backward.clone();
  const { graph } = body;
  const shapes = new Map<Value, Shape>();
  const e = new Emitter(graph, shapes);
  const named = (name: string) => graph.value(name) as Value;
  for (const name of parameters) e.setShape(named(name), named(name).staticInfo.dims as Shape);
  const outputs = [lossName, ...gradients].map((name) => named(name));
  for (const output of outputs) graph.removeOutput(output);
  const scalar = (name: string) => e.setShape(graph.addInput({ name, type: 'float32', dims: [] }), []);

  const step = graph.addInput({ name: loopNames.step, type: 'int64', dims: [] });
  graph.addInput({ name: loopNames.go, type: 'bool', dims: [] });
  const ofStep = (stacked: Value, shape: Shape) => e.op('Gather', [stacked, step], shape, { axis: 0 });
  const outer: string[] = [];
  for (const name of [...inputs, ...targets, ...(labels ? [labels.name] : [])]) {
    const value = graph.value(name);
    if (!value?.isGraphInput) continue;
    const { type, dims } = value.staticInfo;
    const each = graph.addInput({ name: loopNames.each(name), type: type!, dims: ['steps', ...(dims as number[])] });
    graph.replaceUses(value, ofStep(each, dims as Shape));
    graph.removeInput(value);
    outer.push(each.name);
  }
  const perStep = (name: string) => {
    outer.push(name);
    return ofStep(graph.addInput({ name, type: 'float32', dims: ['steps'] }), []);
  };
  const [factor, correction] = [perStep(loopNames.factor), perStep(loopNames.correction)];

  const [loss, ...found] = outputs as [Value, ...Value[]];
  e.setShape(loss, []);
  trained.forEach((name, i) => {
    e.setShape(found[i] as Value, e.shape(named(name)));
  });
  const squares = found.map((gradient) => e.op('ReduceSumSquare', [gradient], [], { keepdims: 0 }));
  const norm = e.op('Sqrt', [squares.length > 1 ? e.op('Sum', squares, []) : (squares[0] as Value)], []);
  const normBefore = scalar(loopNames.norm);
  const usual = e.where(e.op('Equal', [normBefore, e.float(0)], []), norm, normBefore);
  const most = e.scale(usual, clipAt);
  const clipping = e.where(e.op('Greater', [norm, most], []), e.div(most, norm), e.float(1));
  const go = e.op('Less', [e.add(norm, e.unary('Abs', loss)), e.float(largest)], []);

  const carried: { name: string; after: Value }[] = [];
  trained.forEach((name, i) => {
    const [value, gradient] = [named(name), found[i] as Value];
    const shape = e.shape(value);
    const moment = (of: string) => e.setShape(graph.addInput({ name: of, type: 'float32', dims: shape }), shape);
    const g = e.mul(gradient, clipping);
    const blend = (before: Value, now: Value, beta: number) => e.add(e.scale(before, beta), e.scale(now, 1 - beta));
    const first = blend(moment(loopNames.first(name)), g, beta1);
    const second = blend(moment(loopNames.second(name)), e.mul(g, g), beta2);
    const size = e.add(e.mul(e.unary('Sqrt', second), correction), e.float(epsilon));
    const rate = e.mul(ratesLike(e, shape, rates.get(name) as ParameterRates), factor);
    carried.push(
      { name, after: e.sub(value, e.div(e.mul(first, rate), size)) },
      { name: loopNames.first(name), after: first },
      { name: loopNames.second(name), after: second },
    );
  });
  carried.push({ name: loopNames.norm, after: e.add(e.scale(usual, 0.9), e.scale(e.mul(norm, clipping), 0.1)) });

  const all = [go, ...carried.map(({ after }) => after), e.where(go, loss, e.float(Number.NaN))];
  for (const value of all) {
    // No output may be an input or another output as well.
    const type = value === go ? ('bool' as const) : ('float32' as const);
    const output = graph.addNode({ op: 'Identity', name: 'loop/output', inputs: [value] }).output();
    graph.addOutput(output, { type, dims: e.shape(value) });
  }
  outer.push(...parameters.filter((name) => !trained.includes(name)));
  return around(body, [loopNames.step, loopNames.go, ...carried.map(({ name }) => name)], outer);
}

/** How many steps' data, targets and labels may be held at once; at least one. */
export function stepsThatFit({ backward, parameters }: Program): number {
  const fed = backward?.graph.infos('inputs').filter(({ name }) => !parameters.includes(name)) ?? [];
  const bytes = fed.reduce((sum, { dims }) => sum + 4 * sizeOf(dims as Shape), 0);
  return Math.max(1, Math.floor(loopBytes / Math.max(bytes, 1)));
}

/** The rates of a parameter in a shape that its own is a multiple of. */
function ratesLike(e: Emitter, shape: Shape, { rates, inner }: ParameterRates): Value {
  if (rates.length === 1) return e.tensor([], rates);
  const axis = shape.findIndex((dim, at) => dim === rates.length && sizeOf(shape.slice(at + 1)) === inner);
  if (axis < 0) throw new Error(`${rates.length} rates for [${shape}]`);
  return e.tensor([rates.length, ...shape.slice(axis + 1).map(() => 1)], rates);
}

/** A model of one Loop. Constants are moved out of the body: they are the same in each step, and may be large. */
function around(body: OnnxModel, declared: readonly string[], outer: readonly string[]): OnnxModel {
  const { irVersion, opsetImport, producerName, graph: message } = body.proto;
  const inner = copyMessage(message as GraphProto);
  const graph = new Graph(create(GraphProtoSchema, { name: 'steps', initializer: inner.initializer }));
  inner.initializer = [];
  inner.input = declared.map((name) => inner.input.find((info) => info.name === name) as ValueInfoProto);
  const carried = declared.slice(2);
  const like = (name: string, of: string): Value => {
    const { type, dims } = body.graph.value(of)!.staticInfo;
    return graph.addInput({ name, type: type!, dims: dims! });
  };
  const steps = graph.addInput({ name: loopNames.steps, type: 'int64', dims: [] });
  for (const name of outer) like(name, name);
  const loop = graph.addNode({
    op: 'Loop',
    name: 'steps',
    inputs: [steps, undefined, ...carried.map((name) => like(loopNames.start(name), name))],
    outputs: [...carried.map(loopNames.end), loopNames.losses],
    attributes: { body: inner },
  });
  for (const output of loop.outputs) graph.addOutput(output as Value);
  graph.sync();
  return new OnnxModel(
    create(ModelProtoSchema, { irVersion, opsetImport, producerName, graph: graph.proto }),
    undefined,
    graph,
  );
}
