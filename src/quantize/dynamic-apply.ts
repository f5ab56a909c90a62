import type { OnnxModel } from '../onnx/model.ts';
import { narrowIndices } from '../onnx/passes/narrow-indices.ts';
import { removeDeadCode } from '../onnx/passes/remove-dead-code.ts';
import type { Value } from '../onnx/value.ts';
import type { IntegerGrid, Target } from '../targets/index.ts';
import { sizeOf } from '../tensor.ts';
import { DynamicForms, type IntegerOperand } from './dynamic-forms.ts';
import { type GroupPlan, productPerm, type SitePlan } from './dynamic-plan.ts';
import { readWeight, type WeightGroup } from './dynamic-sites.ts';
import type { InputMoments } from './recover/lattice-rounding.ts';
import type { WeightCache } from './weight-cache.ts';
import {
  floatView,
  type QuantizedWeight,
  quantizeWeight,
  type StoredRounding,
  type StoredWeight,
  storageGridOf,
  storeIntegers,
  storeWeight,
} from './weight-only.ts';

export interface ApplyOptions {
  target: Target;
  bits: 8 | 4 | 3;
  range: 'max' | 'mse';
  /** How the inputs of weights vary together, by the weight's name, where that is known. */
  moments?: ReadonlyMap<string, InputMoments> | undefined;
  /** Weights that were rounded for another plan. */
  cache: WeightCache;
}

/**
 * Carries a plan out on the model it was made for. A weight is stored once, however many nodes read it and in whichever
 * way; plans of weights that turn out to hold NaN or infinity become float. Tables of indices take fewer bytes.
 */
export function applyPlan(model: OnnxModel, plan: readonly GroupPlan[], how: ApplyOptions): void {
  const { target, bits } = how;
  const forms = new DynamicForms();
  const views: { group: WeightGroup; weight: StoredWeight }[] = [];
  const recurrent = new Map<SitePlan['site']['node'], Map<number, IntegerOperand>>();
  for (const { group, kept, sites } of plan) {
    if (sites.every(({ form }) => form === 'float')) continue;
    const integer = sites.some(({ form }) => form === 'integer');
    // Softmax makes a factor of what is added to scores: a step of 4 bits would be as large as the number itself.
    const isBias = sites.some(({ site }) => site.role === 'bias');
    const grid = integer && bits === 8 ? target.dynamicWeight : storageGridOf(isBias ? 8 : bits);
    const quantized = quantizeGroup({ group, kept, sites }, grid, how);
    if (!quantized) continue;
    const { graph } = group.root;
    const first = sites[0]!.site;
    if (integer && (first.op === 'LSTM' || first.op === 'Attention')) {
      const operand = ownOperand(group, quantized, first.op === 'LSTM' ? [0, 2, 1] : [0, 1]);
      if (first.op === 'Attention') {
        forms.attention(first.node, operand);
        continue;
      }
      const operands = recurrent.get(first.node) ?? new Map<number, IntegerOperand>();
      recurrent.set(first.node, operands.set(first.input, operand));
      const [w, r] = [operands.get(1), operands.get(2)];
      if (w && r) forms.lstm(first.node, w, r);
      continue;
    }
    const perms = [
      ...new Set(sites.filter(({ form }) => form === 'integer').map(({ site }) => productPerm(site).join())),
    ];
    const onlyIntegers = sites.every(({ form }) => form === 'integer') && group.root.uses.length === sites.length;
    const order = perms.length === 1 && onlyIntegers ? perms[0]!.split(',').map(Number) : undefined;
    const weight = storeWeight(graph, group.name, order ? transposed(quantized, order) : quantized);
    const turned = new Map<string, [Value, Value]>([[identity(group.dims.length), [weight.integers, weight.scale]]]);
    if (order) turned.set(perms[0]!, [weight.integers, weight.scale]);
    for (const { site, form } of sites) {
      if (form === 'table') forms.table(site.node, weight);
      if (form !== 'integer') continue;
      const perm = productPerm(site);
      let operands = turned.get(perm.join());
      if (!operands) {
        // Folded when the model is loaded, like the float views.
        const turn = (value: Value) =>
          graph
            .addNode({ op: 'Transpose', name: `${value.name}_turned`, inputs: [value], attributes: { perm } })
            .output();
        operands = [turn(weight.integers), quantized.scaleDims.length > 0 ? turn(weight.scale) : weight.scale];
        turned.set(perm.join(), operands);
      }
      forms.product(site.node, ...operands);
    }
    views.push({ group, weight });
  }
  for (const { group, weight } of views) {
    const { root } = group;
    dropUnusedTurns(root);
    if (root.isUnused) continue;
    const view = floatView(root.graph, group.name, weight);
    root.graph.replaceUses(root, view);
  }
  removeDeadCode(model);
  if (target.provider === 'cpu') narrowIndices(model);
}

