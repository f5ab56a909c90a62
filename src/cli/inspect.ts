import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provePlacement } from '../measure/placement.ts';
import { loadModel, modelBytes, modelSize, type OnnxModel } from '../onnx/model.ts';
import { remarksOn } from '../onnx/remarks.ts';
import type { TargetName } from '../policy/schema.ts';
import { type Progress, silent } from '../progress.ts';
import type { NodeDecision } from '../quantize/contract.ts';
import { quantizeDynamic } from '../quantize/dynamic.ts';
import { observeNodes } from '../quantize/dynamic-shapes.ts';
import { type PreviewRequest, planWithoutData } from '../quantize/static/preview.ts';
import { type RuntimeLocation, WorkerError } from '../runtime/contract.ts';
import { locateRuntime } from '../runtime/locate.ts';
import { checkNames } from '../runtime/names.ts';
import { WorkerProcess } from '../runtime/worker-process.ts';
import { resolveTarget } from '../targets/index.ts';
import type { TensorInfo } from '../tensor.ts';
import { commonReason, firstLine } from '../words.ts';

export interface InspectOptions {
  /** Path of the ONNX file. */
  model: string;
  target: TargetName;
  /** A folder that holds a preinstalled ONNX Runtime. */
  runtimePath?: string;
  seed?: number;
  progress?: Progress;
}

/** What a level would do with the nodes of one operator. */
export interface OperatorPreview {
  op: string;
  /** Quantized nodes, by how. */
  quantized: Record<string, number>;
  /** Nodes that stay float, by reason. */
  float: Record<string, number>;
}

export interface LevelPreview {
  level: 1 | 2 | 3;
  operators: OperatorPreview[];
  notes: string[];
  /** Those of the notes that the operators do not show; absent where that is all of them. */
  problems?: string[];
  /** Bytes of the file, where the level needs no data to make it. */
  bytes?: number;
}

/** What `quant-gate inspect --json` prints. */
export interface Inspection {
  path: string;
  bytes: number;
  irVersion: number;
  producer: string;
  opsets: Record<string, number>;
  parameters: number;
  functions: number;
  inputs: TensorInfo[];
  outputs: TensorInfo[];
  /** Nodes by operator, subgraphs included; operators of other domains as `domain:Op`. */
  operators: Record<string, number>;
  /** What is wrong with the model itself, a sentence each. */
  remarks: string[];
  target: string;
  levels: LevelPreview[];
  run:
    | {
        providers: Record<string, number>;
        microseconds: number;
        /** Kernels of the optimized graph by operator, with their share of the time. */
        kernels: { op: string; count: number; microseconds: number }[];
        slowest: { node: string; op: string; kernel: string; microseconds: number }[];
        integerKernels: number;
      }
    | { notRun: string };
}

/**
 * Looks at a model: what is in it, what each level would do with it, and which kernels ONNX Runtime runs it in.
 *
 * @throws UserError where the file is no model
 */
