import { constantValue } from '../../onnx/constants.ts';
import type { Graph } from '../../onnx/graph.ts';
import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';
import type { Operator } from '../../ops/row.ts';
import { dataInputs, dataOutputs, operatorOf } from '../../ops/table.ts';
import type { TensorInfo } from '../../tensor.ts';

/** Element types and shapes of a model's values, by name, as ONNX Runtime infers them. */
export type ValueInfo = Pick<TensorInfo, 'type' | 'dims'>;
export type ValueInfos = ReadonlyMap<string, ValueInfo>;

/**
 * What is quantized or left float as one: an operator, with the Add of its bias (MatMul) and with the clamp that its
 * output's range takes in. Q and DQ never go between its nodes.
 */
export interface Unit {
  /** The node that computes. */
  readonly head: Node;
  /** Undefined for operators that the table does not know. */
  readonly operator: Operator | undefined;
  readonly biasAdd?: Node;
  /** Relu or Clip behind it; only where its bounds contain zero. */
  readonly clamp?: Node;
  readonly clampRange?: readonly [low: number, high: number];
  /** Activations that it reads; constants among them included. */
  readonly inputs: readonly UnitInput[];
  /** What the outside reads. */
  readonly outputs: readonly Value[];
  /** The constant weight of a weighted operator. */
  readonly weight?: { value: Value; input: number };
  readonly bias?: Value;
}

export interface UnitInput {
  readonly index: number;
  readonly value: Value;
  readonly constant: boolean;
}

/** The units of a graph and where each node and value belongs. */
export interface Units {
  readonly all: readonly Unit[];
  of(node: Node): Unit;
  /** The unit that computes a value; undefined for graph inputs and constants. */
  producing(value: Value): Unit | undefined;
  /** The units that read a value as an activation; nodes that read it otherwise (indices, shapes) come as undefined. */
  reading(value: Value): readonly (Unit | undefined)[];
}

/** Whether a float32 value is a constant of the graph. */
export const isConstant = (value: Value | undefined): value is Value => value?.initializer !== undefined;

/**
 * Groups a graph's nodes into units.
 *
 * @param foldClamps the target's activations are asymmetric, so that a clamp is a range
 */
export function unitsOf(graph: Graph, foldClamps: boolean): Units {
  const byNode = new Map<Node, Unit>();
  const all: Unit[] = [];
  for (const head of graph.nodes) {
    if (byNode.has(head)) continue;
    const unit = makeUnit(head, foldClamps);
    for (const node of [head, unit.biasAdd, unit.clamp]) if (node) byNode.set(node, unit);
    all.push(unit);
  }
  return {
    all,
    of: (node) => byNode.get(node) as Unit,
    producing: (value) => value.producer && byNode.get(value.producer),
    reading: (value) =>
      value.uses.map(({ node, index }) => {
        const unit = byNode.get(node);
        return unit?.inputs.some((input) => input.index === index && unit.head === node) ? unit : undefined;
      }),
  };
}

function makeUnit(head: Node, foldClamps: boolean): Unit {
  const operator = operatorOf(head);
  if (!operator) return { head, operator, inputs: [], outputs: head.outputs.filter((value) => value !== undefined) };
  const weightInput = operator.weight?.input;
  const weightValue = weightInput === undefined ? undefined : head.input(weightInput);
  const weight =
    weightInput !== undefined && isConstant(weightValue) ? { value: weightValue, input: weightInput } : undefined;
  const inputs = dataInputs(head, operator).flatMap((index): UnitInput[] => {
    const value = head.input(index);
    return value && index !== weight?.input ? [{ index, value, constant: isConstant(value) }] : [];
  });
  let outputs = dataOutputs(head, operator).flatMap((index) => head.outputs[index] ?? []);
  let bias = operator.bias === undefined ? undefined : head.input(operator.bias);
  let biasAdd: Node | undefined;
  if (head.is('MatMul') && weight) {
    const added = biasAddOf(head, weight.value);
    if (added) {
      ({ add: biasAdd, bias } = added);
      outputs = [biasAdd.output()];
    }
  }
  let clamp: Node | undefined;
  let clampRange: readonly [number, number] | undefined;
  const requantizes = ['weighted', 'elementwise', 'activation', 'pool', 'concat', 'select'].includes(operator.kind);
  if (foldClamps && requantizes && outputs.length === 1) {
    const found = clampOf(outputs[0] as Value);
    if (found) {
      ({ node: clamp, range: clampRange } = found);
      outputs = [clamp.output()];
    }
  }
  return {
    head,
    operator,
    inputs,
    outputs,
    ...(biasAdd && { biasAdd }),
    ...(clamp && { clamp }),
    ...(clampRange && { clampRange }),
    ...(weight && { weight }),
    ...(bias && { bias }),
  };
}

/** The only reader of a value that no graph returns. */
export function soleUse(value: Value) {
  return value.uses.length === 1 && !value.isGraphOutput ? value.uses[0] : undefined;
}

function biasAddOf(matmul: Node, weight: Value): { add: Node; bias: Value } | undefined {
  const use = soleUse(matmul.output());
  if (!use?.node.is('Add') || use.node.graph !== matmul.graph) return undefined;
  const bias = use.node.input(1 - use.index);
  if (!isConstant(bias)) return undefined;
  // A weight of several matrices has no Gemm that its bias could go into.
  if (weight.initializer!.dims.length > 2) return undefined;
  const dims = bias.initializer!.dims.map(Number);
  const columns = Number(weight.initializer!.dims.at(-1));
  const isVector = dims.at(-1) === columns && dims.slice(0, -1).every((dim) => dim === 1);
  // A bias of higher rank than the product would add dimensions to the output.
  return isVector && dims.length <= weight.initializer!.dims.length ? { add: use.node, bias } : undefined;
}

function clampOf(value: Value): { node: Node; range: readonly [number, number] } | undefined {
  const use = soleUse(value);
  if (use?.index !== 0 || use.node.graph !== value.graph) return undefined;
  const range = clampBounds(use.node);
  return range && range[0] <= 0 && range[1] >= 0 ? { node: use.node, range } : undefined;
}

/** The bounds of Relu, or of Clip with constant bounds (opset 11 and later). */
export function clampBounds(node: Node): readonly [low: number, high: number] | undefined {
  if (node.is('Relu')) return [0, Infinity];
  if (!node.is('Clip')) return undefined;
  const bound = (index: number, fallback: number) => {
    const value = node.input(index);
    return value ? constantValue(value)?.data[0] : fallback;
  };
  const low = bound(1, -Infinity);
  const high = bound(2, Infinity);
  return typeof low === 'number' && typeof high === 'number' ? [low, high] : undefined;
}
