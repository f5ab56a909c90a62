import type { Graph } from '../../onnx/graph.ts';
import { readTensor, sharedBytes } from '../../onnx/tensor.ts';
import type { Value } from '../../onnx/value.ts';
import { sharesScale } from '../../ops/row.ts';
import type { Target } from '../../targets/target.ts';
import { isSoftened, masks } from '../attention-scores.ts';
import { keepFloatWhy } from '../keep-float.ts';
import { logarithmic, reachesLog } from '../reaches-log.ts';
import { soleUse, type Unit, type Units, unitsOf, type ValueInfos } from './units.ts';

/**
 * How a unit runs.
 * - integer: activations and weights quantized ahead of time, an integer kernel
 * - dynamic: between float operators: left to what finds the activation's scale at run time (DynamicQuantizeMatMul)
 * - float: as it was
 */
export type Mode = 'integer' | 'dynamic' | 'float';

export interface Decision {
  unit: Unit;
  mode: Mode;
  /** Why it is not integer. */
  why?: string;
}

/** Which units are quantized and which activations carry Q/DQ. Made from the graph alone; calibration fills in numbers. */
export interface Plan {
  readonly target: Target;
  readonly units: Units;
  readonly infos: ValueInfos;
  readonly decisions: ReadonlyMap<Unit, Decision>;
  /** The values that are quantized, each with the value whose scale it uses (itself, or one of those it is moved from). */
  readonly activations: ReadonlyMap<Value, Value>;
  /** Nodes that were to stay float, weights included, with the reason. */
  readonly floatNodes: ReadonlyMap<string, string>;
}

/** The units with a weight that run in an integer kernel, in the order of computation. */
export function integerLayers({ decisions }: Plan): Unit[] {
  return [...decisions.values()].flatMap(({ unit, mode }) => (mode === 'integer' && unit.weight ? [unit] : []));
}

export interface PlanOptions {
  target: Target;
  /** Node names or globs, or operator types, that stay float. */
  keepFloat?: readonly string[];
  /** Nodes that stay float, with the reason: what searches and checks found. */
  floatNodes?: ReadonlyMap<string, string>;
  /** Nodes that are not to run in static integer kernels, with the reason; what becomes of their weights is open. */
  slowNodes?: ReadonlyMap<string, string>;
}

export function planStatic(graph: Graph, infos: ValueInfos, options: PlanOptions): Plan {
  const { target } = options;
  const units = unitsOf(graph, target.activation.zeroPoint === undefined);
  const decisions = new Map<Unit, Decision>();
  for (const unit of units.all) {
    const why =
      keepFloatWhy(options.keepFloat ?? [], [unit.head, unit.biasAdd, unit.clamp]) ??
      options.floatNodes?.get(unit.head.name) ??
      options.slowNodes?.get(unit.head.name) ??
      blockedWhy(unit, infos, options);
    decisions.set(unit, why === undefined ? { unit, mode: 'integer' } : { unit, mode: 'float', why });
  }
  if (target.placement === 'groups') settleGroups(units, decisions);
  else settleInputs(units, decisions);
  if (target.provider === 'cpu') chooseIslands(units, decisions);
  const activations = quantizedValues(units, decisions, target);
  return { target, units, infos, decisions, activations, floatNodes: options.floatNodes ?? new Map() };
}

