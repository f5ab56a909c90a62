import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { type FeedStore, readIndex, readSample, storeOf, storeReference } from '../../data/store.ts';
import { copyMessage } from '../../onnx/copy.ts';
import type { Graph } from '../../onnx/graph.ts';
import { OnnxModel } from '../../onnx/model.ts';
import type { Node } from '../../onnx/node.ts';
import { outerReads } from '../../onnx/outer-reads.ts';
import { removeDeadCode } from '../../onnx/passes/remove-dead-code.ts';
import { upgradeOpset } from '../../onnx/passes/upgrade-opset.ts';
import { type GraphProto, type TensorProto, ValueInfoProtoSchema } from '../../onnx/proto.ts';
import { sharedBytes } from '../../onnx/tensor.ts';
import { makeTypeProto } from '../../onnx/types.ts';
import type { Value } from '../../onnx/value.ts';
import { operatorOf } from '../../ops/table.ts';
import { runStoreJob } from '../../runtime/run-store.ts';
import { counted } from '../../words.ts';
import type { NodeDecision } from '../contract.ts';
import { keepFloatWhy } from '../keep-float.ts';
import type { Recipe } from './recipe.ts';
import type { StaticRun } from './run.ts';
import type { StaticRequest, StaticResult } from './static.ts';
import type { ValueInfos } from './units.ts';

const branchNames = ['then_branch', 'else_branch'] as const;
type BranchName = (typeof branchNames)[number];

/** A branch of an If that was quantized as a model of its own. */
export interface QuantizedBranch {
  /** The name of the If, and which of its graphs it is. */
  readonly owner: string;
  readonly branch: BranchName;
  readonly result: StaticResult;
  /** Names that the float branch has or reads. */
  readonly known: ReadonlySet<string>;
  /** The constants of the graph around it that it reads. */
  readonly constants: ReadonlyMap<string, TensorProto>;
}

/** What became of the graphs in a model's nodes. */
export interface Subgraphs {
  readonly branches: readonly QuantizedBranch[];
  /** The products of those that were left as they are, with the reason. */
  readonly left: readonly NodeDecision[];
}

export const noSubgraphs: Subgraphs = { branches: [], left: [] };

type Quantize = (request: StaticRequest) => Promise<StaticResult>;

/**
 * Quantizes what an If holds: each branch as a model whose inputs are what it reads of the graph around it, on the samples that
 * take it. Silero's voice activity detectors, and what PyTorch scripts, have the whole network in an If.
 *
 * @param quantize makes the static form of a model, whose own branches are seen to there
 */
export async function quantizeBranches(run: StaticRun, quantize: Quantize): Promise<Subgraphs> {
  const branches: QuantizedBranch[] = [];
  const left: NodeDecision[] = [];
  const subgraphs = subgraphsOf(run.prepared);
  const tied = readTwice(subgraphs);
  for (const { node, branch, graph } of subgraphs) {
    const made = branch && (await quantizeBranch(run, { node, branch, graph }, quantize, branches.length, tied));
    if (typeof made === 'object') branches.push(made);
    else left.push(...leftAs(graph, made ?? uncalibrated(node)));
  }
  return { branches, left };
}

/** The constants that several graphs read of the graph around them. */
function readTwice(subgraphs: readonly Subgraph[]): Set<string> {
  const known = new Set<string>();
  const twice = new Set<string>();
  for (const { graph } of subgraphs) {
    for (const { name } of new Set(outerReads(graph).filter(({ initializer }) => initializer))) {
      if (known.has(name)) twice.add(name);
      known.add(name);
    }
  }
  return twice;
}

/** Those that a recipe quantizes: a search may leave an If in FP32 as it may any node. */
export function chosenSubgraphs({ branches, left }: Subgraphs, { floatNodes, slowNodes }: Recipe): Subgraphs {
  const whyNot = ({ owner }: QuantizedBranch) => floatNodes.get(owner) ?? slowNodes.get(owner);
  const others = branches.flatMap((branch) => {
    const why = whyNot(branch);
    return why === undefined ? [] : branch.result.nodes.map((node) => ({ ...node, quantized: false, why }));
  });
  return { branches: branches.filter((branch) => whyNot(branch) === undefined), left: [...left, ...others] };
}

/** The branches as models, before there are samples, and what quantizeBranches leaves whatever they are. */
export function previewBranches(prepared: OnnxModel, infos: ValueInfos): { models: OnnxModel[]; left: NodeDecision[] } {
  const models: OnnxModel[] = [];
  const left: NodeDecision[] = [];
  for (const { node, branch, graph } of subgraphsOf(prepared)) {
    const made = branch ? standalone(prepared, infos, { node, branch, graph }) : uncalibrated(node);
    if (typeof made === 'string') left.push(...leftAs(graph, made));
    else models.push(made.model);
  }
  return { models, left };
}

