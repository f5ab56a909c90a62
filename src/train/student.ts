import { roundHalfToEven } from '../calibrate/error.ts';
import { constantValue } from '../onnx/constants.ts';
import type { OnnxModel } from '../onnx/model.ts';
import type { Node } from '../onnx/node.ts';
import { removeDeadCode } from '../onnx/passes/remove-dead-code.ts';
import { DataType } from '../onnx/proto.ts';
import { packNibbles, rawTensorProto, readTensor } from '../onnx/tensor.ts';
import type { Value } from '../onnx/value.ts';
import { fakeQuantDomain } from './fake-quant.ts';

/** What a trained number is: it decides the learning rate and how it is written back. */
export type ParameterKind = 'weight' | 'weight-log-scale' | 'activation-log-scale' | 'bias';

/** A trainable tensor: an input of the student's graph, and an initializer (or two) of the quantized model. */
export interface Parameter {
  /** Name of the student's graph input. */
  name: string;
  kind: ParameterKind;
  dims: readonly number[];
  /** Where training starts. */
  initial: Float32Array;
}

/** A weight of the quantized model: its integers follow from the trained float weight and log scale. */
interface WeightSlot {
  /** Initializer with the integers (or packed int4). */
  integers: string;
  scale: string;
  weight: string;
  logScale: string;
  axis: number | undefined;
  low: number;
  high: number;
  zeroPoint: number;
  dims: readonly number[];
}

interface BiasSlot {
  integers: string;
  scale: string;
  bias: string;
  /** Names of the log scales whose product is the bias's scale. */
  activationLogScale: string;
  weightLogScale: string;
}

/**
 * A quantized (QDQ) model as a float graph that can be trained: every Q/DQ pair is a FakeQuant with a learnable scale,
 * every integer weight a FakeQuant of a float parameter. What is trained is written back into the same model, so that the
 * exported arithmetic is the trained one.
 */
export interface Student {
  /** The graph; FakeQuant nodes are of the domain `fakeQuantDomain`, see lowerFakeQuant. */
  model: OnnxModel;
  parameters: Parameter[];
  weights: WeightSlot[];
  biases: BiasSlot[];
  /** Scale initializer of activations -> parameter. */
  scales: Map<string, string>;
  /** Output of each activation's FakeQuant -> the name that the value has in the FP32 model. */
  floatNames: Map<string, string>;
}

/**
 * Makes the student of a quantized model.
 *
 * @param quantized with Q/DQ; not changed
 * @param floatWeights the weights before rounding, by the name of the initializer that was quantized; a weight without
 * one stays as it is
 * @param grid least and greatest level of weights, zero point subtracted
 */
