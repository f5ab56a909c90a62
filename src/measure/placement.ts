import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isConversion, isIntegerKernel } from '../onnx/integer-operators.ts';
import { loadModel, type OnnxModel, removeModel, saveScratch } from '../onnx/model.ts';
import type { Node } from '../onnx/node.ts';
import { operatorOf } from '../ops/table.ts';
import { type NodeDecision, nodeLabel } from '../quantize/contract.ts';
import { isJobError, type SessionSpec } from '../runtime/contract.ts';
import { type ProfiledNode, type ProfileFeeds, profileNodes } from '../runtime/profile-job.ts';
import { loadJob } from '../runtime/session-jobs.ts';
import { numberNodes, type Traced, traceNodes } from '../runtime/trace-nodes.ts';
import type { WorkerProcess } from '../runtime/worker-process.ts';
import { firstLine } from '../words.ts';
import type { Placement } from './contract.ts';

export interface PlacementRequest {
  worker: WorkerProcess;
  /** The FP32 model whose nodes are accounted for. */
  source: OnnxModel;
  /** What runs: a quantized variant, or the source itself. */
  variant: OnnxModel;
  /** What the quantizer decided, by node of the source. */
  decisions: readonly NodeDecision[];
  session: Omit<SessionSpec, 'model' | 'optimizedModelPath' | 'profilePrefix'>;
  /** Inputs to run; without them the optimized graph alone is read, and no times and providers are known. */
  feeds?: ProfileFeeds;
  /** Profiled runs; default 5. */
  runs?: number;
  /** Scratch folder. */
  workDir: string;
}

/**
 * - integer: an integer kernel does the work, or 8-bit data is moved as it is
 * - between: the float kernel stands between DequantizeLinear and QuantizeLinear: it costs more than FP32
 * - float: a float kernel
 * - gone: computed when the model was loaded, or nothing depends on it
 */
export type NodeStatus = 'integer' | 'between' | 'float' | 'gone';

/** One node of the source model in the variant. */
export interface NodePlacement {
  node: string;
  op: string;
  status: NodeStatus;
  /** The kernel that did its work: `QLinearConv`; several source nodes may share one. */
  kernel?: string;
  provider?: string;
  /** Another source node's work is done by the same kernel, and counts there. */
  fused: boolean;
  /** Median time of that kernel in one run; absent where it counts elsewhere or was not measured. */
  microseconds?: number;
  why: string;
  /** It was quantized, and the runtime did not fuse it. */
  unfused?: true;
}

export interface PlacementProof {
  placement: Placement;
  nodes: NodePlacement[];
  /** Every kernel of the optimized graph, by operator. */
  kernels: Record<string, number>;
  /** Time of kernels that belong to no source node: quantizing, dequantizing, changing layouts. */
  overheadMicroseconds: number;
  /** Why the model could not be run, where it could not. */
  notRun?: string;
}

/**
 * Shows, node by node, where a variant's work is done: from the graph that ONNX Runtime optimized the variant to and from
 * its profile. Nothing here is inferred from what the quantizer meant to happen.
 *
 * @throws WorkerError where the variant cannot be loaded
 */
export async function provePlacement(request: PlacementRequest): Promise<PlacementProof> {
  await mkdir(request.workDir, { recursive: true });
  const copy = request.variant.clone();
  const labels = [...copy.graph.allNodes()].map(nodeLabel);
  const nodes = numberNodes(copy);
  const path = join(request.workDir, 'placement.onnx');
  const optimizedPath = join(request.workDir, 'placement-optimized.onnx');
  await saveScratch(copy, path);
  const spec: SessionSpec = { ...request.session, model: path, optimizedModelPath: optimizedPath };
  let profile: ProfiledNode[] | undefined;
  let notRun: string | undefined;
  try {
    if (request.feeds) profile = await profileNodes(request.worker, spec, request.feeds, request.runs ?? 5);
  } catch (error) {
    if (!isJobError(error)) throw error;
    notRun = firstLine(error.message);
  }
  if (!profile) await request.worker.call(loadJob, { session: spec });
  const optimized = await loadModel(optimizedPath);
  const traced = traceNodes(nodes, optimized);
  await Promise.all([path, optimizedPath].map(removeModel));
  return account(request, { labels, traced, optimized, profile, notRun });
}

