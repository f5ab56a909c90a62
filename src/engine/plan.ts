import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { runCommand } from '../command.ts';
import { batchAxes } from '../data/batch.ts';
import type { Dataset } from '../data/dataset.ts';
import { generateInputs } from '../data/generate.ts';
import { openDataset } from '../data/open.ts';
import type { FeedStore } from '../data/store.ts';
import { UserError } from '../errors.ts';
import { gpuState } from '../measure/gpu.ts';
import { modelBytes, modelDigest } from '../onnx/load.ts';
import { loadModel, type OnnxModel } from '../onnx/model.ts';
import { remarksOn } from '../onnx/remarks.ts';
import { nearest } from '../policy/explain.ts';
import { type LoadedPolicy, positionOf } from '../policy/load.ts';
import { expandModels, type PolicyModel } from '../policy/paths.ts';
import type { PolicyPath } from '../policy/positions.ts';
import type { Level, LevelPolicy, ModelPolicy, Policy } from '../policy/schema.ts';
import { metricOf, metricTraits } from '../policy/task.ts';
import { checkNames } from '../runtime/names.ts';
import { type Executability, executability, hostTargetName, resolveTarget, type Target } from '../targets/index.ts';
import type { TensorInfo } from '../tensor.ts';
import { checkExport, checkKeepFloat } from './check-levels.ts';
import type { GateOptions } from './options.ts';
import { reading } from './place.ts';

/** A variant that the policy asks for. */
export interface PlannedVariant {
  /** `level2-cpu-x64-vnni`. */
  id: string;
  level: Level;
  options: LevelPolicy;
  target: Target;
  /** Where the target is what this machine's CPU is, and not named. */
  requested?: 'cpu';
  executability: Executability;
}

/** Where samples come from; `generated` where the policy names no data. */
export interface PlannedData {
  dataset: Dataset;
  generated: boolean;
  /** Where the policy names it; the model where it names none. */
  place: PolicyPath;
}

/** A model that was opened and checked, with everything that will be done to it. */
export interface PlannedModel extends PolicyModel {
  model: OnnxModel;
  bytes: number;
  /** See modelDigest. */
  sha256: string;
  inputs: TensorInfo[];
  outputs: TensorInfo[];
  metric: NonNullable<ModelPolicy['metric']>;
  calibration: PlannedData;
  validation: PlannedData;
  training?: PlannedData;
  /** What is odd about the model itself or its data, a sentence or two each. */
  remarks: string[];
  variants: PlannedVariant[];
}

/** Samples of generated inputs where the policy has no data. */
const generatedSamples = 32;

/**
 * Opens every model and every dataset that the policy names, and says what a run does. Nothing is run but `build`
 * commands, which write the models.
 *
 * @throws UserError for everything that a run would stumble over later
 */
export async function planRun(loaded: LoadedPolicy, options: GateOptions): Promise<PlannedModel[]> {
  const all = await expandModels(loaded, [resolve(options.outDir)]);
  const models = selectModels(all, options.models);
  const variants = planVariants(loaded, options, (await gpuState()) !== undefined);
  const planned: PlannedModel[] = [];
  for (const model of models) planned.push(await planModel(loaded, model, variants, options));
  await checkExport(loaded, planned);
  await checkKeepFloat(
    loaded,
    planned,
    all.filter((model) => !models.includes(model)),
  );
  return planned;
}

function selectModels(models: PolicyModel[], wanted: readonly string[] | undefined): PolicyModel[] {
  if (!wanted) return models;
  const names = models.map(({ name }) => name);
  for (const name of wanted) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    throw new UserError(
      `the policy has no model "${name}"; ${near ? `did you mean "${near}"?` : `it has ${names.join(', ')}`}`,
    );
  }
  return models.filter(({ name }) => wanted.includes(name));
}

function planVariants(loaded: LoadedPolicy, options: GateOptions, gpu: boolean): PlannedVariant[] {
  const { policy } = loaded;
  const host = hostTargetName();
  const defined = ([1, 2, 3] as const).flatMap((level) => {
    const found = policy.levels[level];
    return found ? [{ level, options: found }] : [];
  });
  for (const level of options.levels ?? []) {
    if (defined.some((each) => each.level === level)) continue;
    throw new UserError(`the policy has no level ${level}; it has ${defined.map((each) => each.level).join(', ')}`, {
      position: positionOf(loaded, ['levels']),
    });
  }
  const levels = defined.filter(({ level }) => options.levels?.includes(level) ?? true);
  const names = options.targets ?? policy.targets;
  const targets = [...new Set(names.map((name) => resolveTarget(name)))];
  return targets.flatMap((target) =>
    levels.map(({ level, options: own }) => ({
      id: `level${level}-${target.name}`,
      level,
      options: own,
      target,
      ...(!names.includes(target.name) && { requested: 'cpu' as const }),
      executability: executability(target, host, gpu),
    })),
  );
}