export function makeStudent(
  quantized: OnnxModel,
  floatWeights: (name: string) => Float32Array | undefined,
  grid: { low: number; high: number },
): Student {
  const model = quantized.clone();
  const { graph } = model;
  const student: Student = {
    model,
    parameters: [],
    weights: [],
    biases: [],
    scales: new Map(),
    floatNames: new Map(),
  };
  const weightOf = new Map<Value, WeightSlot>();
  const activationOf = new Map<Value, string>();
  const addParameter = (kind: ParameterKind, wish: string, dims: readonly number[], initial: Float32Array): Value => {
    let name = wish;
    for (let count = 1; graph.names.has(name); count++) name = `${wish}_${count}`;
    const value = graph.addInput({ name, type: 'float32', dims });
    student.parameters.push({ name, kind, dims, initial });
    return value;
  };

  // Activations: Q -> DQ.
  for (const dq of graph.nodes) {
    if (!dq.is('DequantizeLinear')) continue;
    const q = dq.input(0)?.producer;
    if (!q?.is('QuantizeLinear')) continue;
    const scaleName = (dq.input(1) as Value).name;
    const scale = constantValue(dq.input(1))?.data as Float32Array;
    const zero = constantValue(dq.input(2));
    if (scale.length !== 1) continue;
    let parameter = student.scales.get(scaleName);
    if (!parameter) {
      const logScale = Float32Array.of(Math.log(scale[0] as number));
      parameter = addParameter('activation-log-scale', `${scaleName}/log`, [], logScale).name;
      student.scales.set(scaleName, parameter);
    }
    const zeroPoint = Number(zero?.data[0] ?? 0);
    const [qmin, qmax] = zero?.type === 'int8' ? [-128, 127] : [0, 255];
    const fake = graph.addNode({
      op: 'FakeQuant',
      domain: fakeQuantDomain,
      name: `${dq.name}/fake`,
      inputs: [q.input(0), graph.value(parameter)],
      attributes: { low: { float: qmin - zeroPoint }, high: { float: qmax - zeroPoint } },
    });
    const output = fake.output();
    const floatName = q.name.replace(/_QuantizeLinear(_\d+)?$/, '');
    student.floatNames.set(output.name, floatName);
    activationOf.set(output, parameter);
    graph.replaceAll(dq.output(), output);
    if (dq.output().isUnused) graph.removeNode(dq);
  }

  // Weights: DQ of an initializer, packed ones through Cast.
  for (const dq of graph.nodes) {
    if (!dq.is('DequantizeLinear')) continue;
    const source = dq.input(0) as Value;
    const stored = source.producer?.is('Cast') ? (source.producer.input(0) as Value) : source;
    if (!stored.initializer || stored.initializer.dataType === DataType.INT32) continue;
    const slot = weightSlot(dq, stored, student, addParameter, floatWeights, grid);
    if (!slot) continue;
    const fake = graph.addNode({
      op: 'FakeQuant',
      domain: fakeQuantDomain,
      name: `${dq.name}/fake`,
      inputs: [graph.value(slot.weight), graph.value(slot.logScale)],
      attributes: {
        low: { float: slot.low },
        high: { float: slot.high },
        ...(slot.axis !== undefined && { axis: { int: slot.axis } }),
      },
    });
    weightOf.set(fake.output(), slot);
    graph.replaceAll(dq.output(), fake.output());
    graph.removeNode(dq);
  }

  // Biases: DQ of int32, its scale the product of the scales of the node's first two inputs.
  for (const dq of graph.nodes) {
    if (!dq.is('DequantizeLinear')) continue;
    const stored = dq.input(0) as Value;
    if (stored.initializer?.dataType !== DataType.INT32) continue;
    const [use] = dq.output().uses;
    const activation = use && activationOf.get(use.node.input(0) as Value);
    const weight = use && weightOf.get(use.node.input(1) as Value);
    if (!use || dq.output().uses.length !== 1 || !activation || !weight) continue;
    const name = stored.name.replace(/_quantized$/, '');
    const integers = readTensor(stored.initializer).data as Int32Array;
    const scales = constantValue(dq.input(1))?.data as Float32Array;
    const rounded = Float32Array.from(integers, (value, c) => value * (scales[scales.length === 1 ? 0 : c] as number));
    const initial = floatWeights(name) ?? rounded;
    const bias = addParameter('bias', `${name}/float`, [integers.length], Float32Array.from(initial));
    const fake = graph.addNode({
      op: 'FakeQuantBias',
      domain: fakeQuantDomain,
      name: `${dq.name}/fake`,
      inputs: [bias, graph.value(activation), graph.value(weight.logScale)],
    });
    student.biases.push({
      integers: stored.name,
      scale: (dq.input(1) as Value).name,
      bias: bias.name,
      activationLogScale: activation,
      weightLogScale: weight.logScale,
    });
    graph.replaceAll(dq.output(), fake.output());
    graph.removeNode(dq);
  }
  removeDeadCode(model);
  return student;
}

