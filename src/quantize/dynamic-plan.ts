import { operatorOf } from '../ops/table.ts';
import type { Target } from '../targets/index.ts';
import type { WeightGroup, WeightSite } from './dynamic-sites.ts';
import { logarithmic, reachesLog } from './reaches-log.ts';

/**
 * How a weight is used after Level 1:
 * - integer: an integer kernel reads it; its activation is quantized at run time
 * - table: rows are gathered as int8 and scaled
 * - storage: kept as int8, computed in float
 * - float: untouched
 */
export type WeightForm = 'integer' | 'table' | 'storage' | 'float';

export interface SitePlan {
  site: WeightSite;
  form: WeightForm;
  why: string;
}

export interface GroupPlan {
  group: WeightGroup;
  /** Axes of the stored constant with scales of their own. */
  kept: readonly number[];
  sites: SitePlan[];
}

export interface PlanInput {
  target: Target;
  /** Whether weights may be used as integers at all; else they are only stored as such. */
  integers: boolean;
  /** Products that are too small to gain on every machine take part. */
  smallProducts?: boolean;
  /** Rows of the left-hand side that a node of this label multiplies; undefined where it is not known. */
  rows(label: string): number | undefined;
  /** Labels of nodes that must not use an integer form, with the reason. */
  demoted: ReadonlyMap<string, string>;
  keepsFloat(site: WeightSite): string | undefined;
}

/** The sites whose weight an integer kernel reads. */
export function integerSites(plan: readonly GroupPlan[]): SitePlan[] {
  return plan.flatMap(({ sites }) => sites.filter(({ form }) => form === 'integer'));
}

/** Decides every site's form. Depends on the model, the shapes and the target alone, so it is the same every time. */
export function planWeights(groups: readonly WeightGroup[], input: PlanInput): GroupPlan[] {
  return groups.map((group) => planGroup(group, input));
}

function planGroup(group: WeightGroup, input: PlanInput): GroupPlan {
  const float = (why: string): GroupPlan => ({
    group,
    kept: [],
    sites: group.sites.map((site) => ({ site, form: 'float', why })),
  });
  if (group.blocked !== undefined) return float(group.blocked);
  for (const site of group.sites) {
    const why = input.keepsFloat(site);
    if (why === undefined) continue;
    const tied = group.sites.length > 1 ? `; the weight '${group.name}' is shared and is not stored twice` : '';
    return float(why + tied);
  }
  const wishes = group.sites.map((site) => ({ site, ...wish(group, site, input) }));
  const leader =
    wishes.find(({ form }) => form === 'integer') ?? wishes.find(({ form }) => form === 'table') ?? wishes[0]!;
  const kept = leader.site.kept;
  const sites = wishes.map(({ site, form, why }): SitePlan => {
    if ((form === 'integer' || form === 'table') && site.kept.join() !== kept.join()) {
      return { site, form: 'storage', why: `${stored}: '${group.name}' is shared with ${leader.site.label}` };
    }
    return { site, form, why };
  });
  return { group, kept, sites };
}

const stored = 'weight stored as integers and expanded when the model is loaded, computed in float';

/**
 * Gathering rows as integers is a node more in each run, and saves three bytes of memory a number: for a table of a few
 * thousand in a model of 40 us it cost 6 %.
 */
export const fewestGathered = 100_000;

function wish(group: WeightGroup, site: WeightSite, input: PlanInput): { form: WeightForm; why: string } {
  if (site.role === 'table') {
    const ofRows = [0, -2].includes(site.node.attrInt('axis', 0));
    const plain = group.dims.length === 2 && site.perm.join() === '0,1' && ofRows;
    const small = group.elements < fewestGathered;
    if (!small && plain && input.integers && input.target.arithmetic !== 'gpu')
      return { form: 'table', why: 'rows gathered as int8' };
    return { form: 'storage', why: `${small ? 'small ' : ''}table ${stored.slice('weight '.length)}` };
  }
  if (site.role === 'bias') return { form: 'storage', why: `constant ${stored.slice('weight '.length)}` };
  const barrier = input.demoted.get(site.label) ?? integerBarrier(group, site, input);
  if (barrier !== undefined) return { form: 'storage', why: `${stored}: ${barrier}` };
  return { form: 'integer', why: operatorOf(site.node)?.dynamicKernel ?? 'DynamicQuantizeMatMul' };
}