async function planModel(
  loaded: LoadedPolicy,
  entry: PolicyModel,
  variants: PlannedVariant[],
  options: GateOptions,
): Promise<PlannedModel> {
  const { policy, index } = entry;
  if (policy.build) {
    await runCommand(policy.build.command, {
      folder: loaded.folder,
      allowed: options.allowCommands,
      what: `build of ${entry.name}`,
      position: positionOf(loaded, ['models', index, 'build', 'command']),
      progress: options.progress,
    });
  }
  const { model, ...file } = await reading(loaded, ['models', index, 'path'], () => openModel(loaded, entry));
  const inputs = model.graph.infos('inputs');
  checkBatches(loaded, entry, variants, inputs);
  const outputs = model.graph.infos('outputs');
  checkOutput(loaded, entry, outputs);
  const output = outputs.find(({ name }) => name === (policy.output ?? outputs[0]?.name));
  const metric = metricOf(policy);
  const data = async (role: 'calibration' | 'validation' | 'training'): Promise<PlannedData | undefined> => {
    const source = policy.data[role];
    if (!source) return undefined;
    const place = ['models', index, 'data', role];
    const open = () =>
      openDataset(source, {
        policyFolder: loaded.folder,
        root: loaded.root,
        inputs,
        // Nothing reads the labels of calibration data: its folders may be of some of the classes, or of others.
        ...(output && role !== 'calibration' && { output }),
        task: policy.task,
        allowCommands: options.allowCommands,
        ...(policy.data.preprocess && { preprocess: policy.data.preprocess }),
        progress: options.progress,
      });
    const dataset = await reading(loaded, place, () => ofMatch(entry, open));
    return { dataset, generated: false, place };
  };
  const generated = (): PlannedData => ({
    dataset: generateInputs(inputs, generatedSamples, options.seed),
    generated: true,
    place: ['models', index, 'path'],
  });
  const validation = (await data('validation')) ?? generated();
  if (validation.generated) refuseAccuracyLimits(loaded, entry, variants);
  const training = variants.some(({ level }) => level === 3) ? await data('training') : undefined;
  const calibration = (await data('calibration')) ?? generated();
  const remarks = [calibration, validation, training].flatMap((each) => each?.dataset.remarks ?? []);
  return {
    ...entry,
    model,
    ...file,
    inputs,
    outputs,
    metric,
    remarks: [...file.remarks, ...new Set(remarks)],
    calibration,
    validation,
    ...(training && { training }),
    variants,
  };
}

/** Says which of a glob's matches a mistake is about: its place in the policy is that of all of them. */
async function ofMatch<T>({ path, policy }: PolicyModel, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isLiteral = path === policy.path.replace(/^\.\//, '');
    if (isLiteral || !(error instanceof UserError) || error.position) throw error;
    throw new UserError(`${path}: ${error.message}`, { ...(error.key && { key: error.key }), cause: error });
  }
}

/** Reads a model's file, which shows whether its graph is one. */
async function openModel(
  loaded: LoadedPolicy,
  entry: PolicyModel,
): Promise<Pick<PlannedModel, 'model' | 'bytes' | 'sha256' | 'remarks'>> {
  await checkExists(loaded, entry);
  const root = { root: loaded.root };
  const model = await loadModel(entry.file, root);
  checkNames(model, entry.path);
  if (model.graph.outputs.length === 0) {
    throw new UserError(`${entry.path} has no outputs: there is nothing that INT8 and FP32 could be compared by`);
  }
  return {
    model,
    bytes: await modelBytes(entry.file, root),
    sha256: await modelDigest(entry.file, root),
    remarks: remarksOn(model),
  };
}

async function checkExists(loaded: LoadedPolicy, { file, path }: PolicyModel): Promise<void> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!found) throw new UserError(`there is no model ${path}; the path is relative to ${loaded.folder}`);
  // Opening a pipe would wait for whoever writes into it.
  if (!found.isFile() && !found.isDirectory()) throw new UserError(`${path} is not a regular file`);
}