/** Why a unit cannot be integer, looking at itself alone. */
function blockedWhy(unit: Unit, infos: ValueInfos, { target }: PlanOptions): string | undefined {
  const { head, operator } = unit;
  if (!operator) return `${head.domain ? `${head.domain}:` : ''}${head.op} is not in the operator table`;
  const kernel = operator.kernels[target.kernels];
  if (kernel === undefined) return operator.why ?? `no integer kernel for ${head.op} on ${target.name}`;
  const blocked = operator.blocked?.(head, target.kernels, (value) => infos.get(value?.name ?? '')?.dims);
  if (blocked !== undefined) return blocked;
  if (unit.outputs.length === 0) return 'it has no output that is read';
  for (const value of [...unit.inputs.map((input) => input.value), ...unit.outputs]) {
    const type = infos.get(value.name)?.type ?? value.staticInfo.type;
    if (type !== 'float32')
      return type === undefined ? `the type of ${value.name} is not known` : `it works on ${type}`;
    if (value.sparseInitializer) return `its constant ${value.name} is sparse`;
  }
  const constants = unit.inputs.filter(({ constant }) => constant).map(({ value }) => value);
  const unbounded = [...constants, unit.bias].find((value) => value?.initializer && !allFinite(value));
  if (unbounded) return `its constant ${unbounded.name} is not finite, as of a mask: no scale holds that`;
  const mask = head.is('Add', 'Where') && isSoftened(head) ? constants.find(masks) : undefined;
  if (mask) return `its constant ${mask.name} masks: a scale that holds that has no levels for the rest`;
  if (operator.kind === 'weighted') {
    if (unit.weight) {
      if (unit.weight.value.staticInfo.type !== 'float32')
        return `its weight is ${unit.weight.value.staticInfo.type ?? 'of another type'}`;
      if (!weightIsFinite(unit.weight.value)) return 'its weight holds NaN or infinity';
      // It would be stored twice.
      if (unit.weight.value.isGraphOutput) return 'its weight is an output of the model';
      const dims = unit.weight.value.initializer!.dims.map(Number);
      if (dims.length < 2) return 'its weight is a vector: nothing to win';
      // ONNX Runtime's integer kernels leave the output as it was in memory, where FP32's write zeros.
      if (dims.includes(0)) return 'its weight has no elements';
      if (
        target.minChannels > 0 &&
        Math.min(dims[0] as number, dims[1] as number) < target.minChannels &&
        !depthwise(unit)
      ) {
        return `fewer than ${target.minChannels} channels: FP32 is faster on ${target.name}`;
      }
      if (reachesLog(head)) return logarithmic;
    } else if (!head.is('MatMul')) return 'its weight is computed at run time';
    if (unit.bias && !unit.bias.initializer) return 'its bias is computed at run time';
    if (
      head.is('Gemm') &&
      unit.bias &&
      unit.bias.initializer!.dims.length > 1 &&
      Number(unit.bias.initializer!.dims[0]) > 1
    ) {
      return 'its bias differs by row';
    }
  } else if (unit.inputs.every((input) => input.constant)) {
    // The indices of a Gather, and other inputs that say what to move, are none of these.
    return operator.kind === 'pass-through' ? 'what it moves is constant' : 'all its inputs are constants';
  }
  return undefined;
}

/** Whether a constant holds neither NaN nor infinity. */
function allFinite({ initializer }: Value): boolean {
  const { data } = readTensor(initializer!);
  return !(data instanceof Float32Array) || data.every(Number.isFinite);
}

const finiteWeights = new WeakMap<object, boolean>();

/** The same of a weight, which copies of the model share and that is read once. */
function weightIsFinite(value: Value): boolean {
  const key = sharedBytes(value.initializer!) ?? value.initializer!;
  const known = finiteWeights.get(key) ?? allFinite(value);
  finiteWeights.set(key, known);
  return known;
}

function depthwise({ head, weight }: Unit): boolean {
  return Number(weight?.value.initializer?.dims[1]) === 1 && head.attrInt('group', 1) > 1;
}

const isAnchor = ({ operator, weight }: Unit) => operator?.kind === 'weighted' && weight !== undefined;

/**
 * CPU: only whole groups become integer. Operators with constant weights stand; the others stay integer only between
 * integer neighbours, since Q and DQ around a lone operator cost more than it saves. Starts from all and takes away until
 * nothing changes, so that a chain of residual additions holds itself up.
 */
