import { shapeText } from '../data/shape.ts';
import { isOfQuantizer } from '../onnx/integer-operators.ts';
import { loadModel, modelBytes, type OnnxModel } from '../onnx/model.ts';
import type { Node } from '../onnx/node.ts';
import type { AttributeProto, NodeProto, TensorProto } from '../onnx/proto.ts';
import { dataTypeName, elementCount, readTensor, tensorBytes, tensorType } from '../onnx/tensor.ts';
import type { Value } from '../onnx/value.ts';
import { nodeLabel } from '../quantize/contract.ts';
import { pairQuantizedWeights, type QuantizedWeightPair } from './diff-weights.ts';

export interface Change {
  what: string;
  before: string;
  after: string;
}

export interface NodeChange {
  node: string;
  op: string;
  changes: Change[];
}

export interface ConstantChange {
  name: string;
  before: string;
  after: string;
  /** Norm of the difference over the norm of the first, where both hold float numbers of one shape. */
  relativeChange?: number;
}

/** What `quant-gate diff --json` prints. */
export interface ModelDiff {
  before: { path: string; bytes: number; nodes: number; parameters: number };
  after: { path: string; bytes: number; nodes: number; parameters: number };
  identical: boolean;
  /** Versions, opsets, producer, bodies of functions. */
  header: Change[];
  /** Inputs and outputs that are new, gone or of another type or shape. */
  interface: Change[];
  nodes: {
    added: { node: string; op: string }[];
    removed: { node: string; op: string }[];
    changed: NodeChange[];
  };
  constants: { added: string[]; removed: string[]; changed: ConstantChange[]; same: number };
  /** Present where the second is a quantized version of the first. */
  quantization?: {
    weights: QuantizedWeightPair[];
    /** Float weights of the first that are still float in the second. */
    floatWeights: number;
    /** Operators that only quantized models have, by count. */
    operators: Record<string, number>;
  };
}

/**
 * Compares two models: interface, nodes by name, constants by name; and, where the second is a quantized version of the
 * first, every weight with the float weight that its integers stand for.
 *
 * @throws UserError where a file is no model
 */
export async function diffModels(beforePath: string, afterPath: string): Promise<ModelDiff> {
  const [before, after] = await Promise.all([loadModel(beforePath), loadModel(afterPath)]);
  const file = async (path: string, model: OnnxModel) => ({
    path,
    bytes: await modelBytes(path),
    nodes: [...model.graph.allNodes()].length,
    parameters: model.parameterCount,
  });
  const nodes = diffNodes(before, after);
  const constants = diffConstants(before, after);
  const header = diffHeader(before, after);
  const interfaceChanges = [...diffInfos('input', before, after), ...diffInfos('output', before, after)];
  const quantization = describeQuantization(before, after);
  const lists = [
    header,
    interfaceChanges,
    ...Object.values(nodes),
    constants.added,
    constants.removed,
    constants.changed,
  ];
  return {
    before: await file(beforePath, before),
    after: await file(afterPath, after),
    identical: lists.every((list) => list.length === 0),
    header,
    interface: interfaceChanges,
    nodes,
    constants,
    ...(quantization && { quantization }),
  };
}

function diffHeader(before: OnnxModel, after: OnnxModel): Change[] {
  const facts = ({ proto, irVersion }: OnnxModel): Record<string, string> => ({
    'IR version': `${irVersion}`,
    producer: `${proto.producerName} ${proto.producerVersion}`.trim(),
    ...Object.fromEntries(
      proto.opsetImport.map(({ domain, version }) => [`opset ${domain || 'ai.onnx'}`, `${version}`]),
    ),
    ...Object.fromEntries(
      proto.functions.map((each) => [`function ${each.domain}:${each.name}`, each.node.map(nodeText).join('; ')]),
    ),
  });
  return changes(facts(before), facts(after));
}

/** `y = Gemm(x, w, alpha 0.5)` */
function nodeText({ opType, domain, input, output, attribute }: NodeProto): string {
  const read = [...input, ...attribute.map((each) => `${each.name} ${attributeText(each)}`)].join(', ');
  return `${output.join(', ')} = ${operator({ domain, op: opType })}(${read})`;
}

function diffInfos(kind: 'input' | 'output', before: OnnxModel, after: OnnxModel): Change[] {
  const facts = (model: OnnxModel) =>
    Object.fromEntries(model.graph[`${kind}s`].map((value) => [`${kind} ${value.name}`, describeValue(value)]));
  const namesOf = (model: OnnxModel) => model.graph[`${kind}s`].map(({ name }) => name);
  const [names, others] = [namesOf(before), namesOf(after)];
  // Many a caller takes them by their place.
  const isMoved = names.length === others.length && names.every((name) => others.includes(name));
  const order = (all: readonly string[]) => (isMoved ? { [`order of ${kind}s`]: all.join(', ') } : {});
  return changes({ ...facts(before), ...order(names) }, { ...facts(after), ...order(others) });
}

/** Files may leave the type of an output to whoever loads them. */
function describeValue({ staticInfo: { type, dims } }: Value): string {
  return `${type ?? 'of no declared type'}${dims ? ` ${shapeText(dims)}` : ''}`;
}

/** Differences of two records; what one lacks is ''. */
function changes(before: Record<string, string>, after: Record<string, string>): Change[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((what) => {
    const [was, is] = [before[what] ?? '', after[what] ?? ''];
    return was === is ? [] : [{ what, before: was, after: is }];
  });
}

