import type { BatchAxes } from '../data/batch.ts';
import { type FeedStore, openStore, readSample, shapeKey, storeReference, tensorBytes } from '../data/store.ts';
import type { Graph } from '../onnx/graph.ts';
import { type OnnxModel, saveScratch } from '../onnx/model.ts';
import { FactFinder } from '../onnx/opset/facts.ts';
import { removeDeadCode } from '../onnx/passes/remove-dead-code.ts';
import { tensorType } from '../onnx/tensor.ts';
import { makeTypeProto } from '../onnx/types.ts';
import type { Value } from '../onnx/value.ts';
import { isJobError } from '../runtime/contract.ts';
import type { WorkerProcess } from '../runtime/worker-process.ts';
import type { Tensor } from '../tensor.ts';
import { sizesOf } from './data-sized.ts';
import type { Shape } from './emitter.ts';
import { shapesJob } from './shapes-job.ts';
import { fixedBatch, stepBytes } from './sizes.ts';

export interface ShapesRequest {
  worker: WorkerProcess;
  store: FeedStore;
  /** The samples that make a batch. */
  samples: readonly number[];
  axes: BatchAxes;
  /** Where the model with all its values as outputs goes. */
  path: string;
}

/** What the shapes of a batch make of a model's own graph. Training graphs have a fixed batch. */
export interface Recorded {
  /** Of every value, inputs included, but for those that have another shape in another batch of the same size. */
  shapes: Map<string, Shape>;
  /** Numbers that are computed from shapes, sizes and indices alone and that other nodes read: where a Slice starts, say. */
  numbers: Map<string, Tensor>;
  /** The smallest and the largest number on that batch of each of the model's float outputs, and of what is cast to be one. */
  ranges: Map<string, readonly [low: number, high: number]>;
}

/** Runs a model on a batch for its shapes. */
export async function recordShapes(model: OnnxModel, request: ShapesRequest): Promise<Recorded> {
  const { worker, store, samples, axes, path } = request;
  const everything = model.clone();
  const { graph } = everything;
  const inputs = inputShapes(store, samples, axes);
  fixInputs(graph, inputs);
  const facts = new FactFinder(graph);
  /** Of types that no session gives out, as bfloat16. */
  const hidden: Value[] = [];
  for (const value of graph.nodes.flatMap((node) => node.outputs)) {
    const type = value && facts.of(value).elementType;
    if (value && type && tensorType(type) === undefined) hidden.push(value);
    else if (value && !value.isGraphOutput) graph.addOutput(value);
  }
  await saveScratch(everything, path);
  const { shapes, inferred, numbers, ranges } = await worker.call(shapesJob, {
    session: { model: path, provider: 'cpu', threads: 0, optimization: 'disabled', keepQdq: true },
    store: storeReference(store),
    samples,
    axes,
    fromShapes: readOutside(sizesOf(model.graph, () => true).fromShapes),
    ranged: model.graph.outputs.flatMap((output) => [
      output.name,
      ...(castFrom(output) ? [castFrom(output)!.name] : []),
    ]),
  });
  const names = new Set(inferred);
  // A scalar has one size, though it is not known to be one before it is measured.
  const known = (name: string) => names.has(name) || shapes[name]?.length === 0;
  const { fromShapes, dataSized } = sizesOf(model.graph, known);
  const constant = new Set([...fromShapes].map(({ name }) => name));
  for (const { name } of dataSized) delete shapes[name];
  for (const { name, producer } of hidden) {
    const same = producer?.is('Cast') && shapes[producer.input(0)!.name];
    if (same) shapes[name] = same;
  }
  return {
    shapes: new Map<string, Shape>([...Object.entries(shapes), ...inputs]),
    numbers: new Map(Object.entries(numbers).filter(([name]) => constant.has(name))),
    ranges: new Map(Object.entries(ranges)),
  };
}

/** What is cast to be an output of 16 or 64 bits. */
export function castFrom({ staticInfo, producer }: Value): Value | undefined {
  const { type } = staticInfo;
  return (type === 'float16' || type === 'float64') && producer?.is('Cast') ? producer.input(0) : undefined;
}

/** The values that are computed from shapes, sizes and indices alone and that something else reads. */
function readOutside(found: ReadonlySet<Value>): string[] {
  const isRead = (value: Value) =>
    value.uses.some(({ node }) => !node.outputs.some((output) => output && found.has(output)));
  return [...found].filter((value) => !value.isGraphOutput && isRead(value)).map(({ name }) => name);
}

