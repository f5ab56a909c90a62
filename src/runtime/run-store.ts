import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { type BatchAxes, batchAxes, stackFeeds } from '../data/batch.ts';
import {
  type IndexedSample,
  type NansByOutput,
  openStore,
  readSample,
  type StoreReference,
  tensorBytes,
} from '../data/store.ts';
import { StoreWriter } from '../data/store-writer.ts';
import { UserError } from '../errors.ts';
import { sizeOf, type Tensor, type TensorInfo } from '../tensor.ts';
import type { SessionSpec } from './contract.ts';
import { defineJob } from './job.ts';
import { tensorInfos } from './session.ts';
import { fromOrt, toOrt } from './tensors.ts';

export interface RunStoreParams {
  session: SessionSpec;
  store: StoreReference;
  /** Samples a run; the last run may have fewer. */
  batch: number;
  /** The outputs that are wanted; default: all. */
  outputs?: readonly string[];
  /**
   * Writes the outputs here as a store of their own (`openStore` reads it): sample by sample as in the input store, the
   * outputs in place of the inputs, each with 1 along its batch axis. Without it they are returned.
   */
  to?: string;
  /** Stored in the index of `to`, to find a cached result again (`readIndex`). */
  key?: string;
}

export interface RunStoreResult {
  samples: number;
  nans: NansByOutput;
  /** Time inside ONNX Runtime. */
  inferenceMs: number;
  /** Where no `to` was given: each sample's outputs. */
  outputs?: Record<string, Tensor>[];
}

/** Runs a session over a store. Memory: one batch and the outputs' index, or all outputs where they are returned. */
export const runStoreJob = defineJob<RunStoreParams, RunStoreResult>('run-store', async (context, params) => {
  const session = await context.sessions.open(params.session);
  const fetches = params.outputs ?? session.outputNames;
  const inputs = tensorInfos(session.inputMetadata);
  const axes = batchAxes(inputs);
  const outputAxes = outputBatchAxes(inputs, axes, tensorInfos(session.outputMetadata));
  const store = openStore(params.store);
  const { to: path, key } = params;
  const writer = path === undefined ? undefined : new StoreWriter(path, key === undefined ? {} : { key });
  const collected: Record<string, Tensor>[] = [];
  const result: RunStoreResult = { samples: store.samples.length, nans: {}, inferenceMs: 0 };
  const found = new Map<string, NansByOutput[string]>();
  const fd = openSync(store.path, 'r');
  try {
    for (let from = 0; from < store.samples.length; from += params.batch) {
      const to = Math.min(from + params.batch, store.samples.length);
      const samples = Array.from({ length: to - from }, (_, index) => readSample(store, from + index, fd));
      const feeds = Object.fromEntries(
        Object.entries(stackFeeds(samples, axes)).map(([name, tensor]) => [name, toOrt(context.ort, tensor)]),
      );
      const start = performance.now();
      const outputs = await session.run(feeds, fetches);
      result.inferenceMs += performance.now() - start;
      const batch = Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor)] as const);
      for (const [index, { id }] of samples.entries()) {
        const own: Record<string, Tensor> = {};
        for (const [name, tensor] of batch) {
          const part = slice(name, tensor, outputAxes[name], index, samples.length);
          const nans = countNans(part);
          if (nans > 0) {
            const before = found.get(name) ?? { count: 0, first: id };
            found.set(name, { ...before, count: before.count + nans });
          }
          own[name] = part;
        }
        if (writer) writer.add(writeOutputs(writer, id, own));
        else collected.push(own);
      }
      context.progress(to, store.samples.length);
    }
    result.nans = Object.fromEntries(found);
    writer?.finish({ nans: result.nans });
  } finally {
    writer?.abandon();
    closeSync(fd);
  }
  return writer ? result : { ...result, outputs: collected };
});

/** An output's batch axis is the one that carries the symbol of the inputs' batch axis, or else axis 0. */
function outputBatchAxes(
  inputs: readonly TensorInfo[],
  axes: BatchAxes,
  outputs: readonly TensorInfo[],
): Record<string, number> {
  const symbols = new Set<unknown>();
  for (const { name, dims } of inputs) {
    const axis = axes[name];
    if (axis !== undefined && typeof dims[axis] === 'string') symbols.add(dims[axis]);
  }
  return Object.fromEntries(
    outputs.map(({ name, dims }) => [
      name,
      Math.max(
        0,
        dims.findIndex((dim) => symbols.has(dim)),
      ),
    ]),
  );
}

/** Sample `index` of a batch of `count`, with 1 along the batch axis. */
function slice(name: string, tensor: Tensor, axis = 0, index: number, count: number): Tensor {
  if (count === 1) return tensor;
  const { type, dims, data } = tensor;
  if (dims[axis] !== count) {
    throw new UserError(
      `output "${name}" is [${dims}] for a batch of ${count}: it cannot be told apart by sample. Use batch 1.`,
    );
  }
  const block = sizeOf(dims.slice(axis + 1));
  const outer = sizeOf(dims.slice(0, axis));
  const own = dims.map((dim, at) => (at === axis ? 1 : dim));
  const values = data as Float32Array;
  if (outer === 1) return { type, dims: own, data: values.slice(index * block, (index + 1) * block) };
  const parts = Array.from({ length: outer }, (_, row) => {
    const start = (row * count + index) * block;
    return values.slice(start, start + block);
  });
  if (Array.isArray(data)) return { type, dims: own, data: parts.flatMap((part) => [...part] as unknown as string[]) };
  const joined = new (values.constructor as Float32ArrayConstructor)(outer * block);
  for (const [row, part] of parts.entries()) joined.set(part, row * block);
  return { type, dims: own, data: joined };
}

/** float16 is NaN where its exponent is all ones and its fraction is not zero. */
function countNans({ type, data }: Tensor): number {
  let count = 0;
  if (type === 'float32' || type === 'float64') {
    const values = data as Float32Array;
    for (let index = 0; index < values.length; index++) if (Number.isNaN(values[index])) count++;
  } else if (type === 'float16') {
    for (const bits of data as Uint16Array) if ((bits & 0x7fff) > 0x7c00) count++;
  }
  return count;
}

function writeOutputs(writer: StoreWriter, id: string, outputs: Readonly<Record<string, Tensor>>): IndexedSample {
  const hash = createHash('sha256');
  const inputs: IndexedSample['inputs'] = {};
  for (const [name, tensor] of Object.entries(outputs)) {
    hash.update(tensorBytes(tensor));
    inputs[name] = writer.write(tensor);
  }
  return { id, inputs, digest: hash.digest('hex') };
}
