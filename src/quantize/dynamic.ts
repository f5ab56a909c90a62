import { mkdir } from 'node:fs/promises';
import type { StoreReference } from '../data/store.ts';
import type { OnnxModel } from '../onnx/model.ts';
import type { Node } from '../onnx/node.ts';
import { upgradeOpset } from '../onnx/passes/upgrade-opset.ts';
import { operatorOf } from '../ops/table.ts';
import type { Level1Policy } from '../policy/schema.ts';
import { frugal, WorkerProcess } from '../runtime/worker-process.ts';
import { hostTargetName } from '../targets/index.ts';
import { commonReason, firstLine } from '../words.ts';
import { toCanonicalForm } from './canonical-form.ts';
import { type NodeDecision, nodeLabel, type QuantizedModel, type QuantizeRequest } from './contract.ts';
import { applyPlan } from './dynamic-apply.ts';
import { type GroupPlan, integerSites, planWeights } from './dynamic-plan.ts';
import { type Observed, observeNodes, rowsOf } from './dynamic-shapes.ts';
import { findWeights, type WeightSite } from './dynamic-sites.ts';
import { isFaster, slowerThanFloat } from './dynamic-trial.ts';
import { keepFloatInside } from './keep-float.ts';
import { WeightCache, weightElements } from './weight-cache.ts';
import { firstRange } from './weights.ts';

/** The first with DynamicQuantizeLinear. */
const integerOpset = 11;
/** The first whose Mul broadcasts as everywhere else, which is all that weights stored as integers need. */
const storageOpset = 7;

/** Weights beyond which the plan is not tried out: two more copies of the model would not be worth their memory and time. */
const trialElements = 64e6;

/** INT4 as an element type. */
const nibbleOpset = 21;

/** What Level 1 needs of a level's policy. */
export type DynamicOptions = Pick<Level1Policy, 'per-channel' | 'bits' | 'keep-float'>;

export interface DynamicRequest extends QuantizeRequest<DynamicOptions> {
  /** Real inputs, where there are any: sizes of products are taken from them. Nothing is calibrated. */
  samples?: StoreReference;
}

export interface DynamicModel extends QuantizedModel {
  /** Those of the notes that say what did not work; the others count the nodes by what was decided of them. */
  problems: string[];
}

/**
 * Level 1: weights become int8 now, activations are quantized at run time, no data is needed. MatMul, Gemm, LSTM and
 * Attention run in integer kernels where that is faster than FP32 on the target; every other weight is stored as int8 and
 * computed in float at FP32's own speed. Inputs and outputs stay as they are.
 *
 * @throws UserError where the model is not valid
 */
export async function quantizeDynamic(request: DynamicRequest): Promise<DynamicModel> {
  const start = performance.now();
  const { target, options, workDir, seed, progress } = request;
  await mkdir(workDir, { recursive: true });
  const source = request.model.clone();
  const stage = progress.stage('dynamic quantization', 3, 'steps');
  const worker = await WorkerProcess.start({ runtime: request.runtime, label: 'level 1', ...frugal });
  const problems: string[] = [];
  try {
    await toCanonicalForm(source, worker, workDir);
    const given = request.samples && { store: request.samples };
    const observed = await observeNodes(worker, source, workDir, given, seed);
    if ('failed' in observed) {
      problems.push(
        `The model could not be run on generated inputs (${firstLine(observed.failed)}); sizes are unknown.`,
      );
    }
    const functions = source.proto.functions.length;
    if (functions > 0) problems.push(`The model has ${functions} functions; weights inside of functions stay float.`);
    stage.advance(1, 'sizes');
    const demoted = new Map(request.speed?.slowProducts);
    let smallProducts = request.speed?.smallProducts ?? false;
    const keepsFloat = (site: WeightSite) => keepFloatInside(options['keep-float'], site);
    const rows = rowCounter('nodes' in observed ? observed : undefined);
    const cache = new WeightCache(weightElements(source.graph));
    const planned = ({ integers = true, small = smallProducts } = {}) => {
      const model = source.clone();
      if (options.bits < 8) upgradeOpset(model, nibbleOpset);
      const decide = () =>
        planWeights(findWeights(model, options['per-channel']), {
          target,
          integers,
          smallProducts: small,
          rows,
          demoted,
          keepsFloat,
        });
      let plan = decide();
      const changes = plan.some(({ sites }) => sites.some(({ form }) => form !== 'float'));
      const needed = integerSites(plan).length > 0 ? integerOpset : changes ? storageOpset : 0;
      if (model.opset() < needed) {
        upgradeOpset(model, needed);
        plan = decide();
      }
      return { model, plan };
    };
    const build = (how?: Parameters<typeof planned>[0]) => {
      const { model, plan } = planned(how);
      applyPlan(model, plan, { target, bits: options.bits, range: firstRange(options.bits), cache });
      declareDomains(model);
      return { model, plan };
    };
    let built = build();
    stage.advance(1, 'weights');
    const weights = built.plan.reduce((sum, { group }) => sum + group.elements, 0);
    if (!request.speed && 'nodes' in observed && weights < trialElements && target.name === hostTargetName()) {
      const trial = { worker, workDir, threads: request.threads ?? 0, feeds: observed.feeds };
      if (integerSites(planned({ small: true }).plan).length > integerSites(built.plan).length) {
        const bolder = build({ small: true });
        smallProducts = await isFaster(trial, bolder, built);
        if (smallProducts) built = bolder;
      }
      const slow = await slowerThanFloat({
        ...trial,
        ...built,
        storage: () => build({ integers: false }).model,
      });
      if (slow.size > 0) {
        for (const [label, why] of slow) demoted.set(label, why);
        built = build();
      }
    }
    stage.advance(1, 'speed');
    const nodes = decisions(source, built.plan);
    const counted = summaries(nodes, new Set(integerSites(built.plan).map(({ site }) => site.label)));
    const notes = [...problems, ...counted];
    const speed = { slow: new Map<string, string>(), slowProducts: demoted, smallProducts };
    return { model: built.model, nodes, speed, notes, problems, seconds: (performance.now() - start) / 1000 };
  } finally {
    await worker.close();
    stage.done();
  }
}