function settleGroups(units: Units, decisions: Map<Unit, Decision>): void {
  const integer = (unit: Unit | undefined) => unit !== undefined && decisions.get(unit)?.mode === 'integer';
  /** Something behind the unit, through operators that only move data, computes in integers. */
  const feedsInteger = (unit: Unit): boolean =>
    unit.outputs.some((value) =>
      units.reading(value).some((reader) => {
        if (!reader || !integer(reader)) return false;
        return reader.operator?.kind === 'pass-through' ? feedsInteger(reader) : true;
      }),
    );
  /** Whether nobody but what only moves its result asks a unit for integers, and it could as well write float. */
  const mayWriteFloat = (unit: Unit | undefined): boolean => {
    if (unit === undefined || !integer(unit)) return false;
    if (unit.operator?.kind === 'pass-through') return mayWriteFloat(units.producing(unit.inputs[0]!.value));
    return unit.operator?.floatOutput === true && !unit.clamp && !feedsInteger(unit);
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const unit of units.all) {
      if (!integer(unit) || isAnchor(unit)) continue;
      const floatInput = unit.inputs.find((input) => !input.constant && !integer(units.producing(input.value)));
      let why: string | undefined;
      if (floatInput) {
        const producer = units.producing(floatInput.value);
        why = `its input ${floatInput.value.name} is float (${producer ? producer.head.op : 'graph input'})`;
      } else if (unit.operator?.kind === 'pass-through') {
        if (mayWriteFloat(unit)) why = 'what reads it is float, and so may be what it moves';
      } else if (!unit.operator?.floatOutput && !feedsInteger(unit)) why = 'what reads it is float';
      if (why === undefined) continue;
      decisions.set(unit, { unit, mode: 'float', why });
      changed = true;
    }
  }
}

/**
 * TensorRT: Q/DQ on the inputs of operators that gain; the compiler moves them through data movement and fuses the rest.
 * A residual Add takes part where one operand comes straight from a weighted operator: the other one is quantized.
 */
function settleInputs(units: Units, decisions: Map<Unit, Decision>): void {
  for (const unit of units.all) {
    if (decisions.get(unit)?.mode !== 'integer' || isAnchor(unit)) continue;
    const why = whyNotOnInputs(unit, units);
    if (why !== undefined) decisions.set(unit, { unit, mode: 'float', why });
  }
}

function whyNotOnInputs(unit: Unit, units: Units): string | undefined {
  switch (unit.operator?.kind) {
    case 'pass-through':
      return 'moves data: the compiler moves Q and DQ through it';
    case 'elementwise': {
      const fused = unit.inputs.filter(({ value }) => residualBranch(value, units));
      return fused.length > 0 && unit.inputs.length === 2 && !unit.inputs.some((input) => input.constant)
        ? undefined
        : 'no weighted operator before it to be fused with';
    }
    case 'concat':
      return 'the compiler fuses it where its inputs share a scale';
    default:
      return undefined;
  }
}

/** Whether a value comes straight from a convolution or product and goes nowhere else: the branch that fuses with the Add. */
export function residualBranch(value: Value, units: Units): boolean {
  const producer = units.producing(value);
  return producer !== undefined && isAnchor(producer) && value.uses.length === 1 && !value.isGraphOutput;
}

/**
 * A MatMul or Gemm between float operators gains nothing from a scale that was fixed before: DynamicQuantizeMatMul does
 * quantization, product, scale and bias in one kernel, is as fast, and its range is that of the very tensor.
 */
function chooseIslands(units: Units, decisions: Map<Unit, Decision>): void {
  const integer = (unit: Unit | undefined) => unit !== undefined && decisions.get(unit)?.mode === 'integer';
  for (const unit of units.all) {
    if (!integer(unit) || !isAnchor(unit) || !unit.head.is('MatMul', 'Gemm')) continue;
    if (unit.weight!.value.initializer!.dims.length !== 2) continue;
    const input = unit.inputs[0]!.value;
    const alone =
      !integer(units.producing(input)) &&
      !units
        .reading(input)
        .some((reader) => reader !== unit && integer(reader) && !isIsland(reader as Unit, units, decisions)) &&
      !units.reading(unit.outputs[0] as Value).some(integer);
    if (alone) decisions.set(unit, { unit, mode: 'dynamic' });
  }
}

function isIsland(unit: Unit, units: Units, decisions: ReadonlyMap<Unit, Decision>): boolean {
  return (
    unit.head.is('MatMul', 'Gemm') &&
    isAnchor(unit) &&
    !units.reading(unit.outputs[0] as Value).some((reader) => reader && decisions.get(reader)?.mode === 'integer')
  );
}