function weightSlot(
  dq: Node,
  stored: Value,
  student: Student,
  addParameter: (kind: ParameterKind, wish: string, dims: readonly number[], initial: Float32Array) => Value,
  floatWeights: (name: string) => Float32Array | undefined,
  grid: { low: number; high: number },
): WeightSlot | undefined {
  const scale = constantValue(dq.input(1));
  const zero = constantValue(dq.input(2));
  if (!scale || scale.type !== 'float32' || stored.uses.length !== 1) return undefined;
  const scales = scale.data as Float32Array;
  const zeroPoint = Number(zero?.data[0] ?? 0);
  if (zero && (zero.data as Int8Array).some((value) => value !== zeroPoint)) return undefined;
  const packed = stored.initializer?.dataType === DataType.INT4;
  const dims = (stored.initializer as NonNullable<Value['initializer']>).dims.map(Number);
  const axis = scales.length > 1 ? dq.attrInt('axis', 1) : undefined;
  const name = stored.name.replace(/_(quantized|int4)$/, '');
  const float = floatWeights(name);
  if (!float) return undefined;
  const { low, high } = packed ? { low: -7, high: 7 } : grid;
  const weight = addParameter('weight', `${name}/float`, dims, Float32Array.from(float));
  const logScale = addParameter(
    'weight-log-scale',
    `${name}/log-scale`,
    axis === undefined ? [] : [scales.length],
    scales.map(Math.log),
  );
  const slot: WeightSlot = {
    integers: stored.name,
    scale: (dq.input(1) as Value).name,
    weight: weight.name,
    logScale: logScale.name,
    axis,
    low,
    high,
    zeroPoint,
    dims,
  };
  student.weights.push(slot);
  return slot;
}

/** The trained values as the initializers of a copy of the quantized model. */
export function exportStudent(
  quantized: OnnxModel,
  student: Student,
  trained: ReadonlyMap<string, Float32Array>,
): OnnxModel {
  const model = quantized.clone();
  const { graph } = model;
  const value = (name: string): Value => graph.value(name) as Value;
  const scalesOf = (logScale: string) =>
    (trained.get(logScale) as Float32Array).map((log) => Math.fround(Math.exp(log)));
  const setFloats = (name: string, data: Float32Array) => {
    const dims = value(name).initializer?.dims.map(Number) ?? [];
    graph.setInitializer(value(name), { type: 'float32', dims, data });
  };
  for (const [scale, parameter] of student.scales) setFloats(scale, scalesOf(parameter));
  for (const slot of student.weights) {
    const scales = scalesOf(slot.logScale);
    setFloats(slot.scale, scales);
    const integers = roundWeight(trained.get(slot.weight) as Float32Array, scales, slot);
    const proto = value(slot.integers).initializer;
    const tensor =
      proto?.dataType === DataType.INT4
        ? rawTensorProto(DataType.INT4, slot.dims, packNibbles(integers))
        : proto?.dataType === DataType.UINT8
          ? { type: 'uint8' as const, dims: slot.dims, data: Uint8Array.from(integers, (x) => x + slot.zeroPoint) }
          : { type: 'int8' as const, dims: slot.dims, data: integers };
    graph.setInitializer(value(slot.integers), tensor);
  }
  for (const slot of student.biases) {
    const activation = scalesOf(slot.activationLogScale)[0] as number;
    const weightScales = scalesOf(slot.weightLogScale);
    const bias = trained.get(slot.bias) as Float32Array;
    const scales = Float32Array.from(
      bias,
      (_, c) => activation * (weightScales[weightScales.length === 1 ? 0 : c] as number),
    );
    setFloats(slot.scale, scales);
    const data = Int32Array.from(bias, (b, c) => clampInt32(roundHalfToEven(b / (scales[c] as number))));
    graph.setInitializer(value(slot.integers), { type: 'int32', dims: [data.length], data });
  }
  return model;
}

function roundWeight(weight: Float32Array, scales: Float32Array, { dims, axis, low, high }: WeightSlot): Int8Array {
  const inner = axis === undefined ? weight.length : dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  return Int8Array.from(weight, (w, i) => {
    const scale = scales[axis === undefined ? 0 : Math.floor(i / inner) % scales.length] as number;
    return Math.min(Math.max(roundHalfToEven(Math.fround(w / scale)), low), high);
  });
}

function clampInt32(value: number): number {
  return Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1);
}