export async function inspectModel(options: InspectOptions): Promise<Inspection> {
  const { progress = silent, seed = 0 } = options;
  const model = await loadModel(options.model);
  checkNames(model, options.model);
  const target = resolveTarget(options.target);
  const runtime = await locateRuntime({ runtimePath: options.runtimePath });
  const workDir = await mkdtemp(join(tmpdir(), 'quant-gate-inspect-'));
  try {
    const levels = await previewLevels({ model, target, runtime, workDir, seed, progress });
    return {
      ...(await describeFile(options.model, model)),
      target: target.name,
      levels,
      run: await runOnce(model, runtime, workDir, seed),
    };
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

type FileFacts = Omit<Inspection, 'target' | 'levels' | 'run'>;

async function describeFile(path: string, model: OnnxModel): Promise<FileFacts> {
  const operators = new Map<string, number>();
  for (const node of model.graph.allNodes()) {
    const name = node.domain === '' ? node.op : `${node.domain}:${node.op}`;
    operators.set(name, (operators.get(name) ?? 0) + 1);
  }
  const { producerName, producerVersion, functions, opsetImport } = model.proto;
  return {
    path,
    bytes: await modelBytes(path),
    irVersion: model.irVersion,
    producer: `${producerName} ${producerVersion}`.trim(),
    opsets: Object.fromEntries(opsetImport.map(({ domain, version }) => [domain || 'ai.onnx', Number(version)])),
    parameters: model.parameterCount,
    functions: functions.length,
    inputs: model.graph.infos('inputs'),
    outputs: model.graph.infos('outputs'),
    operators: sorted(operators),
    remarks: remarksOn(model),
  };
}

async function previewLevels(request: PreviewRequest & { progress: Progress }): Promise<LevelPreview[]> {
  const dynamic = await unlessRefused(() =>
    quantizeDynamic({
      ...request,
      options: { 'per-channel': true, bits: 8, 'keep-float': [] },
      workDir: join(request.workDir, 'level1'),
    }),
  );
  const planned = await unlessRefused(() => planWithoutData({ ...request, workDir: join(request.workDir, 'level2') }));
  const operators = byOperator('refused' in planned ? [] : planned);
  const needs = 'Needs calibration data; what does not pay is left float then.';
  return [
    'refused' in dynamic
      ? { level: 1, operators: [], notes: [dynamic.refused] }
      : {
          level: 1,
          operators: byOperator(dynamic.nodes),
          notes: dynamic.notes,
          problems: dynamic.problems,
          bytes: modelSize(dynamic.model),
        },
    { level: 2, operators, notes: 'refused' in planned ? [planned.refused, needs] : [needs] },
    { level: 3, operators, notes: ['Trains what Level 2 quantizes; labels are optional.'] },
  ];
}

/** What was found, or that ONNX Runtime does not take the model; it may end the process that tries. */
async function unlessRefused<T extends object>(work: () => Promise<T>): Promise<T | { refused: string }> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    return { refused: `The model cannot be loaded: ${firstLine(error.message).slice(0, 200)}` };
  }
}

function byOperator(nodes: readonly NodeDecision[]): OperatorPreview[] {
  const found = new Map<string, OperatorPreview>();
  for (const { op, quantized, why } of nodes) {
    let preview = found.get(op);
    if (!preview) {
      preview = { op, quantized: {}, float: {} };
      found.set(op, preview);
    }
    const counts = quantized ? preview.quantized : preview.float;
    const reason = commonReason(why);
    counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return [...found.values()].sort((a, b) => Object.keys(b.quantized).length - Object.keys(a.quantized).length);
}

async function runOnce(
  model: OnnxModel,
  runtime: RuntimeLocation,
  workDir: string,
  seed: number,
): Promise<Inspection['run']> {
  const worker = await WorkerProcess.start({ runtime, label: 'inspect' });
  try {
    const observed = await observeNodes(worker, model, workDir, undefined, seed);
    if ('failed' in observed) return { notRun: firstLine(observed.failed) };
    const proof = await provePlacement({
      worker,
      source: model,
      variant: model,
      decisions: [],
      session: { provider: 'cpu', threads: 0 },
      feeds: observed.feeds,
      runs: 10,
      workDir,
    });
    const times = new Map<string, number>();
    for (const { kernel, microseconds } of proof.nodes) {
      if (kernel && microseconds) times.set(kernel, (times.get(kernel) ?? 0) + microseconds);
    }
    const kernels = Object.entries(proof.kernels)
      .map(([op, count]) => ({ op, count, microseconds: times.get(op) ?? 0 }))
      .sort((a, b) => b.microseconds - a.microseconds || b.count - a.count);
    return {
      providers: proof.placement.providers,
      microseconds: kernels.reduce((sum, { microseconds }) => sum + microseconds, 0) + proof.overheadMicroseconds,
      kernels,
      slowest: proof.nodes
        .flatMap(({ node, op, kernel, microseconds }) =>
          kernel && microseconds ? [{ node, op, kernel, microseconds }] : [],
        )
        .sort((a, b) => b.microseconds - a.microseconds)
        .slice(0, 10),
      integerKernels: proof.nodes.filter(({ status, fused }) => status === 'integer' && !fused).length,
    };
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    return { notRun: firstLine(error.message) };
  } finally {
    await worker.close();
  }
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
}
