import { constantValue } from '../onnx/constants.ts';
import type { Graph } from '../onnx/graph.ts';
import type { OnnxModel } from '../onnx/model.ts';
import type { Node } from '../onnx/node.ts';
import { removeDeadCode } from '../onnx/passes/remove-dead-code.ts';
import { DataType } from '../onnx/proto.ts';
import { reshaping } from '../onnx/reshaping.ts';
import { readTensor, tensorBytes, unpackNibbles } from '../onnx/tensor.ts';
import type { Value } from '../onnx/value.ts';
import { sizeOf } from '../tensor.ts';
import { fakeQuantDomain } from './fake-quant.ts';
import { closeTo, startingPoint } from './starting-point.ts';
import { integerWeights, readOnce, storedIntegers } from './stored-integers.ts';
import {
  type FloatModel,
  type Levels,
  newStudent,
  type ParameterKind,
  parameterName,
  type Student,
  type WeightSlot,
} from './student.ts';

/**
 * Makes the student of a quantized model. Before the first step it computes what the quantized model computes.
 *
 * @param quantized with Q/DQ; not changed
 * @param float the model that was quantized; what it lacks starts from the rounded numbers
 * @param grids the grids that weights may have been rounded to; each weight stays on the narrowest that holds it
 * @param batch samples of a training step
 */
export function makeStudent(quantized: OnnxModel, float: FloatModel, grids: readonly Levels[], batch: number): Student {
  return new Maker(quantized.clone(), float, grids, batch).make();
}

/** Where operators on integers read a zero point that is not of a scale. */
const zeroPointInputs: Readonly<Record<string, number>> = { Pad: 2, Min: 1 };

/** Operators whose results are on the grid of their first input. */
const movers = [...reshaping, 'Identity', 'Slice', 'Split', 'MaxPool'];

class Maker {
  readonly #graph: Graph;
  readonly #student: Student;
  readonly #float: FloatModel;
  readonly #grids: readonly Levels[];
  readonly #batch: number;
  readonly #weightOf = new Map<Value, WeightSlot>();
  /** Nodes of integers that work on floats now. */
  readonly #onIntegers = new Set<Node>();
  /** Value that is on an activation grid -> its scale's parameter. */
  readonly #activationOf = new Map<Value, string>();
  /** Names change where a value becomes a graph output, so they are read at the end. */
  readonly #floatNames = new Map<Value, string>();

  constructor(model: OnnxModel, float: FloatModel, grids: readonly Levels[], batch: number) {
    this.#batch = batch;
    this.#graph = model.graph;
    this.#float = float;
    this.#grids = [...grids].sort((a, b) => a.high - a.low - (b.high - b.low));
    this.#student = newStudent(model);
  }