const uncalibrated = ({ name, op }: Node) => `in the body of ${name} (${op}), whose steps are not calibrated`;

interface Subgraph {
  node: Node;
  graph: Graph;
  branch: BranchName | undefined;
}

type Branch = Subgraph & { branch: BranchName };

/** The graphs in the nodes of a model's own graph that have something to quantize. */
function subgraphsOf({ graph }: OnnxModel): Subgraph[] {
  return graph.nodes.flatMap((node) => {
    const names = node.is('If') ? branchNames : [undefined];
    return names.flatMap((branch) => {
      const graphs = branch ? [node.subgraph(branch)] : node.subgraphs;
      return graphs.flatMap((inner) => (inner && productsOf(inner).length > 0 ? [{ node, graph: inner, branch }] : []));
    });
  });
}

const productsOf = (graph: Graph): Node[] =>
  [...graph.allNodes()].filter((node) => operatorOf(node)?.kind === 'weighted');

const leftAs = (graph: Graph, why: string): NodeDecision[] =>
  productsOf(graph).map(({ name, op }) => ({ node: name, op, quantized: false, why }));

/** @returns the branch, or why it is left as it is */
async function quantizeBranch(
  run: StaticRun,
  subgraph: Branch,
  quantize: Quantize,
  index: number,
  tied: ReadonlySet<string>,
): Promise<QuantizedBranch | string> {
  const { node, branch, graph } = subgraph;
  const kept = keepFloatWhy(run.request.options['keep-float'], [node]);
  if (kept) return kept;
  const made = standalone(run.prepared, run.infos, subgraph);
  if (typeof made === 'string') return made;
  const { model, read, constants } = made;
  const calibration = await recordFeeds(run, node, branch, read, join(run.request.workDir, `branch-${index}.feeds`));
  const which = nameOf(subgraph);
  if (!calibration) {
    run.notes.push(`No calibration sample takes ${which}: of its weights, none meets an integer kernel.`);
    return `in ${which}, which no calibration sample takes`;
  }
  const workDir = join(run.request.workDir, `branch-${index}`);
  const result = await quantize({
    ...run.request,
    model,
    calibration,
    workDir,
    tied: new Set([...tied, ...(run.request.tied ?? [])]),
  });
  const { samples } = calibration;
  run.notes.push(
    `Quantized as a model of its own: ${which}, on ${counted(samples.length, 'sample')}.`,
    ...result.notes,
  );
  return {
    owner: node.name,
    branch,
    result,
    known: new Set([...namesIn(graph), ...read.map(({ name }) => name), ...constants.keys()]),
    constants,
  };
}

const nameOf = ({ node, branch }: Branch): string =>
  `the ${branch === 'then_branch' ? 'then' : 'else'} branch of ${node.name}`;

/** Puts quantized branches in the place of the float ones. */
export function embedBranches(model: OnnxModel, branches: readonly QuantizedBranch[]): void {
  if (branches.length === 0) return;
  const made = branches.map((branch) => ({ ...branch, model: branch.result.model.clone() }));
  const opset = Math.max(...made.map((each) => each.model.opset()));
  for (const each of [model, ...made.map((branch) => branch.model)]) upgradeOpset(each, opset);
  for (const { owner, branch, model: quantized, known, constants } of made) {
    const node = model.graph.nodes.find(({ name }) => name === owner)!;
    renameClashes(quantized.graph, model.graph, known);
    const same = giveBackConstants(quantized.graph, model.graph, constants);
    const { graph, opsetImport } = quantized.proto;
    const proto = graph as GraphProto;
    proto.input = [];
    proto.initializer = proto.initializer.filter(({ name }) => !same.has(name));
    node.replaceSubgraph(branch, proto);
    for (const { domain, version } of opsetImport) {
      if (model.opset(domain) === undefined) model.setOpset(domain, Number(version));
    }
    model.irVersion = Math.max(model.irVersion, quantized.irVersion);
  }
  removeDeadCode(model);
}

function namesIn(graph: Graph): Set<string> {
  const names = new Set<string>();
  for (const { nodes, values } of graph.allGraphs()) {
    for (const { name } of [...nodes, ...values]) names.add(name);
  }
  return names;
}

/**
 * Runs the float model for what a branch reads.
 *
 * @returns the samples that take the branch; undefined where there is none
 */