interface Evidence {
  /** The variant's own node labels, in the order of `traced`. */
  labels: string[];
  traced: Traced[];
  optimized: OnnxModel;
  profile: ProfiledNode[] | undefined;
  notRun: string | undefined;
}

function account(request: PlacementRequest, evidence: Evidence): PlacementProof {
  const { optimized, profile, notRun } = evidence;
  const ranAs = new Map(profile?.map((node) => [node.name, node]));
  const carriers = carriersOf(evidence);
  const decisions = new Map(request.decisions.map((decision) => [decision.node, decision]));
  const owners = new Map<Node, Node>();
  const sources = [...request.source.graph.allNodes()].filter((node) => !node.is('Constant'));
  const found = sources.map((node) => ({ node, carrier: carriers(node) }));
  for (const named of [true, false]) {
    for (const { node, carrier } of found) {
      if (carrier?.ran && (carrier.named || !named) && !owners.has(carrier.ran)) owners.set(carrier.ran, node);
    }
  }
  const nodes = found.map(({ node, carrier }): NodePlacement => {
    const label = nodeLabel(node);
    const ran = carrier?.ran;
    const measured = ran && ranAs.get(ran.name);
    const status = statusOf(ran, measured);
    const fused = ran !== undefined && owners.get(ran) !== node;
    return {
      node: label,
      op: node.op,
      status,
      ...(ran && { kernel: ran.op }),
      ...(measured && { provider: shortProvider(measured.provider) }),
      fused,
      ...(measured && !fused && { microseconds: measured.microseconds }),
      ...reason(node, status, ran, decisions.get(label)),
    };
  });
  const kernels = new Map<string, number>();
  for (const { op } of optimized.graph.allNodes()) kernels.set(op, (kernels.get(op) ?? 0) + 1);
  const providers: Record<string, number> = {};
  for (const { provider } of profile ?? []) {
    const name = shortProvider(provider);
    providers[name] = (providers[name] ?? 0) + 1;
  }
  const own = new Set([...owners.keys()].map((node) => node.name));
  const overheadMicroseconds = (profile ?? [])
    .filter(({ name }) => !own.has(name))
    .reduce((sum, { microseconds }) => sum + microseconds, 0);
  return {
    placement: { providers, ...totals(nodes, request) },
    nodes,
    kernels: Object.fromEntries(kernels),
    overheadMicroseconds,
    ...(notRun !== undefined && { notRun }),
  };
}

/** Finds the variant's node that does a source node's work: the one of its name, else the one that writes its result. */
function carriersOf({ labels, traced }: Evidence): (node: Node) => Traced | undefined {
  const byLabel = new Map<string, Traced>();
  const byOutput = new Map<string, Traced>();
  for (const [index, entry] of traced.entries()) {
    if (!byLabel.has(labels[index]!)) byLabel.set(labels[index]!, entry);
    for (const value of entry.node.outputs) if (value && !byOutput.has(value.name)) byOutput.set(value.name, entry);
  }
  const carrier = (node: Node): Traced | undefined => {
    const candidates = [
      byLabel.get(nodeLabel(node)),
      ...node.outputs.map((value) => value && byOutput.get(value.name)),
    ];
    for (const found of candidates) {
      // A quantizer may turn the result into another shape or move it; that is not the node's own work.
      if (found && !(computes(node.op) && operatorOf(found.node)?.kind === 'pass-through')) return found;
    }
    // The quantizer took it into what computes its input: a clamp into a range, a normalization into weights, a bias.
    const before = computes(node.op) ? node.inputs.find((value) => value?.producer)?.producer : undefined;
    const absorbing = before && carrier(before);
    return absorbing && { ...absorbing, named: false };
  };
  return carrier;
}