  make(): Student {
    const { nodes } = this.#graph;
    for (const node of nodes) if (node.is('QuantizeLinear')) this.#activation(node);
    for (const node of nodes) if (node.is('MatMulInteger')) this.#dynamicProduct(node);
    for (const node of nodes) if (node.is('Gather')) this.#table(node);
    for (const node of nodes) if (node.is('Mul')) this.#floatView(node);
    const dequantizers = this.#graph.nodes.filter((node) => node.is('DequantizeLinear'));
    for (const dq of dequantizers) this.#weight(dq);
    for (const dq of dequantizers) if (dq.inputs.length > 0) this.#bias(dq);
    for (const node of this.#graph.nodes) this.#floatBias(node);
    removeDeadCode(this.#student.model);
    this.#student.others.push(...integerWeights(this.#graph));
    for (const [value, name] of this.#floatNames) this.#student.floatNames.set(value.name, name);
    return this.#student;
  }

  #parameter(
    kind: ParameterKind,
    wish: string,
    dims: readonly number[],
    initial: Float32Array,
    float?: Float32Array,
  ): Value {
    const name = parameterName(this.#graph, wish);
    const value = this.#graph.addInput({ name, type: 'float32', dims });
    this.#student.parameters.push({ name, kind, dims, initial, ...(float && { float }) });
    return value;
  }

  /** Q -> DQ, or Q -> an operator on integers -> DQ. */
  #activation(q: Node): void {
    const graph = this.#graph;
    const [x, scaleValue, zeroValue] = [q.input(0) as Value, q.input(1) as Value, q.input(2)];
    const scale = constantValue(scaleValue)?.data as Float32Array | undefined;
    const zero = constantValue(zeroValue);
    if (scale?.length !== 1 || !zeroValue || (zero?.type !== 'uint8' && zero?.type !== 'int8')) return;
    let parameter = this.#student.scales.get(scaleValue.name);
    if (!parameter) {
      const logScale = Float32Array.of(Math.log(scale[0] as number));
      parameter = this.#parameter('activation-log-scale', `${scaleValue.name}.log`, [], logScale).name;
      this.#student.scales.set(scaleValue.name, parameter);
    }
    const floatName = q.name.replace(/_QuantizeLinear(_\d+)?$/, '');
    let output: Value;
    // On this grid already, only moved: rounding it again would change nothing.
    if (this.#parameterOf(x) === parameter) output = x;
    else {
      const zeroPoint = Number(zero.data[0]);
      const [qmin, qmax] = zero.type === 'int8' ? [-128, 127] : [0, 255];
      output = graph
        .addNode({
          op: 'FakeQuantActivation',
          domain: fakeQuantDomain,
          name: `${floatName}.fake`,
          inputs: [x, graph.value(parameter), zeroValue],
          attributes: { low: { float: qmin - zeroPoint }, high: { float: qmax - zeroPoint } },
        })
        .output();
      this.#floatNames.set(output, floatName);
    }
    this.#activationOf.set(output, parameter);
    this.#replaceDequantized(q.output(), output, scaleValue);
  }

  /** Everything behind an integer tensor up to DequantizeLinear works on floats now. */
  #replaceDequantized(integers: Value, float: Value, scale: Value): void {
    const graph = this.#graph;
    for (const { node, index } of integers.uses) {
      if (node.is('DequantizeLinear')) {
        const { name } = node.output();
        const multiple = this.#multiple(float, scale, node.input(1) as Value);
        graph.replaceAll(node.output(), multiple);
        graph.removeNode(node);
        // The shapes of values are known by name.
        if (multiple !== float && !graph.value(name)) graph.rename(multiple, name);
      } else {
        // Pad, Reshape, Max and the like on integers: the zero point that Pad fills in, or Min cuts off at, stands for 0.
        node.setInput(index, float);
        const zero = zeroPointInputs[node.op];
        if (zero !== undefined && node.input(zero)) {
          node.setInput(zero, graph.addInitializer('zero', { type: 'float32', dims: [], data: new Float32Array(1) }));
        }
        // What reads several integers is come to by each.
        if (this.#onIntegers.has(node)) continue;
        this.#onIntegers.add(node);
        const parameter = this.#activationOf.get(float);
        if (parameter) this.#activationOf.set(node.output(), parameter);
        this.#replaceDequantized(node.output(), node.output(), scale);
      }
    }
  }

  /** What integers stand for where another scale than their own reads them. */
  #multiple(float: Value, scale: Value, other: Value): Value {
    const [own, read] = [scale, other].map((value) => constantValue(value)?.data[0]);
    const parameter = this.#student.scales.get(scale.name);
    if (other === scale || typeof own !== 'number' || typeof read !== 'number' || !parameter) return float;
    const graph = this.#graph;
    const factor = read / own;
    this.#student.multiples.set(other.name, { parameter, factor });
    // The same scale written once more, as once for each channel.
    if (factor === 1) return float;
    const constant = graph.addInitializer(`${other.name}.factor`, {
      type: 'float32',
      dims: [],
      data: Float32Array.of(factor),
    });
    return graph.addNode({ op: 'Mul', name: `${other.name}.multiple`, inputs: [float, constant] }).output();
  }

  /** DynamicQuantizeLinear -> MatMulInteger -> Cast -> Mul by both scales: a product of fake-quantized floats. */
  #dynamicProduct(product: Node): void {
    const graph = this.#graph;
    const source = product.input(0)?.producer;
    const cast = product.output().uses[0]?.node;
    const scaled = cast?.is('Cast') ? cast.output().uses[0]?.node : undefined;
    const scales = scaled?.inputs.map((value) => value?.producer).find((node) => node !== cast);
    if (!source?.is('DynamicQuantizeLinear') || !scaled?.is('Mul') || !scales?.is('Mul')) return;
    const [stored, scale] = [storedIntegers(product.input(1)), scales.inputs.find((value) => value?.initializer)];
    if (!stored || !scale) return;
    const axis = (stored.initializer?.dims.length ?? 0) - 1;
    const slot = this.#slot(stored, scale, constantValue(product.input(3)), axis, [product]);
    if (!slot) return;
    const x = source.input(0) as Value;
    const fake = x.uses.map(({ node }) => node).find((node) => node.op === 'FakeQuantDynamic');
    const input =
      fake ??
      graph.addNode({
        op: 'FakeQuantDynamic',
        domain: fakeQuantDomain,
        name: `${x.name}.fake`,
        inputs: [x],
        attributes: { samples: { int: this.#batch } },
      });
    const inputs = [input.output(), this.#fakeWeight(slot)];
    this.#replace(scaled, graph.addNode({ op: 'MatMul', name: `${product.name}.float`, inputs }));
  }

  /** Gather of stored rows -> Cast -> Mul by their scales: rows of a fake-quantized table. */
  #table(gather: Node): void {
    const stored = storedIntegers(gather.input(0));
    const cast = gather.output().uses[0]?.node;
    const scaled = cast?.is('Cast') ? cast.output().uses[0]?.node : undefined;
    if (!stored || !scaled?.is('Mul') || gather.attrInt('axis', 0) !== 0) return;
    const factor = scaled.inputs.find((value) => value?.producer !== cast);
    const scale = factor?.producer?.is('Gather') ? factor.producer.input(0) : factor;
    if (!scale?.initializer) return;
    const slot = this.#slot(stored, scale, undefined, 0, [gather]);
    if (!slot) return;
    const inputs = [this.#fakeWeight(slot), gather.input(1)];
    this.#replace(scaled, this.#graph.addNode({ op: 'Gather', name: `${gather.name}.float`, inputs }));
  }

  /** Lets a node stand where integers are scaled back, under the name of what they give. */
  #replace(scaled: Node, by: Node): void {
    const graph = this.#graph;
    const { name } = scaled.output();
    graph.replaceAll(scaled.output(), by.output());
    graph.removeNode(scaled);
    if (!graph.value(name)) graph.rename(by.output(), name);
  }

  /** Cast -> Mul of integers that are only how a weight is stored. */
  #floatView(view: Node): void {
    const cast = view.input(0)?.producer;
    const [stored, scale] = [cast?.is('Cast') ? storedIntegers(cast.input(0)) : undefined, view.input(1)];
    if (!stored || !scale?.initializer) return;
    const dims = scale.initializer.dims.map(Number);
    const rank = stored.initializer?.dims.length ?? 0;
    const axis = dims.findIndex((dim) => dim > 1) + rank - dims.length;
    if (dims.filter((dim) => dim > 1).length > 1) return;
    const slot = this.#slot(stored, scale, undefined, axis, view.output().consumers);
    if (!slot) return;
    this.#graph.replaceAll(view.output(), this.#fakeWeight(slot));
    this.#graph.removeNode(view);
  }

  /** DequantizeLinear of an initializer; packed ones come through Cast. */
  #weight(dq: Node): void {
    const stored = storedIntegers(dq.input(0));
    if (!stored) return;
    if (dq.attrInt('block_size', 0) !== 0) return;
    const readers = dq.output().consumers;
    const slot = this.#slot(stored, dq.input(1) as Value, constantValue(dq.input(2)), dq.attrInt('axis', 1), readers);
    if (!slot) return;
    const fake = this.#fakeWeight(slot);
    this.#graph.replaceAll(dq.output(), fake);
    this.#graph.removeNode(dq);
  }

  #fakeWeight(slot: WeightSlot): Value {
    const graph = this.#graph;
    const fake = graph.addNode({
      op: 'FakeQuant',
      domain: fakeQuantDomain,
      name: `${slot.weight}.fake`,
      inputs: [graph.value(slot.weight), graph.value(slot.logScale)],
      attributes: {
        low: { float: slot.low },
        high: { float: slot.high },
        ...(slot.axis !== undefined && { axis: { int: slot.axis } }),
      },
    });
    this.#weightOf.set(fake.output(), slot);
    return fake.output();
  }