async function recordFeeds(
  run: StaticRun,
  node: Node,
  branch: BranchName,
  read: readonly Value[],
  path: string,
): Promise<FeedStore | undefined> {
  const tapped = run.prepared.clone();
  const { graph } = tapped;
  for (const value of graph.outputs) graph.removeOutput(value);
  const outputs = new Map<string, string>();
  const tap = (name: string): string => {
    // Inputs of the model among them, which cannot be outputs too.
    const value = graph.addNode({ op: 'Identity', name: `${name}_read`, inputs: [graph.value(name)] }).output();
    graph.addOutput(value);
    return value.name;
  };
  const condition = tap(node.input(0)!.name);
  for (const { name } of read) outputs.set(tap(name), name);
  removeDeadCode(tapped);
  await run.opened(tapped, (session) =>
    run.worker.call(runStoreJob, {
      session,
      store: storeReference(run.request.calibration),
      batch: 1,
      to: path,
    }),
  );
  const index = readIndex(path);
  const all = storeOf(path, index);
  const wanted = branch === 'then_branch' ? 1 : 0;
  const samples = index.samples.flatMap((sample, at) => {
    if (Number(readSample(all, at).inputs[condition]!.data[0]) !== wanted) return [];
    const inputs = [...outputs].map(([output, name]) => [name, sample.inputs[output]!] as const);
    return [{ ...sample, inputs: Object.fromEntries(inputs) }];
  });
  if (samples.length === 0) return undefined;
  const taken = { ...index, samples };
  await writeFile(`${path}.json`, JSON.stringify(taken));
  return storeOf(path, taken);
}

/** A branch as a model: what it reads as inputs, with the constants of the graph around it; or why it cannot be one. */
function standalone(
  prepared: OnnxModel,
  infos: ValueInfos,
  subgraph: Branch,
): { model: OnnxModel; read: Value[]; constants: Map<string, TensorProto> } | string {
  const { node, branch, graph } = subgraph;
  const outer = [...new Set(outerReads(graph))];
  const constants = new Map(outer.flatMap((value) => (value.initializer ? [[value.name, value.initializer]] : [])));
  const read = outer.filter((value) => !value.initializer);
  const model = prepared.clone();
  const owner = model.graph.nodes.find(({ name }) => name === node.name)!;
  const { proto } = owner.subgraph(branch)!;
  proto.name ||= branch;
  for (const { name, staticInfo } of read) {
    const { type, dims = [] } = infos.get(name) ?? {};
    if (type === undefined) return `in ${nameOf(subgraph)}, which reads ${name}, which is no tensor`;
    // ONNX Runtime describes what it knows no rank of as it does a scalar.
    const known = dims.length > 0 ? dims : staticInfo.dims;
    proto.input.push(create(ValueInfoProtoSchema, { name, type: makeTypeProto(type, known) }));
  }
  proto.initializer.push(...[...constants.values()].map(copyMessage));
  // A branch need not say what it returns; the If's outputs are that.
  for (const [at, info] of proto.output.entries()) {
    const known = infos.get(owner.outputs[at]?.name ?? '');
    if (!info.type && known?.type) info.type = makeTypeProto(known.type);
  }
  const message = model.proto;
  message.graph = proto;
  return { model: new OnnxModel(message), read, constants };
}

/** Gives new names to what quantization added where the graph around has them: a branch must not hide an outer value. */
function renameClashes(graph: Graph, around: Graph, known: ReadonlySet<string>): void {
  const clashes = (name: string) => !known.has(name) && around.names.has(name);
  for (const each of graph.allGraphs()) {
    for (const value of each.values) {
      if (clashes(value.name)) each.rename(value, freshIn(value.name, graph, around));
    }
    for (const node of each.nodes) {
      if (node.name === '' || !clashes(node.name)) continue;
      node.proto.name = freshIn(node.name, graph, around);
      each.touch();
    }
  }
}

function freshIn(base: string, graph: Graph, around: Graph): string {
  let name = around.names.fresh(base);
  while (graph.names.has(name)) name = around.names.fresh(base);
  return name;
}

/**
 * Constants of the graph around that the branch still reads as they are are read there again; what became of the others has
 * a name of its own.
 *
 * @returns the names of the first
 */
function giveBackConstants(graph: Graph, around: Graph, constants: ReadonlyMap<string, TensorProto>): Set<string> {
  const same = new Set<string>();
  for (const value of graph.initializers) {
    const before = constants.get(value.name);
    if (!before) continue;
    if (sharedBytes(value.initializer!) === sharedBytes(before) && around.value(value.name)) same.add(value.name);
    else graph.rename(value, freshIn(value.name, graph, around));
  }
  return same;
}