const eightBits = new Set(['int8', 'uint8']);

function statusOf(ran: Node | undefined, measured: ProfiledNode | undefined): NodeStatus {
  if (!ran) return 'gone';
  if (isIntegerKernel(ran.op)) return 'integer';
  if (isConversion(ran.op)) return 'gone';
  const first = measured?.inputs[0]?.type ?? elementTypeName(ran);
  // A Cast makes floats of an image's bytes.
  if (first !== undefined && eightBits.has(first) && !ran.is('Cast')) return 'integer';
  const fed = ran.inputs.some((value) => {
    const producer = value?.producer;
    return producer?.op === 'DequantizeLinear' && producer.input(0)?.initializer === undefined;
  });
  const read = ran.outputs.some((value) => value?.consumers.some((node) => node.op === 'QuantizeLinear'));
  return fed && read ? 'between' : 'float';
}

function elementTypeName(ran: Node): string | undefined {
  const value = ran.input(0);
  const producer = value?.producer;
  if (producer?.op === 'QuantizeLinear') return 'uint8';
  return value?.staticInfo.type;
}

function reason(
  node: Node,
  status: NodeStatus,
  ran: Node | undefined,
  decision: NodeDecision | undefined,
): Pick<NodePlacement, 'why' | 'unfused'> {
  if (status === 'integer') return { why: ran?.op === node.op ? `${node.op} of 8-bit data` : (ran?.op ?? '') };
  if (status === 'gone') return { why: 'computed when the model is loaded, or without a kernel of its own' };
  const unfused = (where: string) =>
    ({ why: `the runtime did not fuse it: ${ran?.op} runs in float${where}`, unfused: true }) as const;
  const meant = decision ? decision.quantized : operatorOf(node)?.kind !== 'float';
  if (status === 'between' && meant) return unfused(' between DequantizeLinear and QuantizeLinear');
  // The name of a kernel says how it was to run, and is no reason.
  if (decision && isIntegerKernel(decision.why)) return unfused('');
  return { why: decision?.why ?? operatorOf(node)?.why ?? `${ran?.op} ran in float` };
}

function totals(nodes: readonly NodePlacement[], { decisions }: PlacementRequest): Omit<Placement, 'providers'> {
  const known = new Set(nodes.map(({ node }) => node));
  // Both branches of an If may have nodes of one name (Hugging Face's merged decoders do): what one of them does counts.
  const integer = new Set(nodes.flatMap(({ node, status }) => (status === 'integer' ? [node] : [])));
  // Of the source's nodes: a quantizer may have added some.
  const quantized = decisions.filter(({ node, quantized }) => quantized && known.has(node));
  const integerKernels = quantized.filter(({ node }) => integer.has(node)).length;
  const decided = new Set(decisions.map(({ node }) => node));
  const floatNodes = nodes
    .filter(({ status }) => status === 'float' || status === 'between')
    .filter(({ node, op, fused }) => decided.has(node) || (computes(op) && !fused))
    .map(({ node, op, why, unfused }) => ({ node, op, why, ...(unfused && { unfused }) }));
  return { quantizedNodes: quantized.length, integerKernels, floatNodes };
}

/** Whether an operator computes, rather than moving data or making shapes. */
function computes(op: string): boolean {
  const kind = (operatorOf({ op, domain: '' }) ?? operatorOf({ op, domain: 'com.microsoft' }))?.kind;
  return kind !== undefined && kind !== 'pass-through' && kind !== 'concat' && kind !== 'select';
}

/** `CPUExecutionProvider` -> `cpu`, as in sessions and policies. */
function shortProvider(provider: string): string {
  return provider.replace(/ExecutionProvider$/, '').toLowerCase();
}