/** A batch size that the model cannot take is found before anything is measured. */
function checkBatches(
  loaded: LoadedPolicy,
  { policy, path, index }: PolicyModel,
  variants: readonly PlannedVariant[],
  inputs: readonly TensorInfo[],
): void {
  const axes = batchAxes(inputs);
  const fixed = inputs.find(({ name, dims }) => {
    const axis = axes[name];
    return axis !== undefined && typeof dims[axis] === 'number';
  });
  const whole = inputs.every(({ name }) => axes[name] === undefined) ? inputs[0] : undefined;
  const input = fixed ?? whole;
  if (!input) return;
  const shape = `[${input.dims.join(', ')}]`;
  const own = fixed ? fixed.dims[axes[fixed.name]!] : 1;
  const why = fixed
    ? `has a fixed batch of ${own}, ${shape}`
    : `has the fixed shape ${shape} and no batch axis, so that all of it is one sample`;
  const asked: [number, PolicyPath][] = [
    [policy.batch, ['models', index, 'batch']],
    ...loaded.policy.measure.batches.map((batch): [number, PolicyPath] => [batch, ['measure', 'batches']]),
    ...variants.flatMap(({ level, options: { limits } }): [number, PolicyPath][] =>
      limits.latency ? [[limits.latency.batch, ['levels', level, 'limits', 'latency', 'batch']]] : [],
    ),
  ];
  for (const [batch, at] of asked) {
    if (batch === own) continue;
    throw new UserError(
      `batch ${batch} is not possible: input "${input.name}" of ${path} ${why}; ` +
        `write ${own}, or export the model with a dynamic batch axis`,
      { position: positionOf(loaded, at) },
    );
  }
}

function checkOutput(loaded: LoadedPolicy, { policy, index }: PolicyModel, outputs: readonly TensorInfo[]): void {
  if (policy.output === undefined || outputs.some(({ name }) => name === policy.output)) return;
  const names = outputs.map(({ name }) => name);
  throw new UserError(
    `the model has no output "${policy.output}"; it has ${names.map((name) => `"${name}"`).join(', ')}`,
    {
      position: positionOf(loaded, ['models', index, 'output']),
    },
  );
}

/** Batch sizes at which a variant's latency is measured; at the first its limits hold, and it is compared with the base. */
export function latencyBatches({ measure }: Policy, { options }: PlannedVariant): [number, ...number[]] {
  const { latency } = options.limits;
  const batches = new Set([...(latency ? [latency.batch] : []), ...measure.batches]);
  return [...batches] as [number, ...number[]];
}

/** Whether a metric compares INT8 with FP32 alone. */
export function isLabelFree(metric: PlannedModel['metric']): boolean {
  return typeof metric === 'string' && metricTraits[metric].labelFree === true;
}

/** @throws UserError where the policy limits accuracy by a metric that has no value without labels, and a sample has none */
export function refuseUnlabelled(loaded: LoadedPolicy, planned: PlannedModel, { samples }: FeedStore): void {
  const { name, metric, validation, variants } = planned;
  if (!accuracyLimit(loaded, variants) || validation.generated || typeof metric !== 'string' || isLabelFree(metric))
    return;
  if (samples.every(({ label }) => label !== undefined)) return;
  throw new UserError(
    `${name}: the validation data has no labels, which metric ${JSON.stringify(metric)} needs; ` +
      'name them with `labels`, or choose a metric that compares with FP32 alone (agreement, kl, sqnr, cosine)',
    { position: positionOf(loaded, validation.place) },
  );
}

/** For limits of the base's policy: a policy's own are held against its data where it is read. */
function refuseAccuracyLimits(loaded: LoadedPolicy, entry: PolicyModel, variants: readonly PlannedVariant[]): void {
  const limit = accuracyLimit(loaded, variants);
  if (!limit) return;
  throw new UserError(
    `${entry.name} has no validation data, so its accuracy cannot be measured, which ${limit} limits; ` +
      'name `data.validation`',
    { position: positionOf(loaded, ['models', entry.index, 'path']) },
  );
}

/** The first key of the policy that limits accuracy. */
function accuracyLimit({ policy }: LoadedPolicy, variants: readonly PlannedVariant[]): string | undefined {
  const limited = variants.find(({ options }) => options.limits.accuracy !== undefined);
  if (limited) return `levels.${limited.level}.limits.accuracy`;
  return policy.gate.regression?.accuracy === undefined ? undefined : 'gate.regression.accuracy';
}