/** Why a site does not get an integer kernel, or undefined. */
function integerBarrier(group: WeightGroup, site: WeightSite, input: PlanInput): string | undefined {
  const { node, op } = site;
  const { target } = input;
  if (!input.integers) return 'integers are off';
  if (target.arithmetic === 'gpu') return `${target.name} has no dynamic quantization`;
  if (op === 'Conv') {
    // Measured on ONNX Runtime 1.30 with VNNI, two threads: 0.15 to 0.8 of FP32's speed with uint8 weights, 0.06 to
    // 0.25 with int8 weights. It has no blocked layout, no fused activation and no fused dequantization.
    return 'ConvInteger is slower than FP32';
  }
  if (site.role === 'left') return 'no kernel takes an integer weight on the left';
  // One scale for each column is a row of them, which a vector would become.
  if (site.role === 'times-vector') return 'its activation is a vector';
  if (site.role === 'derived') return 'the weight is computed from constants';
  if (op === 'LSTM') return lstmBarrier(group, site);
  if (node.domain === 'com.microsoft' && op === 'Attention') return attentionBarrier(group, site, input);
  if (site.role !== 'product') return `ONNX Runtime has no dynamic integer kernel for ${op}`;
  if (op === 'Gemm' && node.attrInt('transA', 0)) return 'transA: the activation is transposed';
  const dims = productDims(group, site);
  if (dims.length < 2) return 'the weight is a vector';
  if (reachesLog(node)) return logarithmic;
  return productBarrier(input, site.label, dims.at(-2)!, dims.at(-1)!);
}

/** Permutation from the stored constant to the operand [..., K, N] that MatMulInteger reads. */
export function productPerm(site: WeightSite): number[] {
  const perm = [...site.perm];
  if (site.node.attrInt('transB', 0) && perm.length >= 2) perm.push(...perm.splice(-2).reverse());
  return perm;
}

function productDims(group: WeightGroup, site: WeightSite): number[] {
  return productPerm(site).map((axis) => group.dims[axis] as number);
}

/**
 * Whether quantizing [M, K] at run time and multiplying by int8 [K, N] beats the float product. Measured on ONNX Runtime 1.30:
 * on one CPU with VNNI 64x64 at 98 rows runs at 1.0 of FP32's speed, 128x128 at 1.15, 768x768 at 2.3, one row needs 400x600 for
 * 1.17 (AVX2 with 7-bit weights behaves alike). On another (Zen 4) 64x64 runs at 1.3 from 64 rows on, 128x128 at 1.3 from 16, one row
 * of 256x256 at 1.16, and half of that is slower everywhere. Between the two bounds a trial has to tell.
 */
function productBarrier({ rows, smallProducts }: PlanInput, label: string, k: number, n: number): string | undefined {
  const known = rows(label);
  const m = known ?? 1;
  const large = m <= 4 ? k * n >= 200_000 : n >= 96 && m * k * n >= 1_000_000;
  const small = m <= 4 ? k * n >= 64_000 : n >= 64 && m * k * n >= 250_000;
  if (large || (small && smallProducts)) return undefined;
  return `too small to gain from integers (${known ?? 'unknown'}x${k}x${n})`;
}

function lstmBarrier(group: WeightGroup, { node }: WeightSite): string | undefined {
  if (group.sites.length > 1 || group.root.uses.length > 1) return 'its weight is shared';
  if (node.attrInt('layout', 0) !== 0) return 'batch-first layout';
  const [w, r] = [1, 2].map((index) => node.input(index)?.staticInfo);
  if (node.input(1)?.initializer === undefined || node.input(2)?.initializer === undefined || !w?.dims || !r?.dims) {
    return 'its weights are not constants';
  }
  // Measured: 128 inputs, 128 units 1.0 to 1.2 of FP32's speed, 256 units in two directions 1.6, 512 units 2 and more.
  const parameters = Number(w.dims[1]) * (Number(w.dims[2]) + Number(r.dims[2]));
  return parameters >= 300_000 ? undefined : `too small to gain from integers (${parameters} weights a direction)`;
}

function attentionBarrier(group: WeightGroup, { node, label }: WeightSite, input: PlanInput): string | undefined {
  if (group.sites.length > 1 || group.root.uses.length > 1) return 'its weight is shared';
  if (node.input(5) || node.input(6)) return 'QAttention has no attention bias';
  if (node.hasAttr('qkv_hidden_sizes') || node.hasAttr('scale')) return 'QAttention has neither own sizes nor a scale';
  return productBarrier(input, label, group.dims[0]!, group.dims[1]!);
}
