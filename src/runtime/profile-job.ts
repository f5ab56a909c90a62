import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { batchAxes } from '../data/batch.ts';
import { generateInputs } from '../data/generate.ts';
import { openStore, readSample, type StoreReference } from '../data/store.ts';
import type { Tensor, TensorInfo } from '../tensor.ts';
import type { SessionSpec } from './contract.ts';
import { defineJob, type JobContext } from './job.ts';
import { sessionOptions, tensorInfos } from './session.ts';
import { toOrt } from './tensors.ts';
import type { WorkerProcess } from './worker-process.ts';

/**
 * Where a profiled run's inputs come from: samples of a store, given tensors, or made from the model's signature, with
 * `size` for the symbolic dimensions other than the batch where the usual sizes do not fit.
 */
export type ProfileFeeds =
  | { store: StoreReference; samples?: number }
  | { tensors: Readonly<Record<string, Tensor>> }
  | { seed: number; size?: number };

/** One node as the runtime ran it. Names and operators are those of the optimized graph. */
export interface ProfiledNode {
  name: string;
  op: string;
  /** `CPUExecutionProvider`, ... */
  provider: string;
  /** Median (or `quantile`) over the runs of the microseconds that the node took in one; a node of a loop counts all its turns. */
  microseconds: number;
  /** Executions in one run, on average. */
  executions: number;
  /** Element types and shapes of its first execution, by input; '' where the runtime says nothing. */
  inputs: ProfiledTensor[];
  outputs: ProfiledTensor[];
}

export interface ProfiledTensor {
  type: string;
  dims: number[];
}

export interface ProfileParams {
  /** Profiled in alternation, run by run, so that their times compare. */
  sessions: readonly SessionSpec[];
  feeds: ProfileFeeds;
  /** Measured runs of each session; two more go before. */
  runs: number;
  /** Which of a node's times over the runs is given; default 0.5. A low one is what a run takes that nothing disturbs. */
  quantile?: number;
}

const warmUp = 2;

/** Runs models under ONNX Runtime's profiler and gives each one's nodes, in the order in which they ran. */
export const profileJob = defineJob<ProfileParams, ProfiledNode[][]>('profile', async (context, params) => {
  const folder = await mkdtemp(join(tmpdir(), 'quant-gate-profile-'));
  const open: InferenceSession[] = [];
  try {
    for (const [at, spec] of params.sessions.entries()) {
      const options = sessionOptions({ ...spec, profilePrefix: join(folder, `${at}`) });
      open.push(await context.ort.InferenceSession.create(spec.model, options));
    }
    const feeds = await profileFeeds(context, params.feeds, open[0] as InferenceSession);
    const total = params.runs + warmUp;
    for (let run = 0; run < total; run++) {
      for (const session of open) await session.run(feeds[run % feeds.length] as InferenceSession.FeedsType);
      context.progress(run + 1, total);
    }
    const results: ProfiledNode[][] = [];
    for (const [at, session] of open.entries()) {
      session.endProfiling();
      const file = (await readdir(folder)).find((name) => name.startsWith(`${at}_`));
      if (!file) throw new Error('ONNX Runtime wrote no profile');
      results.push(readProfile(await readFile(join(folder, file), 'utf8'), warmUp, params.quantile));
    }
    return results;
  } finally {
    for (const session of open) await session.release();
    await rm(folder, { recursive: true, force: true });
  }
});

/** Profiles one session; see profileJob. */
export async function profileNodes(
  worker: WorkerProcess,
  session: SessionSpec,
  feeds: ProfileFeeds,
  runs: number,
): Promise<ProfiledNode[]> {
  const [nodes] = await worker.call(profileJob, { sessions: [session], feeds, runs });
  return nodes as ProfiledNode[];
}

/** The inputs that are meant, as tensors of the runtime. */
export async function profileFeeds(
  { ort }: JobContext,
  feeds: ProfileFeeds,
  session: InferenceSession,
): Promise<InferenceSession.FeedsType[]> {
  const samples: Readonly<Record<string, Tensor>>[] = [];
  if ('store' in feeds) {
    const store = openStore(feeds.store);
    const count = Math.min(store.samples.length, feeds.samples ?? 1);
    for (let index = 0; index < count; index++) samples.push(readSample(store, index).inputs);
  } else if ('tensors' in feeds) samples.push(feeds.tensors);
  else {
    const inputs = withSize(tensorInfos(session.inputMetadata), feeds.size);
    for await (const { inputs: made } of generateInputs(inputs, 1, feeds.seed).samples()) samples.push(made);
  }
  return samples.map((sample) =>
    Object.fromEntries(session.inputNames.map((name) => [name, toOrt(ort, sample[name] as Tensor)])),
  );
}

function withSize(inputs: readonly TensorInfo[], size: number | undefined): TensorInfo[] {
  if (size === undefined) return [...inputs];
  const axes = batchAxes(inputs);
  return inputs.map((info) => ({
    ...info,
    dims: info.dims.map((dim, axis) => (typeof dim === 'number' || axis === axes[info.name] ? dim : size)),
  }));
}

interface ProfileEvent {
  cat: string;
  name: string;
  ts: number;
  dur: number;
  args?: {
    op_name?: string;
    provider?: string;
    input_type_shape?: Record<string, number[]>[];
    output_type_shape?: Record<string, number[]>[];
  };
}

/** Reads ONNX Runtime's profile (Chrome trace events); the first `skip` runs are left out. */
function readProfile(json: string, skip: number, quantile = 0.5): ProfiledNode[] {
  const events = (JSON.parse(json) as ProfileEvent[]).sort((a, b) => a.ts - b.ts);
  const runs = events.filter((event) => event.cat === 'Session' && event.name === 'model_run').slice(skip);
  const nodes = new Map<string, { node: ProfiledNode; perRun: Float64Array }>();
  let run = 0;
  for (const event of events) {
    if (event.cat !== 'Node' || !event.name.endsWith('_kernel_time') || !event.args) continue;
    while (run < runs.length && event.ts > runs[run]!.ts + runs[run]!.dur) run += 1;
    if (run >= runs.length || event.ts < runs[run]!.ts) continue;
    const name = event.name.slice(0, -'_kernel_time'.length);
    let entry = nodes.get(name);
    if (!entry) {
      const { op_name: op = '', provider = '', input_type_shape = [], output_type_shape = [] } = event.args;
      const node = { name, op, provider, microseconds: 0, executions: 0 };
      entry = {
        node: { ...node, inputs: input_type_shape.map(typed), outputs: output_type_shape.map(typed) },
        perRun: new Float64Array(runs.length),
      };
      nodes.set(name, entry);
    }
    entry.perRun[run]! += event.dur;
    entry.node.executions += 1 / runs.length;
  }
  return [...nodes.values()].map(({ node, perRun }) => ({ ...node, microseconds: quantileOf(perRun, quantile) }));
}

function typed(entry: Record<string, number[]>): ProfiledTensor {
  const [[type, dims] = ['', []]] = Object.entries(entry);
  return { type, dims };
}

/** Linear between the two nearest; 0.5 is the median. */
function quantileOf(values: Float64Array, quantile: number): number {
  const sorted = values.slice().sort();
  const at = quantile * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? 0;
  return below + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? below) - below);
}