/** Rows that a node's product has: everything of its first input but the last axis. */
function rowCounter(observed: Observed | undefined): (label: string) => number | undefined {
  return (label) => {
    const dims = observed?.nodes.get(label)?.inputs[0]?.dims;
    return dims && rowsOf(dims);
  };
}

/** Operators of ONNX Runtime's own domain need it declared; one that the model has already keeps its version. */
function declareDomains(model: OnnxModel): void {
  for (const node of model.graph.allNodes()) {
    if (node.domain === 'com.microsoft' && model.opset('com.microsoft') === undefined) {
      model.setOpset('com.microsoft', 1);
      return;
    }
  }
}

/** One decision a node: quantized where any of its weights is. Weighted nodes without a constant weight are listed too. */
function decisions(source: OnnxModel, plan: readonly GroupPlan[]): NodeDecision[] {
  const byNode = new Map<string, NodeDecision>();
  for (const { sites } of plan) {
    for (const { site, form, why } of sites) {
      const known = byNode.get(site.label);
      if (known?.quantized && form === 'float') continue;
      byNode.set(site.label, { node: site.label, op: site.op, quantized: form !== 'float', why });
    }
  }
  const nodes: NodeDecision[] = [];
  for (const node of source.graph.allNodes()) {
    const label = nodeLabel(node);
    const decision = byNode.get(label);
    if (decision) nodes.push(decision);
    else if (isWeighted(operatorOf(node)?.kind)) {
      nodes.push({ node: label, op: node.op, quantized: false, why: withoutWeight(node) });
    }
    byNode.delete(label);
  }
  return nodes;
}

function withoutWeight(node: Node): string {
  const quantized = node.inputs.some((value) => {
    const producer = value?.producer;
    return producer?.is('DequantizeLinear') && producer.input(0)?.initializer !== undefined;
  });
  return quantized ? 'its weight is quantized already' : 'no constant weight: its operands are activations';
}

function isWeighted(kind: string | undefined): boolean {
  return kind === 'weighted' || kind === 'recurrent';
}

/** A sentence for each way in which weights were treated, with numbers and, for what stays float, the reasons. */
function summaries(nodes: readonly NodeDecision[], integer: ReadonlySet<string>): string[] {
  const counts = new Map<string, Map<string, number>>();
  for (const { node, op, quantized, why } of nodes) {
    const how = integer.has(node)
      ? `quantized to ${why}`
      : quantized
        ? commonReason(why)
        : `left float: ${commonReason(why)}`;
    const ops = counts.get(how) ?? new Map<string, number>();
    counts.set(how, ops.set(op, (ops.get(op) ?? 0) + 1));
  }
  return [...counts].map(([how, ops]) => {
    const list = [...ops].map(([op, count]) => `${count} ${op}`).join(', ');
    return `${list}: ${how}.`;
  });
}