  #slot(
    stored: Value,
    scaleValue: Value,
    zero: ReturnType<typeof constantValue>,
    scaleAxis: number,
    readers: readonly Node[],
  ): WeightSlot | undefined {
    const scale = constantValue(scaleValue);
    const proto = stored.initializer as NonNullable<Value['initializer']>;
    if (scale?.type !== 'float32' || !readOnce(stored) || scaleValue.uses.length !== 1) return undefined;
    const scales = scale.data as Float32Array;
    const zeroPoint = Number(zero?.data[0] ?? 0);
    if (zero && (zero.data as Int8Array).some((value) => value !== zeroPoint)) return undefined;
    const dims = proto.dims.map(Number);
    const count = sizeOf(dims);
    const levels =
      proto.dataType === DataType.INT4
        ? unpackNibbles(tensorBytes(proto), count, true)
        : Int16Array.from(readTensor(proto).data as Int8Array, (level) => level - zeroPoint);
    const grid = this.#gridOf(levels);
    if (!grid) return undefined;
    const axis = scales.length > 1 ? (scaleAxis < 0 ? scaleAxis + dims.length : scaleAxis) : undefined;
    if (axis !== undefined && dims[axis] !== scales.length) return undefined;
    const name = stored.name.replace(/_(quantized|int4|quantized_int4)$/, '');
    const layout = { dims, axis, scales, ...grid };
    const float = this.#float.weight(name);
    const initial = startingPoint(float, levels, layout);
    const weight = this.#parameter('weight', name, dims, initial, float && closeTo(initial, float, layout));
    const shape = axis === undefined ? [] : [scales.length];
    const logScale = this.#parameter('weight-log-scale', `${name}.log-scale`, shape, scales.map(Math.log));
    const slot: WeightSlot = {
      integers: stored.name,
      scale: scaleValue.name,
      weight: weight.name,
      logScale: logScale.name,
      axis,
      ...grid,
      zeroPoint,
      dims,
      nodes: readers.map((node) => ({ name: node.name, op: node.is('MatMulInteger') ? 'MatMul' : node.op })),
    };
    this.#student.weights.push(slot);
    return slot;
  }

  /** The narrowest of the known grids that holds all levels. */
  #gridOf(levels: ArrayLike<number>): Levels | undefined {
    let [low, high] = [0, 0];
    for (let i = 0; i < levels.length; i++) {
      low = Math.min(low, levels[i] as number);
      high = Math.max(high, levels[i] as number);
    }
    return this.#grids.find((grid) => grid.low <= low && high <= grid.high);
  }

  /** DequantizeLinear of int32, its scale the product of the scales of the node's first two inputs. */
  #bias(dq: Node): void {
    const stored = dq.input(0);
    if (stored?.initializer?.dataType !== DataType.INT32) return;
    const uses = dq.output().uses;
    const [use] = uses;
    const input = use?.node.input(0);
    const activation = input && this.#parameterOf(input);
    const weight = use && this.#weightOf.get(use.node.input(1) as Value);
    const scaleValue = dq.input(1) as Value;
    if (uses.length !== 1 || !activation || !weight || stored.uses.length !== 1 || scaleValue.uses.length !== 1) {
      // The integers of the bias were made with these scales: they may not change under it.
      for (const name of [activation, weight?.logScale]) {
        const parameter = this.#student.parameters.find((each) => each.name === name);
        if (parameter) parameter.frozen = true;
      }
      return;
    }
    const integers = readTensor(stored.initializer).data as Int32Array;
    const scales = constantValue(scaleValue)?.data as Float32Array;
    const rounded = Float32Array.from(integers, (value, c) => value * (scales[scales.length === 1 ? 0 : c] as number));
    const name = stored.name.replace(/_quantized$/, '');
    const float = this.#float.bias(use.node.name, integers.length);
    const bias = this.#parameter('bias', name, [integers.length], rounded, float);
    const fake = this.#graph.addNode({
      op: 'FakeQuantBias',
      domain: fakeQuantDomain,
      name: `${dq.name}.fake`,
      inputs: [bias, this.#graph.value(activation), this.#graph.value(weight.logScale)],
    });
    this.#student.biases.push({
      integers: stored.name,
      scale: scaleValue.name,
      bias: bias.name,
      activationLogScale: activation,
      weightLogScale: weight.logScale,
    });
    this.#graph.replaceAll(dq.output(), fake.output());
    this.#graph.removeNode(dq);
  }

  /** The scale of the grid that a value is on, as it is or moved. */
  #parameterOf(value: Value): string | undefined {
    let current: Value | undefined = value;
    while (current && !this.#activationOf.has(current)) {
      const node: Node | undefined = current.producer;
      current = node?.is(...movers) ? node.input(0) : undefined;
    }
    return current && this.#activationOf.get(current);
  }

  /** Biases that stay float: of a convolution or Gemm, or added to a product. */
  #floatBias(node: Node): void {
    const weightOf = (product?: Node) => this.#weightOf.get(product?.input(1) as Value);
    let at: number | undefined;
    let weight: WeightSlot | undefined;
    if (node.is('Conv', 'Gemm', 'ConvTranspose')) [at, weight] = [2, weightOf(node)];
    if (node.is('Add')) {
      const product = node.inputs.findIndex((value) => value?.producer?.is('MatMul') && weightOf(value.producer));
      if (product >= 0) [at, weight] = [1 - product, weightOf(node.input(product)?.producer)];
    }
    const value = weight && node.input(at as number);
    if (!weight || !value?.initializer || value.initializer.dataType !== DataType.FLOAT || value.uses.length !== 1)
      return;
    const { dims, data } = readTensor(value.initializer);
    const parameter = this.#parameter('bias', value.name, dims, Float32Array.from(data as Float32Array));
    this.#student.floats.set(value.name, parameter.name);
    this.#student.addends.set(parameter.name, weight);
    node.setInput(at as number, parameter);
  }
}