function inputShapes(store: FeedStore, samples: readonly number[], axes: BatchAxes): Map<string, Shape> {
  const first = store.samples[samples[0] as number];
  if (!first) throw new Error('a batch of no samples');
  return new Map(
    Object.entries(first.inputs).map(([name, { dims }]) => [
      name,
      dims.map((dim, axis) => (axis === axes[name] ? dim * samples.length : dim)),
    ]),
  );
}

function fixInputs(graph: Graph, shapes: ReadonlyMap<string, Shape>): void {
  for (const value of graph.inputs) {
    const { type } = value.staticInfo;
    const dims = shapes.get(value.name);
    if (!value.info || !type || !dims) continue;
    value.info.type = makeTypeProto(type, dims);
  }
  // Declared shapes of the batch that the file was made for would contradict the inputs.
  for (const value of graph.values) if (!value.isGraphInput && value.info) delete value.info.type;
  graph.touch();
}

/** What is computed from shapes becomes constants: gradients need them, and it ties no parts together. */
export function constantShapes(model: OnnxModel, { numbers }: Pick<Recorded, 'numbers'>): void {
  const { graph } = model;
  for (const [name, tensor] of numbers) {
    const value = graph.value(name);
    if (value) graph.replaceUses(value, graph.addInitializer(`${name}.constant`, tensor));
  }
  removeDeadCode(model);
}

/** The samples that share the most frequent shape, and that shape: a training graph takes no other. */
export function samplesOfOneShape(store: FeedStore): number[] {
  const groups = new Map<string, number[]>();
  store.samples.forEach(({ inputs }, index) => {
    const key = shapeKey(inputs);
    const group = groups.get(key);
    if (group) group.push(index);
    else groups.set(key, [index]);
  });
  return [...groups.values()].reduce((a, b) => (b.length > a.length ? b : a), []);
}

/** The samples of a store that have the shape of one of another. */
export function samplesShapedLike(store: FeedStore, like: FeedStore, sample: number): number[] {
  const wanted = shapeKey((like.samples[sample] as FeedStore['samples'][number]).inputs);
  return store.samples.flatMap(({ inputs }, index) => (shapeKey(inputs) === wanted ? [index] : []));
}

/** The inputs without a batch axis that are not the same in all samples: samples that differ there share no batch. */
export function inputsOfTheirOwn(store: FeedStore, samples: readonly number[], axes: BatchAxes): string[] {
  const { path } = store;
  const opened = openStore({ path, ...(store.range && { range: store.range }) });
  const names = Object.keys(store.samples[samples[0] as number]?.inputs ?? {}).filter(
    (name) => axes[name] === undefined,
  );
  if (names.length === 0) return [];
  const bytesOf = (at: number) => {
    const { inputs } = readSample(opened, at);
    return names.map((name) => Buffer.from(tensorBytes(inputs[name] as Tensor)));
  };
  const [first, ...others] = samples as [number, ...number[]];
  const expected = bytesOf(first);
  const own = new Set<string>();
  for (const at of others) {
    bytesOf(at).forEach((bytes, i) => {
      if (!bytes.equals(expected[i] as Buffer)) own.add(names[i] as string);
    });
  }
  return [...own];
}

/**
 * A batch before memory is looked at: the one that the model fixes, one sample where samples share no batch, or the usual.
 *
 * @param data all that batches are made of
 */
export function wantedBatch(
  model: OnnxModel,
  axes: BatchAxes,
  data: readonly { store: FeedStore; samples: readonly number[] }[],
  usual: number,
): { wanted: number; fixed: number | undefined } {
  const fixed = fixedBatch(model, axes);
  const alone = data.some(({ store, samples }) => inputsOfTheirOwn(store, samples, axes).length > 0);
  return { wanted: fixed ?? (alone ? 1 : usual), fixed };
}

/**
 * The largest batch of which a step's tensors fit into memory, and what was recorded at it. Of one sample where samples share no batch,
 * or where the model says that it takes a batch of any size and has one of 1 written into its shapes or states.
 *
 * @param wanted without looking at memory
 * @param fixed as the model fixes it
 */
export async function fitBatch(
  { wanted, fixed, bytesOf }: { wanted: number; fixed: number | undefined; bytesOf: (recorded: Recorded) => number },
  record: (batch: number) => Promise<Recorded>,
): Promise<{ batch: number; recorded: Recorded }> {
  let batch = wanted;
  let recorded = await record(batch).catch((error: unknown) => {
    if (batch === 1 || fixed !== undefined || !isJobError(error)) throw error;
    batch = 1;
    return record(batch);
  });
  while (batch > 1 && fixed === undefined && bytesOf(recorded) > stepBytes) {
    batch = Math.floor(batch / 2);
    recorded = await record(batch);
  }
  return { batch, recorded };
}
