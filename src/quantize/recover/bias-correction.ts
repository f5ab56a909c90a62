import type { OnnxModel } from '../../onnx/model.ts';
import { readTensor } from '../../onnx/tensor.ts';
import type { Candidate } from '../static/choose.ts';
import { integerLayers } from '../static/plan.ts';
import type { Recipe } from '../static/recipe.ts';
import type { StaticRun } from '../static/run.ts';
import type { Unit } from '../static/units.ts';
import { axesBut, reduce, runTapped } from './tapped-run.ts';

/** Samples from which the means are taken. */
const samples = 16;
/**
 * Into how many steps the network is cut, at most. Layers of one step are corrected together, and then what the first shifts is
 * taken back again in all that follow: 4 to 5 layers a step brought MobileNetV2 from 19 dB to -4.
 */
const steps = 64;
/** How often, at most, it is seen whether the outputs got nearer to FP32. */
const checks = 16;

/** Where the mean of a unit's output is taken: before its clamp, channels along `axis` of `rank` dimensions. */
export interface RawOutput {
  value: string;
  rank: number;
  axis: number;
}

/**
 * Empirical, sequential bias correction (Nagel et al., ICCV 2019; "full" bias correction in NNCF): quantization shifts the
 * mean of each output channel; the bias takes the shift back. Layer after layer, each measured with all before it
 * already corrected, in deep networks a few layers a step. Where a range cuts rare values off, the mean is theirs and the rest
 * suffers: one layer took MobileNetV2 from 20.4 dB to 15.7. So a few layers at a time are kept or left as they were.
 *
 * @param from the candidate whose biases are corrected
 * @returns the best candidate on the way, which may be `from`; undefined where no unit has a bias
 */
export async function correctBiases(run: StaticRun, from: Candidate): Promise<Candidate | undefined> {
  const { recipe } = from;
  const outputs = new Map<string, RawOutput>();
  for (const unit of integerLayers(run.plan(recipe))) {
    const raw = takesBias(unit) ? floatOutput(unit, run) : undefined;
    if (raw) outputs.set(unit.head.name, raw);
  }
  const chosen = [...outputs.keys()];
  if (chosen.length === 0) return undefined;
  const stage = run.request.progress.stage('bias correction', chosen.length, 'layers');
  const wanted = await means(run, recipe.base, [...outputs]);
  const size = Math.ceil(chosen.length / steps);
  const between = size * Math.ceil(chosen.length / size / checks);
  let best = from;
  let corrected: Recipe = { ...recipe, base: recipe.base.clone() };
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
    stage.advance(names.length);
    const end = start + size;
    if (end < chosen.length && end % between !== 0) continue;
    const candidate = await run.measure(corrected, best);
    if (candidate.sqnrDb > best.sqnrDb) best = candidate;
    else corrected = best.recipe;
  }
  stage.done();
  return best;
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
): Promise<Map<string, Float32Array>> {
  return runTapped(
    run,
    model,
    { samples: await run.samples.apart(samples) },
    (graph, opset) =>
      new Map(
        outputs.map(([name, { value, rank, axis }]) => [
          name,
          reduce(graph, 'ReduceMean', graph.value(value)!, axesBut(axis, rank), opset),
        ]),
      ),
  );
}

/** Adds a shift to a unit's bias, making one where there was none. */
function shiftBias(model: OnnxModel, { head, biasAdd, bias }: Unit, shift: Float32Array): void {
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
