import type { QuantizationParameters } from '../../calibrate/error.ts';
import { parametersFor } from '../../calibrate/error.ts';
import type { Graph } from '../../onnx/graph.ts';
import type { OnnxModel } from '../../onnx/model.ts';
import type { Node } from '../../onnx/node.ts';
import { removeDeadCode } from '../../onnx/passes/remove-dead-code.ts';
import { DataType } from '../../onnx/proto.ts';
import { packNibbles, rawTensorProto, readTensor } from '../../onnx/tensor.ts';
import type { Value } from '../../onnx/value.ts';
import { sharesScale } from '../../ops/row.ts';
import { operatorOf } from '../../ops/table.ts';
import type { RawOutput } from '../recover/bias-correction.ts';
import { WeightCache } from '../weight-cache.ts';
import { biasFloor, type QuantizedTensor, quantizeBias, quantizeWeights } from '../weights.ts';
import { keepFloatWeights } from './float-weights.ts';
import { needsOutputQ, type Plan, quantizedInputs } from './plan.ts';
import {
  addDequantize,
  addPair,
  addParameters,
  addQuantize,
  addTensorParameters,
  nameAfter,
  type Quantized,
} from './qdq.ts';
import type { Unit, ValueInfos } from './units.ts';
import { type RoundingChoices, rounded, roundingOf } from './weight-rounding.ts';
import { writerOf } from './writers.ts';

export interface EmitOptions extends RoundingChoices {
  infos: ValueInfos;
  /** Scale and zero point of each root activation, by name. */
  parameters: ReadonlyMap<string, QuantizationParameters>;
  /** Scales of weights by name, where training or a search found them. */
  weightScales?: ReadonlyMap<string, Float32Array>;
  /** Holds weights that other candidates rounded. */
  cache?: WeightCache;
}

/**
 * Writes Q/DQ, integer weights and biases into a model: the plan made of this very graph becomes the quantized model. The
 * graph is changed in place.
 *
 * @returns where each weighted unit, by its head's name in the plan, writes its result before it is clamped and quantized
 */
export function emitStatic(model: OnnxModel, plan: Plan, options: EmitOptions): Map<string, RawOutput> {
  const raw = new Emitter(model.graph, plan, options).run();
  removeDeadCode(model);
  return raw;
}

class Emitter {
  readonly #graph: Graph;
  readonly #plan: Plan;
  readonly #options: EmitOptions;
  readonly #quantized = new Map<Value, Quantized>();
  readonly #shared = new Map<Value, Omit<Quantized, 'q' | 'dq'>>();
  readonly #weights = new Map<string, { dq: Value; quantized: QuantizedTensor }>();
  readonly #cache = new WeightCache(0);
  readonly #raw = new Map<string, RawOutput>();
  readonly #reshaped = new Map<Value, Value>();
  /** Dimensions of what each unit reads first; 0 where they are not known. */
  readonly #ranks = new Map<Unit, number>();
  /** Where a unit's computing node became another one. */
  readonly #heads = new Map<Unit, Node>();

  constructor(graph: Graph, plan: Plan, options: EmitOptions) {
    this.#graph = graph;
    this.#plan = plan;
    this.#options = options;
  }

