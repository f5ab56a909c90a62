import { closeSync, openSync } from 'node:fs';
import { openStore, readSample, type StoreReference } from '../../data/store.ts';
import type { SessionSpec } from '../../runtime/contract.ts';
import { defineJob, type JobContext } from '../../runtime/job.ts';
import { toOrt } from '../../runtime/tensors.ts';

export interface FidelityParams {
  reference: SessionSpec;
  variant: SessionSpec;
  store: StoreReference;
  /** Which samples, by index. */
  samples: readonly number[];
  /** The course of the variant to beat, on the same samples: one that falls behind it clearly is not run to the end. */
  rival?: readonly number[];
}

/** How far a variant's outputs are from the reference's. */
export interface Fidelity {
  /** Signal over noise of all outputs in dB; each output counts alike, whatever its scale. Infinity: equal. */
  sqnrDb: number;
  /** The same after 1/4 and 1/2 of the samples. Shorter where the variant fell behind its rival. */
  course: number[];
  outputs: Record<string, { signal: number; noise: number }>;
}

/** A variant that is this far behind on the same samples, dB, does not come back. */
const hopelessDb = 0.25;

type Outputs = Readonly<Record<string, Float32Array>>;

/** Outputs of the reference, kept from call to call: every candidate is compared with the same. */
const kept = new Map<string, Outputs[]>();

/** Compares float32 outputs of two models over samples of a store. */
export const fidelityJob = defineJob<FidelityParams, Fidelity>(
  'fidelity',
  async (context, { reference, variant, store, samples, rival }) => {
    const key = JSON.stringify([reference, store, samples]);
    let expected = kept.get(key);
    if (!expected) {
      expected = await run(context, reference, store, samples);
      kept.set(key, expected);
    }
    const outputs: Fidelity['outputs'] = {};
    for (const [name, values] of Object.entries(expected[0] ?? {})) {
      if (values instanceof Float32Array) outputs[name] = { signal: 0, noise: 0 };
    }
    let index = 0;
    const course: number[] = [];
    const checkpoints = [Math.ceil(samples.length / 4), Math.ceil(samples.length / 2)];
    await run(context, variant, store, samples, (actual) => {
      const wanted = expected[index++] as Outputs;
      for (const [name, sums] of Object.entries(outputs)) compare(wanted[name]!, actual[name]!, sums);
      if (index !== checkpoints[course.length]) return true;
      course.push(sqnr(outputs));
      return !(course.at(-1)! < (rival?.[course.length - 1] ?? -Infinity) - hopelessDb);
    });
    return { sqnrDb: sqnr(outputs), course, outputs };
  },
);

async function run(
  { ort, sessions }: JobContext,
  spec: SessionSpec,
  reference: StoreReference,
  samples: readonly number[],
  /** False ends the run. */
  visit?: (outputs: Outputs) => boolean,
): Promise<Outputs[]> {
  const session = await sessions.open(spec);
  const store = openStore(reference);
  const results: Outputs[] = [];
  const file = openSync(store.path, 'r');
  try {
    for (const index of samples) {
      const { inputs } = readSample(store, index, file);
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
      const outputs = await session.run(feeds);
      const floats = Object.fromEntries(
        Object.entries(outputs).flatMap(([name, { data }]) => (data instanceof Float32Array ? [[name, data]] : [])),
      );
      if (!visit) results.push(floats);
      else if (!visit(floats)) break;
    }
  } finally {
    closeSync(file);
    await sessions.release(spec);
  }
  return results;
}

function compare(wanted: Float32Array, actual: Float32Array, sums: { signal: number; noise: number }): void {
  if (wanted.length !== actual.length) {
    // The number of detections, say, changed: nothing of the output agrees.
    for (const value of wanted) sums.signal += value * value;
    sums.noise += Math.max(sums.signal, 1);
    return;
  }
  for (let i = 0; i < wanted.length; i++) {
    const value = wanted[i] as number;
    const other = actual[i] as number;
    if (value === other || !Number.isFinite(value)) continue;
    const difference = value - other;
    sums.noise += difference * difference;
  }
  for (const value of wanted) if (Number.isFinite(value)) sums.signal += value * value;
}

/** Mean noise-to-signal ratio of the outputs, in dB; NaN anywhere is the worst there is. */
function sqnr(outputs: Fidelity['outputs']): number {
  const ratios = Object.values(outputs).map(({ signal, noise }) => (noise === 0 ? 0 : noise / Math.max(signal, 1e-30)));
  if (ratios.length === 0) return Infinity;
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  return Number.isNaN(mean) ? -Infinity : -10 * Math.log10(mean);
}