/** The values that carry Q/DQ, each with the root whose scale it shares. */
function quantizedValues(units: Units, decisions: ReadonlyMap<Unit, Decision>, target: Target): Map<Value, Value> {
  const parent = new Map<Value, Value>();
  const find = (value: Value): Value => {
    let root = value;
    for (let next = parent.get(root); next && next !== root; next = parent.get(root)) root = next;
    return root;
  };
  const groups = target.placement === 'groups';
  for (const { unit, mode } of decisions.values()) {
    if (mode !== 'integer') continue;
    for (const { value } of quantizedInputs(unit, units, target)) if (!parent.has(value)) parent.set(value, value);
    if (!groups) continue;
    for (const value of unit.outputs) {
      if (parent.has(value)) continue;
      if (needsOutputQ(unit, value, units, decisions)) parent.set(value, value);
    }
  }
  for (const { unit, mode } of decisions.values()) {
    if (mode !== 'integer' || !sharesScale(unit) || !groups) continue;
    // What is only moved keeps the scale of where it came from.
    for (const { value } of unit.inputs) {
      for (const output of unit.outputs) if (parent.has(output)) parent.set(find(output), find(value));
    }
  }
  for (const { unit, mode } of decisions.values()) {
    if (unit.operator?.kind !== 'concat') continue;
    const inputs = unit.inputs.map(({ value }) => value).filter((value) => parent.has(value));
    const alike = target.equalConcat
      ? inputs
      : mode === 'integer'
        ? inputs.filter((value) => joinsFreely(value, unit, units))
        : [];
    const root = target.equalConcat ? inputs[0] : unit.outputs[0];
    for (const value of alike) parent.set(find(value), find(root as Value));
  }
  return new Map([...parent.keys()].map((value) => [value, find(value)]));
}

/**
 * Whether an input of a concatenation is to have its scale. What is computed only to be joined loses nothing by it: it gets that scale
 * there in any case, and is rounded once instead of twice; and data of equal scales is copied, not looked up byte by byte (SqueezeNet:
 * 1.5 dB nearer and 1.14 times as fast). What is moved from elsewhere would take its whole chain along, and a clamp that is
 * nothing but a range must not be widened.
 */
function joinsFreely(value: Value, concat: Unit, units: Units): boolean {
  const producer = units.producing(value);
  if (!producer || sharesScale(producer) || soleUse(value) === undefined) return false;
  const [low, high] = producer.clampRange ?? everything;
  return concat.inputs.every((input) => {
    const [least, greatest] = boundsOf(input.value, units);
    return low <= least && greatest <= high;
  });
}

const everything = [-Infinity, Infinity] as const;

/** What a value cannot leave: the clamp behind which it was computed. */
function boundsOf(value: Value, units: Units): readonly [low: number, high: number] {
  const producer = units.producing(value);
  if (producer?.clampRange) return producer.clampRange;
  const kind = producer?.operator?.kind;
  if (kind !== 'pass-through' && kind !== 'pool' && kind !== 'concat') return everything;
  const bounds = producer!.inputs.map((input) => boundsOf(input.value, units));
  return [Math.min(...bounds.map(([low]) => low)), Math.max(...bounds.map(([, high]) => high))];
}

/** Which inputs of an integer unit read through Q/DQ. */
export function quantizedInputs(unit: Unit, units: Units, target: Target): readonly Unit['inputs'][number][] {
  if (target.placement === 'groups' || unit.operator?.kind !== 'elementwise') return unit.inputs;
  const fusing = unit.inputs.find(({ value }) => residualBranch(value, units));
  return unit.inputs.filter((input) => input !== fusing);
}

/** Whether an integer unit writes integers: always, except where its kernel can write float and nobody wants integers. */
export function needsOutputQ(unit: Unit, value: Value, units: Units, decisions: ReadonlyMap<Unit, Decision>): boolean {
  if (!unit.operator?.floatOutput || unit.clamp) return true;
  return units.reading(value).some((reader) => reader && decisions.get(reader)?.mode === 'integer');
}
