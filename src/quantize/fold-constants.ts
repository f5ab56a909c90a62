import { join } from 'node:path';
import type { Graph } from '../onnx/graph.ts';
import { type OnnxModel, saveScratch } from '../onnx/model.ts';
import type { Node } from '../onnx/node.ts';
import { FactFinder } from '../onnx/opset/facts.ts';
import { removeDeadCode } from '../onnx/passes/remove-dead-code.ts';
import { elementCount } from '../onnx/tensor.ts';
import type { Value } from '../onnx/value.ts';
import type { SessionSpec } from '../runtime/contract.ts';
import { runJob } from '../runtime/session-jobs.ts';
import type { WorkerProcess } from '../runtime/worker-process.ts';
import type { Tensor } from '../tensor.ts';

/** What draws numbers, or what a quantized model stores its weights by. */
const kept = [
  'Bernoulli',
  'DequantizeLinear',
  'Dropout',
  'DynamicQuantizeLinear',
  'Multinomial',
  'QuantizeLinear',
  'RandomNormalLike',
  'RandomUniformLike',
];

/** So many numbers of constants are folded at once: their results come from another process, and are copied several times. */
const atOnce = 64e6;
/** Of larger models all constants are left. */
const most = 512e6;

/** Folding an expression may add up to this many numbers to the file. */
const slack = 64;

/**
 * Makes what is computed from constants alone (a weight that is transposed, cast from float16, or normalized as weight_norm does)
 * the constant that ONNX Runtime makes of it. What would make the file larger stays as it is: a tied weight that is read as
 * it stands too, zeros that are spread out. Expects constants to be initializers.
 */
export async function foldConstants(
  model: OnnxModel,
  worker: WorkerProcess,
  workDir: string,
  limit = atOnce,
): Promise<void> {
  const { graph } = model;
  const nodes = constantNodes(graph);
  const facts = new FactFinder(graph);
  const wanted = [...nodes].flatMap(
    ({ outputs }) => outputs.filter((value) => value && isWanted(value, nodes) && facts.canLeave(value)) as Value[],
  );
  const groups = groupsOf(wanted);
  if (totalOf(new Set(groups.flatMap(({ sources }) => [...sources]))) > most) return;
  for (const part of partsOf(groups, limit)) {
    const results = part.flatMap((group) => group.results);
    const values = await compute(model, results, worker, join(workDir, 'constants.onnx'));
    for (const { results, sources } of part) {
      const isFreed = (source: Value) => !source.isGraphOutput && source.consumers.every((reader) => nodes.has(reader));
      const freed = totalOf([...sources].filter(isFreed));
      const made = results.reduce((sum, { name }) => sum + values[name]!.data.length, 0);
      if (made > freed + slack) continue;
      for (const value of results) graph.replaceUses(value, graph.addInitializer(value.name, values[value.name]!));
    }
  }
  removeDeadCode(model);
}

/** Groups that are computed together; one that is larger by itself is none's. */
function partsOf(groups: readonly ConstantGroup[], limit: number): ConstantGroup[][] {
  const parts: ConstantGroup[][] = [];
  let room = 0;
  for (const group of groups) {
    const size = totalOf(group.sources);
    if (size > limit) continue;
    if (size > room) {
      parts.push([]);
      room = limit;
    }
    parts.at(-1)!.push(group);
    room -= size;
  }
  return parts;
}

/** The nodes whose results are the same in every run. Those of subgraphs stay. */
function constantNodes(graph: Graph): ReadonlySet<Node> {
  const found = new Set<Node>();
  const isConstant = ({ initializer, producer }: Value) => initializer !== undefined || found.has(producer!);
  for (const node of graph.nodes) {
    if (node.subgraphs.length > 0 || kept.includes(node.op) || /Sequence|Optional/.test(node.op)) continue;
    const inputs = node.inputs.filter((value) => value !== undefined);
    if (inputs.length > 0 && inputs.every(isConstant)) found.add(node);
  }
  return found;
}

/** Whether something that is computed anew in each run reads it. */
function isWanted(value: Value, constant: ReadonlySet<Node>): boolean {
  return !value.isGraphOutput && value.consumers.some((reader) => !constant.has(reader));
}

async function compute(
  model: OnnxModel,
  wanted: readonly Value[],
  worker: WorkerProcess,
  path: string,
): Promise<Record<string, Tensor>> {
  const part = model.clone();
  const { graph } = part;
  for (const value of graph.outputs) graph.removeOutput(value);
  for (const { name } of wanted) graph.addOutput(graph.value(name)!);
  removeDeadCode(part);
  for (const value of graph.inputs) graph.removeInput(value);
  await saveScratch(part, path);
  const session: SessionSpec = { model: path, provider: 'cpu', threads: 0, optimization: 'disabled' };
  return worker.call(runJob, { session, feeds: {}, release: true });
}

/** Results that are computed from the same large constants, and all constants that they are computed from. */
interface ConstantGroup {
  results: Value[];
  sources: Set<Value>;
}

function groupsOf(wanted: readonly Value[]): ConstantGroup[] {
  let groups: ConstantGroup[] = [];
  for (const value of wanted) {
    const sources = sourcesOf(value);
    const large = sources.filter((source) => elementsOf(source) > slack);
    const shared = groups.filter((group) => large.some((source) => group.sources.has(source)));
    groups = groups.filter((group) => !shared.includes(group));
    groups.push({
      results: [...shared.flatMap(({ results }) => results), value],
      sources: new Set([...shared.flatMap((group) => [...group.sources]), ...sources]),
    });
  }
  return groups;
}

/** The constants that a value is computed from. */
function sourcesOf(value: Value): Value[] {
  const seen = new Set([value]);
  for (const each of seen) for (const input of each.producer?.inputs ?? []) if (input) seen.add(input);
  return [...seen].filter(({ initializer }) => initializer !== undefined);
}

function totalOf(values: Iterable<Value>): number {
  return [...values].reduce((sum, value) => sum + elementsOf(value), 0);
}

const elementsOf = ({ initializer }: Value): number => (initializer ? elementCount(initializer) : 0);