  run(): Map<string, RawOutput> {
    const { decisions, units, target } = this.#plan;
    // What the edges are, before any of them is changed.
    const integer = [...decisions.values()].filter(({ mode }) => mode === 'integer').map(({ unit }) => unit);
    const reads = integer.map((unit) => ({ unit, inputs: quantizedInputs(unit, units, target) }));
    const writes = new Map<Value, Unit>();
    if (target.placement === 'groups') {
      for (const unit of integer) {
        for (const value of unit.outputs) if (needsOutputQ(unit, value, units, decisions)) writes.set(value, unit);
      }
    }
    for (const { unit } of reads) {
      // An output of the model has another name afterwards.
      const read = unit.inputs[0];
      if (read) this.#ranks.set(unit, this.#options.infos.get(read.value.name)?.dims.length ?? 0);
    }
    for (const [value, root] of this.#plan.activations) {
      if (value.initializer) continue;
      this.#quantize(value, root, writes.get(value));
    }
    for (const { unit, inputs } of reads) {
      for (const { index, value, constant } of inputs) {
        unit.head.setInput(index, constant ? this.#constant(unit, value) : this.#quantized.get(value)!.dq);
      }
    }
    for (const [value, unit] of writes) this.#write(unit, value);
    for (const { unit } of reads) this.#joinBias(unit);
    for (const { unit } of reads) if (unit.weight) this.#weighted(unit);
    if (target.provider === 'cpu') keepFloatWeights(this.#graph, this.#plan);
    return this.#raw;
  }

  /** Puts Q and DQ on a value. Where integers are computed, everybody reads them from here on. */
  #quantize(value: Value, root: Value, producer: Unit | undefined): void {
    const graph = this.#graph;
    const { parameters, ...written } = this.#scale(root);
    const raw = producer?.clamp ? (producer.clamp.input(0) as Value) : value;
    const name = value.name;
    const q = addQuantize(graph, name, undefined, written);
    const dq = addDequantize(graph, name, q.output(), written);
    if (producer) {
      graph.replaceAll(value, dq);
      q.setInput(0, raw);
      if (producer.clamp) graph.removeNode(producer.clamp);
    } else q.setInput(0, value);
    this.#quantized.set(value, { q: q.output(), dq, ...written, parameters });
  }

  /**
   * Where less is quantized than when the ranges were chosen, a value may have become a root of its own: it has the scale of the
   * value that it is moved from, or of the concatenation that it was computed for.
   */
  #parametersOf(root: Value): QuantizationParameters {
    const { parameters } = this.#options;
    const { units } = this.#plan;
    const upwards = (value: Value): QuantizationParameters | undefined => {
      const producer = units.producing(value);
      const source = producer && sharesScale(producer) ? producer.inputs[0]?.value : undefined;
      return parameters.get(value.name) ?? (source && upwards(source)) ?? downwards(value);
    };
    const downwards = (value: Value): QuantizationParameters | undefined => {
      const joined = units.reading(value).find((unit) => unit?.operator?.kind === 'concat')?.outputs[0];
      return joined && (parameters.get(joined.name) ?? downwards(joined));
    };
    const found = upwards(root);
    if (!found) throw new Error(`no scale for '${root.name}'`);
    return found;
  }

  /** Once for all that share a scale: an output has another name afterwards. */
  #scale(root: Value): Omit<Quantized, 'q' | 'dq'> {
    let shared = this.#shared.get(root);
    if (!shared) {
      const parameters = this.#parametersOf(root);
      const written = addTensorParameters(this.#graph, root.name, parameters, this.#plan.target.activation);
      shared = { ...written, parameters };
      this.#shared.set(root, shared);
    }
    return shared;
  }