function diffNodes(before: OnnxModel, after: OnnxModel): ModelDiff['nodes'] {
  const others = byLabel(after);
  const added = new Set([...others.values()].flat());
  const removed: { node: string; op: string }[] = [];
  const changed: NodeChange[] = [];
  for (const node of before.graph.allNodes()) {
    const label = nodeLabel(node);
    const twin = others.get(label)?.shift();
    if (!twin) {
      removed.push({ node: label, op: operator(node) });
      continue;
    }
    added.delete(twin);
    const differences = changes(nodeFacts(node), nodeFacts(twin));
    if (differences.length > 0) changed.push({ node: label, op: operator(node), changes: differences });
  }
  return { added: [...added].map((node) => ({ node: nodeLabel(node), op: operator(node) })), removed, changed };
}

function byLabel(model: OnnxModel): Map<string, Node[]> {
  const found = new Map<string, Node[]>();
  for (const node of model.graph.allNodes()) {
    const label = nodeLabel(node);
    found.set(label, [...(found.get(label) ?? []), node]);
  }
  return found;
}

function operator({ domain, op }: Pick<Node, 'domain' | 'op'>): string {
  return domain === '' ? op : `${domain}:${op}`;
}

function nodeFacts(node: Node): Record<string, string> {
  return {
    operator: operator(node),
    ...Object.fromEntries(node.inputs.map((value, index) => [`input ${index}`, value?.name ?? ''])),
    ...Object.fromEntries(node.outputs.map((value, index) => [`output ${index}`, value?.name ?? ''])),
    ...Object.fromEntries(node.proto.attribute.map((attribute) => [attribute.name, attributeText(attribute)])),
  };
}

function attributeText(attribute: AttributeProto): string {
  const list = (values: readonly (number | bigint)[]) => `[${values.join(', ')}]`;
  if (attribute.g) return `graph of ${attribute.g.node.length} nodes`;
  if (attribute.t) return `${tensorText(attribute.t)} ${fingerprint(attribute.t)}`;
  if (attribute.ints.length > 0) return list(attribute.ints);
  if (attribute.floats.length > 0) return list(attribute.floats);
  const text = new TextDecoder();
  if (attribute.strings.length > 0) return attribute.strings.map((part) => text.decode(part)).join(', ');
  if (attribute.s.length > 0) return text.decode(attribute.s);
  return attribute.f !== 0 ? `${attribute.f}` : `${attribute.i}`;
}

function tensorText(tensor: TensorProto): string {
  return `${tensorType(tensor.dataType) ?? dataTypeName(tensor.dataType).toLowerCase()} [${tensor.dims.join(', ')}]`;
}

/** A few numbers for a short tensor; a checksum tells longer ones apart (Fowler, Noll, Vo). */
function fingerprint(tensor: TensorProto): string {
  if (tensorType(tensor.dataType) !== undefined && elementCount(tensor) <= 8) {
    return `{${[...(readTensor(tensor).data as Iterable<unknown>)].join(', ')}}`;
  }
  let hash = 0x811c9dc5;
  for (const byte of tensorBytes(tensor)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

function diffConstants(before: OnnxModel, after: OnnxModel): ModelDiff['constants'] {
  const [first, second] = [constantsOf(before), constantsOf(after)];
  const changed: ConstantChange[] = [];
  let same = 0;
  for (const [name, a] of first) {
    const b = second.get(name);
    if (!b) continue;
    const [was, is] = [tensorText(a), tensorText(b)];
    if (was === is && Buffer.compare(bytesOf(a), bytesOf(b)) === 0) {
      same += 1;
      continue;
    }
    const relative = relativeChange(a, b);
    changed.push({ name, before: was, after: is, ...(relative !== undefined && { relativeChange: relative }) });
  }
  return {
    added: [...second.keys()].filter((name) => !first.has(name)),
    removed: [...first.keys()].filter((name) => !second.has(name)),
    changed,
    same,
  };
}

function constantsOf(model: OnnxModel): Map<string, TensorProto> {
  const found = new Map<string, TensorProto>();
  for (const graph of model.graph.allGraphs()) {
    for (const value of graph.initializers) if (value.initializer) found.set(value.name, value.initializer);
  }
  return found;
}

function bytesOf(tensor: TensorProto): Uint8Array {
  return tensorType(tensor.dataType) === 'string' ? Buffer.concat(tensor.stringData) : tensorBytes(tensor);
}

function relativeChange(before: TensorProto, after: TensorProto): number | undefined {
  const [a, b] = [before, after].map((tensor) => (tensorType(tensor.dataType) ? readTensor(tensor).data : undefined));
  if (!(a instanceof Float32Array) || !(b instanceof Float32Array) || a.length !== b.length) return undefined;
  let norm = 0;
  let difference = 0;
  for (let i = 0; i < a.length; i++) {
    norm += a[i]! ** 2;
    difference += (a[i]! - b[i]!) ** 2;
  }
  return norm === 0 ? (difference === 0 ? 0 : Infinity) : Math.sqrt(difference / norm);
}

function describeQuantization(before: OnnxModel, after: OnnxModel): ModelDiff['quantization'] {
  const { weights, floatWeights } = pairQuantizedWeights(before, after);
  if (weights.length === 0) return undefined;
  const operators: Record<string, number> = {};
  for (const node of after.graph.allNodes()) {
    if (isOfQuantizer(node.op)) operators[node.op] = (operators[node.op] ?? 0) + 1;
  }
  return { weights, floatWeights, operators };
}
