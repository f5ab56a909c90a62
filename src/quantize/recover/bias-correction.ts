import { join } from 'node:path';
import { storeReference } from '../../data/store.ts';
import type { Graph } from '../../onnx/graph.ts';
import { type OnnxModel, saveModel } from '../../onnx/model.ts';
import { readTensor } from '../../onnx/tensor.ts';
import type { Value } from '../../onnx/value.ts';
import type { Recipe } from '../static/recipe.ts';
import type { StaticRun } from '../static/run.ts';
import type { Unit } from '../static/units.ts';
import { meansJob } from './channel-means-job.ts';

/** Samples from which the means are taken, and into how many steps the network is cut. */
const samples = 32;
const steps = 64;

/** Where the mean of a unit's output is taken: before its clamp, channels along `axis` of `rank` dimensions. */
export interface RawOutput {
  value: string;
  rank: number;
  axis: number;
}

/**
 * Empirical, sequential bias correction (Nagel et al., ICCV 2019; "full" bias correction in NNCF): quantization shifts the
 * mean of each output channel; the bias takes the shift back. Layer after layer, each measured with all before it
 * already corrected, a few layers a step.
 *
 * @returns the recipe with corrected biases; undefined where no unit has one
 */
export async function correctBiases(run: StaticRun, recipe: Recipe): Promise<Recipe | undefined> {
  const plan = run.plan(recipe);
  const outputs = new Map<string, RawOutput>();
  for (const { unit, mode } of plan.decisions.values()) {
    const raw = mode === 'integer' && unit.weight && takesBias(unit) ? floatOutput(unit, run) : undefined;
    if (raw) outputs.set(unit.head.name, raw);
  }
  const chosen = [...outputs.keys()];
  if (chosen.length === 0) return undefined;
  const wanted = await means(run, recipe.base, [...outputs]);
  let corrected: Recipe = { ...recipe, base: recipe.base.clone() };
  const size = Math.ceil(chosen.length / steps);
  for (let start = 0; start < chosen.length; start += size) {
    const names = chosen.slice(start, start + size);
    const { model, raw } = run.emit(corrected);
    const found = await means(
      run,
      model,
      names.flatMap((name) => (raw.has(name) ? [[name, raw.get(name)!]] : [])),
    );
    const base = corrected.base.clone();
    const byName = new Map(run.plan({ ...corrected, base }).units.all.map((unit) => [unit.head.name, unit]));
    for (const [name, mean] of found) {
      const shift = wanted.get(name)!.map((value, c) => value - mean[c]!);
      if (shift.every(Number.isFinite)) shiftBias(base, byName.get(name)!, shift);
    }
    corrected = { ...corrected, base };
  }
  return corrected;
}

/** Whether a unit has, or can be given, a bias. */
function takesBias({ head, biasAdd }: Unit): boolean {
  return head.is('Conv', 'Gemm') || biasAdd !== undefined;
}

function floatOutput({ head, biasAdd, weight }: Unit, run: StaticRun): RawOutput | undefined {
  const value = (biasAdd ?? head).output().name;
  if (head.is('Conv')) return { value, rank: weight!.value.initializer!.dims.length, axis: 1 };
  if (head.is('Gemm')) return { value, rank: 2, axis: 1 };
  const rank = run.infos.get(value)?.dims.length;
  return rank ? { value, rank, axis: rank - 1 } : undefined;
}

/** The mean of each channel of these values of a model, by the names given with them. */
async function means(
  run: StaticRun,
  model: OnnxModel,
  outputs: readonly (readonly [string, RawOutput])[],
): Promise<Map<string, Float64Array>> {
  if (outputs.length === 0) return new Map();
  const tapped = model.clone();
  const { graph } = tapped;
  for (const value of graph.outputs) graph.removeOutput(value);
  const names = new Map<string, string>();
  for (const [name, { value, rank, axis }] of outputs) {
    const axes = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis);
    const mean = reduceMean(graph, graph.value(value)!, axes, tapped.opset());
    graph.addOutput(mean);
    names.set(name, mean.name);
  }
  const path = join(run.request.workDir, 'means.onnx');
  await saveModel(tapped, path);
  const { calibration } = run.request;
  const found = await run.worker.call(meansJob, {
    session: await run.quantizedSession(path),
    store: storeReference(calibration),
    samples: run.spread(samples, 0.5),
    outputs: [...names.values()],
  });
  return new Map([...names].map(([name, output]) => [name, found[output]!]));
}

function reduceMean(graph: Graph, value: Value, axes: readonly number[], opset: number): Value {
  const name = `${value.name}_mean`;
  const keepdims = { int: 0 };
  if (opset < 18) {
    return graph
      .addNode({ op: 'ReduceMean', name, inputs: [value], attributes: { keepdims, axes: { ints: axes } } })
      .output();
  }
  const listed = graph.addInitializer(`${name}_axes`, {
    type: 'int64',
    dims: [axes.length],
    data: BigInt64Array.from(axes, BigInt),
  });
  return graph.addNode({ op: 'ReduceMean', name, inputs: [value, listed], attributes: { keepdims } }).output();
}

/** Adds a shift to a unit's bias, making one where there was none. */
function shiftBias(model: OnnxModel, { head, biasAdd, bias }: Unit, shift: Float64Array): void {
  const { graph } = model;
  const old = bias ? readTensor(bias.initializer!) : undefined;
  const values = old?.data as Float32Array | undefined;
  const data = Float32Array.from(shift, (x, c) => x + (values ? values[values.length === 1 ? 0 : c]! : 0));
  const dims = old && old.data.length === data.length ? old.dims : [data.length];
  const name = bias?.name ?? `${head.name}_bias`;
  const made = graph.addInitializer(name, { type: 'float32', dims, data });
  if (biasAdd) biasAdd.setInput(biasAdd.input(0) === bias ? 0 : 1, made);
  else head.setInput(2, made);
  if (bias?.isUnused) graph.removeInitializer(bias);
}
