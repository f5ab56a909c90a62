import { einsumTerms } from '../onnx/einsum.ts';
import type { OnnxModel } from '../onnx/model.ts';
import type { Node } from '../onnx/node.ts';
import { FactFinder } from '../onnx/opset/facts.ts';
import { reshaping } from '../onnx/reshaping.ts';
import { readTensor } from '../onnx/tensor.ts';
import type { Value } from '../onnx/value.ts';
import { operatorOf } from '../ops/table.ts';
import { sizeOf } from '../tensor.ts';
import { isSoftened, masks } from './attention-scores.ts';
import { nodeLabel } from './contract.ts';

/** One place where a node reads a constant weight. */
export interface WeightSite {
  node: Node;
  /** The node's name in reports, kept from before the model is changed. */
  label: string;
  op: string;
  input: number;
  /**
   * - product: the constant right-hand side of MatMul or Gemm
   * - times-vector: that of a MatMul whose left-hand side is a vector
   * - left: the constant left-hand side of MatMul, which no kernel takes as integers
   * - table: rows that Gather picks
   * - bias: what is added to the scores of attention, as the relative positions of CoAtNet, LeViT and Swin
   * - weight: any other operator's weight
   * - derived: the weight is computed from the constant (exporters reorder an LSTM's gates with Slice and Concat)
   */
  role: 'product' | 'times-vector' | 'left' | 'table' | 'bias' | 'weight' | 'derived';
  /** How the site sees the stored constant: axis i of what it reads is axis perm[i] of the constant. */
  perm: readonly number[];
  /** Axes of the *stored* constant that have scales of their own: output channels, rows. */
  kept: readonly number[];
}

/** A constant with all its weight sites: tied weights have several. */
export interface WeightGroup {
  root: Value;
  name: string;
  dims: readonly number[];
  elements: number;
  sites: WeightSite[];
  /** Why it cannot be quantized, whatever the target. */
  blocked?: string;
}

/**
 * The constants that operators use as weights, in all graphs. A weight behind Transpose or Identity is found as the
 * constant before it. Expects constants to be initializers (see constantsToInitializers).
 */
export function findWeights(model: OnnxModel, perChannel: boolean): WeightGroup[] {
  const groups = new Map<Value, WeightGroup>();
  const addSite = (root: Value, node: Node, site: Pick<WeightSite, 'input' | 'role' | 'perm' | 'kept'>) => {
    const dims = dimsOf(root);
    if (dims.length === 0) return;
    let group = groups.get(root);
    if (!group) {
      const elements = sizeOf(dims);
      group = { root, name: root.name, dims, elements, sites: [] };
      groups.set(root, group);
    }
    const known = group.sites.some((other) => other.node === node && other.input === site.input);
    if (known) return;
    group.sites.push({ node, label: nodeLabel(node), op: node.op, ...site, kept: perChannel ? site.kept : [] });
  };
  const facts = new FactFinder(model.graph);
  for (const node of model.graph.allNodes()) {
    for (const { input, role, axes } of weightInputs(node, facts)) {
      const traced = trace(node.input(input));
      if (traced) {
        const { root, perm } = traced;
        const dims = dimsOf(root);
        const seen = perm.map((axis) => dims[axis] as number);
        const kept = axes(seen).map((axis) => perm[axis] as number);
        addSite(root, node, { input, role, perm, kept: kept.sort((a, b) => a - b) });
      } else if (role !== 'table' && role !== 'left' && role !== 'bias') {
        for (const root of leaves(node.input(input)))
          addSite(root, node, { input, role: 'derived', perm: [], kept: [0] });
      }
    }
  }
  for (const group of groups.values()) {
    const blocked = blockedReason(group);
    if (blocked !== undefined) group.blocked = blocked;
  }
  return [...groups.values()];
}

interface WeightInput {
  input: number;
  role: WeightSite['role'];
  /** Axes with their own scales, of a weight of these dims as the node sees it. */
  axes(dims: readonly number[]): number[];
}

