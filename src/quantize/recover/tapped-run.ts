import { storeReference } from '../../data/store.ts';
import type { Graph } from '../../onnx/graph.ts';
import type { OnnxModel } from '../../onnx/model.ts';
import { removeDeadCode } from '../../onnx/passes/remove-dead-code.ts';
import type { Value } from '../../onnx/value.ts';
import type { StaticRun } from '../static/run.ts';
import { type MeansParams, meansJob } from './channel-means-job.ts';

/**
 * Runs a model on calibration samples for what is tapped of it alone, and combines that over the samples.
 *
 * @param model not changed
 * @param tap adds nodes to a copy's graph and says what is wanted, float32, by names of the caller's
 */
export async function runTapped(
  run: StaticRun,
  model: OnnxModel,
  how: Pick<MeansParams, 'samples' | 'combine' | 'stack'>,
  tap: (graph: Graph, opset: number) => ReadonlyMap<string, Value>,
): Promise<Map<string, Float32Array>> {
  const tapped = model.clone();
  const { graph } = tapped;
  for (const value of graph.outputs) graph.removeOutput(value);
  const wanted = tap(graph, tapped.opset());
  if (wanted.size === 0) return new Map();
  for (const value of wanted.values()) graph.addOutput(value);
  // ONNX Runtime would compute what follows as well: in a deep network half of all the time.
  removeDeadCode(tapped);
  const found = await run.opened(tapped, (session) =>
    run.worker.call(meansJob, {
      session,
      store: storeReference(run.request.calibration),
      outputs: [...wanted.values()].map((value) => value.name),
      ...how,
    }),
  );
  return new Map([...wanted].map(([name, value]) => [name, found[value.name]!]));
}

/** A value reduced over some axes, which are gone then, as the opset writes it. */
export function reduce(
  graph: Graph,
  op: 'ReduceMean' | 'ReduceMax',
  value: Value,
  axes: readonly number[],
  opset: number,
): Value {
  const name = `${value.name}_${op}`;
  const keepdims = { int: 0 };
  if (opset < 18) {
    return graph.addNode({ op, name, inputs: [value], attributes: { keepdims, axes: { ints: axes } } }).output();
  }
  const data = BigInt64Array.from(axes, BigInt);
  const listed = graph.addInitializer(`${value.name}_axes`, { type: 'int64', dims: [axes.length], data });
  return graph.addNode({ op, name, inputs: [value, listed], attributes: { keepdims } }).output();
}

/** Every axis but that of the channels. */
export function axesBut(channel: number, rank: number): number[] {
  return Array.from({ length: rank }, (_, i) => i).filter((i) => i !== channel);
}