  /** A constant operand of an elementwise operator, on the activations' grid with its own scale. */
  #constant(unit: Unit, value: Value): Value {
    const known = this.#quantized.get(value);
    if (known) return known.dq;
    const grid = this.#plan.target.activation;
    const { data, dims } = readTensor(value.initializer!);
    const floats = data as Float32Array;
    let [min, max] = [0, 0];
    for (const x of floats) {
      if (!Number.isFinite(x)) throw new Error(`constant '${value.name}' of ${unit.head.name} is not finite`);
      min = Math.min(min, x);
      max = Math.max(max, x);
    }
    const parameters = parametersFor([min, max], grid);
    const quantized = quantizeWeights(floats, dims, {
      axis: undefined,
      grid: { ...grid, zeroPoint: parameters.zeroPoint },
      scales: Float32Array.of(parameters.scale),
    });
    const dq = this.#dequantize(value.name, quantized);
    this.#quantized.set(value, { ...dq, parameters });
    return dq.dq;
  }

  /** The integers of a constant with the DequantizeLinear that reads them. */
  #dequantize(
    name: string,
    { values, dims, axis, scales, zeroPoint, grid }: QuantizedTensor,
  ): Omit<Quantized, 'parameters'> {
    const graph = this.#graph;
    const four = grid.qmin >= -8 && grid.qmax <= 7 && values instanceof Int8Array;
    let q: Value;
    if (four) {
      // Half the bytes in the file; ONNX Runtime folds the Cast when it loads, and the int8 kernels see int8.
      const packed = rawTensorProto(DataType.INT4, dims, packNibbles(values));
      const stored = graph.addInitializer(nameAfter(name, 'int4'), packed);
      q = graph
        .addNode({
          op: 'Cast',
          name: nameAfter(name, 'Cast'),
          inputs: [stored],
          outputs: [nameAfter(name, 'quantized')],
          attributes: { to: DataType.INT8 },
        })
        .output();
    } else {
      const type = values instanceof Uint8Array ? 'uint8' : 'int8';
      q = graph.addInitializer(nameAfter(name, 'quantized'), { type, dims, data: values });
    }
    const perAxis = axis !== undefined;
    const parameters = addParameters(graph, name, scales, perAxis ? [scales.length] : [], zeroPoint, grid);
    const dq = addDequantize(graph, name, q, parameters, axis);
    return { q, dq, ...parameters };
  }

  #weighted(unit: Unit): void {
    const head = this.#heads.get(unit) ?? unit.head;
    const { target } = this.#plan;
    const weight = unit.weight!.value;
    const input = unit.inputs[0]!.value;
    const activation = this.#quantized.get(input)?.parameters;
    const biasInput = operatorOf(head)?.bias;
    const bias = biasInput === undefined ? undefined : head.input(biasInput);
    const biasData = bias && (readTensor(bias.initializer!).data as Float32Array);
    const integerBias = target.quantizeBias && biasData !== undefined && activation !== undefined;
    const floor = integerBias ? biasFloor(biasData, activation.scale) : undefined;
    this.#noteRaw(unit, head);
    const { dq, quantized } = this.#weight(unit, weight, floor);
    head.setInput(unit.weight!.input, dq);
    if (!integerBias) return;
    const { values, scales } = quantizeBias(biasData, activation.scale, quantized.scales);
    const graph = this.#graph;
    const name = bias!.name;
    const stored = graph.addInitializer(nameAfter(name, 'quantized'), {
      type: 'int32',
      dims: [values.length],
      data: values,
    });
    const scale = graph.addInitializer(nameAfter(name, 'scale'), {
      type: 'float32',
      dims: [values.length],
      data: scales,
    });
    // Without zero points a channel takes 4 bytes less.
    const dequantized = addDequantize(graph, name, stored, { scale }, 0);
    head.setInput(biasInput!, dequantized);
  }

  #noteRaw(unit: Unit, head: Node): void {
    const name = unit.head.name;
    if (head.is('Conv')) {
      this.#raw.set(name, { value: head.output().name, rank: unit.weight!.value.initializer!.dims.length, axis: 1 });
    } else if (head.is('Gemm')) this.#raw.set(name, { value: head.output().name, rank: 2, axis: 1 });
    else if (unit.biasAdd) {
      const value = unit.biasAdd.output().name;
      const rank = this.#options.infos.get(value)?.dims.length;
      if (rank) this.#raw.set(name, { value, rank, axis: rank - 1 });
    }
  }

  #weight(unit: Unit, value: Value, floor: Float64Array | undefined): { dq: Value; quantized: QuantizedTensor } {
    const { weightScales, cache = this.#cache } = this.#options;
    const dims = value.initializer!.dims.map(Number);
    const how = roundingOf(unit, this.#plan.target, this.#options);
    const { axis, grid } = how;
    const scales = weightScales?.get(value.name);
    const make = (leastScales?: Float64Array) => {
      if (!scales) {
        const plain = rounded(value.initializer!, how, cache);
        if (!leastScales?.some((x, c) => x > plain.scales[c]!)) return plain;
      }
      return quantizeWeights(readTensor(value.initializer!).data as Float32Array, dims, {
        ...how,
        ...(scales && { scales }),
        ...(leastScales && { leastScales }),
      });
    };
    const key = JSON.stringify([value.name, axis, grid]);
    const known = this.#weights.get(key);
    // A single scale serves all channels, so the largest floor counts; tied weights share unless a floor forbids it.
    const least = floor && axis === undefined ? Float64Array.of(floor.reduce((a, b) => Math.max(a, b), 0)) : floor;
    if (known && !least?.some((x, c) => x > known.quantized.scales[c]!)) return known;
    const quantized = make(least);
    const made = { dq: this.#dequantize(value.name, quantized).dq, quantized };
    if (!known) this.#weights.set(key, made);
    return made;
  }

  /** What is left to do for an operator that has no integer kernel of its own. */
  #write(unit: Unit, output: Value): void {
    const write = writerOf(unit.head);
    if (!write) return;
    const { value } = unit.inputs[0]!;
    const [x, y] = [this.#quantized.get(value)!, this.#quantized.get(output)!];
    const rank = this.#ranks.get(unit) ?? 0;
    const writes = write(unit.head, { graph: this.#graph, target: this.#plan.target, x, y, rank });
    if (writes === 'integers') this.#writesIntegers(unit, y);
  }

  /** What a unit writes are integers already: nothing is left to round. */
  #writesIntegers({ head }: Unit, out: Quantized): void {
    const q = out.q.producer as Node;
    const raw = head.output();
    raw.info = undefined;
    this.#graph.replaceUses(q.output(), raw);
    this.#graph.removeNode(q);
  }

  /**
   * MatMul and the Add of its bias become one Gemm, so that the bias is summed in int32 (QGemm); inputs of more than two
   * dimensions are reshaped around it. Where two of the leading dimensions are unknown the pair stays as it is.
   */
  #joinBias(unit: Unit): void {
    const { head, biasAdd, bias } = unit;
    const input = unit.inputs[0]!.value;
    const dims = this.#options.infos.get(input.name)?.dims;
    if (!biasAdd || !bias || !this.#plan.target.quantizeBias || !dims || dims.length < 2) return;
    const leading = dims.slice(0, -1);
    if (leading.filter((dim) => typeof dim !== 'number').length > 1) return;
    const graph = this.#graph;
    // The input's last dimension may be unknown, where its shape is computed: it is that of the weight.
    const [size, columns] = unit.weight!.value.initializer!.dims.map(Number) as [number, number];
    const vector = graph.addInitializer(bias.name, {
      type: 'float32',
      dims: [columns],
      data: readTensor(bias.initializer!).data,
    });
    const activation = this.#quantized.get(input)!;
    if (leading.length === 1) {
      biasAdd.op = 'Gemm';
      biasAdd.setInputs([activation.dq, unit.weight!.value, vector]);
      graph.removeNode(head);
      this.#heads.set(unit, biasAdd);
      return;
    }
    const rows = this.#reshape(input, activation, [-1, size]);
    head.op = 'Gemm';
    head.setInputs([rows, unit.weight!.value, vector]);
    const output = this.#quantized.get(unit.outputs[0]!);
    // The product with its bias, in rows: no longer what the float model calls by that name.
    const product = head.output();
    product.info = undefined;
    graph.rename(product, graph.freshName(`${biasAdd.output().name}_rows`));
    const quantized = output ? addPair(graph, product, output) : product;
    const shape = BigInt64Array.from([...leading.map((dim) => (typeof dim === 'number' ? dim : -1)), columns], BigInt);
    biasAdd.op = 'Reshape';
    biasAdd.setInputs([
      quantized,
      graph.addInitializer(`${head.name}_shape`, { type: 'int64', dims: [shape.length], data: shape }),
    ]);
  }

  /** A quantized activation with its leading dimensions joined, once for all that read it. */
  #reshape(value: Value, activation: Quantized, shape: readonly number[]): Value {
    const known = this.#reshaped.get(value);
    if (known) return known;
    const graph = this.#graph;
    const target = graph.addInitializer(`${value.name}_rows_shape`, {
      type: 'int64',
      dims: [shape.length],
      data: BigInt64Array.from(shape, BigInt),
    });
    const reshaped = graph
      .addNode({ op: 'Reshape', name: `${value.name}_rows`, inputs: [activation.dq, target] })
      .output();
    const made = addPair(graph, reshaped, activation);
    this.#reshaped.set(value, made);
    return made;
  }
}