/** Removes the Transpose and Identity nodes behind a weight whose readers read the stored integers now. */
function dropUnusedTurns(value: Value): void {
  for (const node of value.consumers) {
    if (!node.is('Transpose', 'Identity')) continue;
    dropUnusedTurns(node.output());
    if (node.output().isUnused) node.graph.removeNode(node);
  }
}

function quantizeGroup(
  { group, kept, sites }: GroupPlan,
  grid: IntegerGrid,
  { range, moments, cache }: ApplyOptions,
): QuantizedWeight | undefined {
  const { dims } = group;
  const weight = readWeight(group);
  const how: StoredRounding = { kept, grid, range, rounding: roundingFor(sites), moments: moments?.get(group.name) };
  try {
    if (weight) {
      const key = JSON.stringify({ ...how, moments: how.moments?.id, dims });
      return cache.remember(group.root.initializer!, key, () => quantizeWeight(weight, dims, how));
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    for (const plan of sites)
      Object.assign(plan, { form: 'float', why: `its weight '${group.name}' holds NaN or infinity` });
  }
  return undefined;
}

/**
 * What convolutions read is smooth and, behind ReLU, of one sign: a rounding error that is the same over a kernel shifts every
 * output. Balanced rounding keeps the sum of each kernel; nearest rounding cost super_resolution_x3 1.6 dB, balanced 0.1.
 * Products read normalized rows of either sign, where the nearest level is the best.
 */
function roundingFor(sites: readonly SitePlan[]): 'nearest' | 'balanced' {
  return sites.every(({ site }) => site.op === 'Conv' || site.op === 'ConvTranspose') ? 'balanced' : 'nearest';
}

/** A weight that a single node reads, laid out as it wants it, with a scale for each row and int8 zero points. */
function ownOperand(group: WeightGroup, quantized: QuantizedWeight, order: readonly number[]): IntegerOperand {
  const { graph } = group.root;
  const weight = transposed(quantized, order);
  const { dims, scale, scaleDims } = weight;
  const shape =
    scaleDims.length === 0
      ? dims.length === 3
        ? [dims[0]!]
        : []
      : scaleDims.filter((dim, axis) => dim === dims[axis]);
  const count = sizeOf(shape);
  const data = scaleDims.length === 0 ? new Float32Array(count).fill(scale[0]!) : scale;
  return {
    integers: storeIntegers(graph, `${group.name}_quantized`, weight),
    scale: graph.addInitializer(`${group.name}_scale`, { type: 'float32', dims: shape, data }),
    zeroPoint: graph.addInitializer(`${group.name}_zero_point`, {
      type: 'int8',
      dims: dims.length === 3 ? shape : [],
      data: new Int8Array(dims.length === 3 ? count : 1),
    }),
  };
}

function identity(rank: number): string {
  return Array.from({ length: rank }, (_, axis) => axis).join();
}

/** Weights that were turned before: rounded ones are shared by many candidates. */
const turnedBefore = new WeakMap<QuantizedWeight, Map<string, QuantizedWeight>>();

/** The same weight with its axes in another order: axis i of the result is axis order[i] of what is given. */
export function transposed(weight: QuantizedWeight, order: readonly number[]): QuantizedWeight {
  if (order.every((axis, i) => axis === i)) return weight;
  const known = turnedBefore.get(weight) ?? new Map<string, QuantizedWeight>();
  turnedBefore.set(weight, known);
  const made = known.get(order.join()) ?? turn(weight, order);
  known.set(order.join(), made);
  return made;
}

function turn(weight: QuantizedWeight, order: readonly number[]): QuantizedWeight {
  return {
    ...weight,
    values: transpose(weight.values, weight.dims, order),
    dims: order.map((axis) => weight.dims[axis]!),
    scale: weight.scaleDims.length === 0 ? weight.scale : transpose(weight.scale, weight.scaleDims, order),
    scaleDims: weight.scaleDims.length === 0 ? [] : order.map((axis) => weight.scaleDims[axis]!),
  };
}

function transpose<T extends Int8Array | Uint8Array | Float32Array>(
  values: T,
  dims: readonly number[],
  order: readonly number[],
): T {
  const strides = new Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * dims[axis + 1]!;
  const sizes = order.map((axis) => dims[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const result = values.slice() as T;
  const at = new Array<number>(dims.length).fill(0);
  let from = 0;
  for (let to = 0; to < values.length; to++) {
    result[to] = values[from]!;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      at[axis]! += 1;
      if (at[axis]! < sizes[axis]!) break;
      from -= steps[axis]! * sizes[axis]!;
      at[axis] = 0;
    }
  }
  return result;
}
