import type { BatchAxes } from '../data/batch.ts';
import { type FeedStore, shapeKey, storeReference } from '../data/store.ts';
import type { Graph } from '../onnx/graph.ts';
import { type OnnxModel, saveScratch } from '../onnx/model.ts';
import { removeDeadCode } from '../onnx/passes/remove-dead-code.ts';
import { makeTypeProto } from '../onnx/types.ts';
import type { WorkerProcess } from '../runtime/worker-process.ts';
import type { Shape } from './emitter.ts';
import { shapesJob } from './shapes-job.ts';

export interface ShapesRequest {
  worker: WorkerProcess;
  store: FeedStore;
  /** The samples that make a batch. */
  samples: readonly number[];
  axes: BatchAxes;
  /** Where the model with all its values as outputs goes. */
  path: string;
}

/** The shape of every value of a model's own graph on a batch, inputs included. Training graphs have a fixed batch. */
export async function recordShapes(model: OnnxModel, request: ShapesRequest): Promise<Map<string, Shape>> {
  const { worker, store, samples, axes, path } = request;
  const everything = model.clone();
  const { graph } = everything;
  const inputs = inputShapes(store, samples, axes);
  fixInputs(graph, inputs);
  for (const node of graph.nodes) {
    for (const value of node.outputs) if (value && !value.isGraphOutput) graph.addOutput(value);
  }
  await saveScratch(everything, path);
  const shapes = await worker.call(shapesJob, {
    session: { model: path, provider: 'cpu', threads: 0, optimization: 'disabled', keepQdq: true },
    store: storeReference(store),
    samples,
    axes,
  });
  return new Map<string, Shape>([...Object.entries(shapes), ...inputs]);
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

/** Shape operators become constants, so that what is computed from shapes ties no parts together. */
export function constantShapes(model: OnnxModel, shapes: ReadonlyMap<string, Shape>): void {
  const { graph } = model;
  for (const node of graph.nodes) {
    const shape = shapes.get(node.input(0)?.name ?? '');
    if (!node.is('Shape') || !shape) continue;
    const data = BigInt64Array.from(shape.slice(node.attrInt('start', 0), node.attrInt('end')), BigInt);
    const constant = graph.addInitializer(`${node.name || 'shape'}.constant`, {
      type: 'int64',
      dims: [data.length],
      data,
    });
    if (node.output().isGraphOutput) continue;
    graph.replaceAll(node.output(), constant);
    graph.removeNode(node);
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