/** Which inputs of a node are weights, from the operator table; MatMul takes them on either side, Gather as a table. */
function weightInputs(node: Node, facts: FactFinder): WeightInput[] {
  if (node.is('Gather')) {
    const axis = node.attrInt('axis', 0);
    return [{ input: 0, role: 'table', axes: ({ length }) => [axis < 0 ? axis + length : axis] }];
  }
  if (node.is('MatMul')) {
    const batch = (dims: readonly number[]) => dims.slice(0, -2).map((_, axis) => axis);
    const left = node.input(0);
    const isVector = left !== undefined && facts.of(left).rank === 1;
    return [
      {
        input: 1,
        role: isVector ? 'times-vector' : 'product',
        axes: (dims) => (dims.length < 2 ? [] : [...batch(dims), dims.length - 1]),
      },
      { input: 0, role: 'left', axes: (dims) => (dims.length < 2 ? [] : [...batch(dims), dims.length - 2]) },
    ];
  }
  if (node.is('Add') && isSoftened(node)) {
    return [0, 1].flatMap((input): WeightInput[] => {
      const dims = node.input(input)?.initializer?.dims.map(Number) ?? [];
      // A row alone is the bias of a classifier.
      const isWorth = sizeOf(dims) >= fewestElements && (dims.at(-2) ?? 1) > 1 && !masks(node.input(input)!);
      // One scale for each head of [1, heads, queries, keys].
      return isWorth ? [{ input, role: 'bias', axes: () => dims.slice(0, -2).map((_, axis) => axis) }] : [];
    });
  }
  if (node.is('Einsum')) {
    const ranks = node.inputs.map((value) => facts.of(value!).rank);
    const terms = einsumTerms(node.attrString('equation', ''), ranks);
    // The last index that the output has is that of the channels.
    const axes = (term: string) => [[...term].findLastIndex((letter) => terms!.output.includes(letter))];
    return (terms?.inputs ?? []).map((term, input) => ({
      input,
      role: 'weight',
      axes: () => axes(term).filter((axis) => axis >= 0),
    }));
  }
  const operator = operatorOf(node);
  if (!operator?.weight) return [];
  if (operator.kind === 'recurrent') {
    // [directions, gates * hidden, features]: every direction and gate row is a channel.
    return [operator.weight, ...(operator.furtherWeights ?? [])].map(({ input }) => ({
      input,
      role: 'weight' as const,
      axes: () => [0, 1],
    }));
  }
  return [operator.weight, ...(operator.furtherWeights ?? [])].map(({ input, axis }) => ({
    input,
    role: node.op === 'Gemm' ? ('product' as const) : ('weight' as const),
    // Where the output channels are no single axis (ConvTranspose with groups), the input channels serve as well: the
    // scales only have to be known when the weight is read.
    axes: (dims) => [axis(node, dims.length) ?? 0],
  }));
}

/** The initializer that a value is, seen through Transpose and Identity. */
function trace(value: Value | undefined): { root: Value; perm: number[] } | undefined {
  if (!value) return undefined;
  if (value.initializer) return { root: value, perm: value.initializer.dims.map((_, axis) => axis) };
  const node = value.producer;
  if (node?.is('Identity')) return trace(node.input(0));
  if (!node?.is('Transpose')) return undefined;
  const inner = trace(node.input(0));
  if (!inner) return undefined;
  const order = node.attrInts('perm', inner.perm.map((_, axis) => axis).reverse());
  return { root: inner.root, perm: order.map((axis) => inner.perm[axis] as number) };
}

function dimsOf(root: Value): number[] {
  return root.initializer?.dims.map(Number) ?? [];
}

/** Operators that move numbers as they are, from any of their inputs. */
const moving = [...reshaping, 'Identity', 'Slice', 'Split', 'Concat'];

/**
 * The float constants that a value is put together from, where it is put together from nothing else. ONNX Runtime folds such
 * an expression when it loads the model, in subgraphs too.
 */
function leaves(value: Value | undefined): Value[] {
  if (!value) return [];
  if (value.initializer) return [value];
  const node = value.producer;
  if (!node?.is(...moving)) return [];
  const found: Value[] = [];
  for (const input of node.inputs) {
    if (!input) continue;
    const inner = leaves(input);
    if (inner.length === 0) return [];
    found.push(...inner);
  }
  return [...new Set(found)].filter((leaf) => !leaf.staticInfo.type?.startsWith('int'));
}

/** Below this many elements the nodes and scales that int8 needs cost more bytes than it saves. */
const fewestElements = 512;

function blockedReason({ root, elements, dims }: WeightGroup): string | undefined {
  const { type } = root.staticInfo;
  if (type !== 'float32') return `its weight is ${type ?? 'of a type without numbers'}; Level 1 takes float32`;
  if (elements < fewestElements)
    return `a weight of ${elements} values [${dims.join(', ')}] would not get smaller as int8`;
  if (root.isGraphOutput) return 'its weight is an output of the model';
  return undefined;
}

/** The numbers of a weight, read when it is about to be quantized; undefined where they are no float32. */
export function readWeight({ root }: WeightGroup): Float32Array | undefined {
  if (!root.initializer) return undefined;
  const { data } = readTensor(root.initializer);
  return data instanceof Float32Array ? data : undefined;
}
