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
  /** Outputs that are the probabilities of a Softmax. */
  probabilities?: readonly string[];
}

/** How far a variant's outputs are from the reference's. */
export interface Fidelity {
  /**
   * Signal over noise of all outputs in dB; each output counts alike, whatever its scale. Infinity: equal. Probabilities are
   * compared as logarithms: as they are, all the noise is in the few samples that are not certain, and 32 samples cannot tell two
   * candidates apart (ResNet-8 with a Softmax: chosen by logarithms 27.3 dB on other data, else 25.1).
   */
  sqnrDb: number;
  /** The same after 1/4 and 1/2 of the samples. */
  course: number[];
  /** How far the variant had fallen behind its rival when it was given up, dB; missing where it ran to the end. */
  behindDb?: number;
  outputs: Record<string, { signal: number; noise: number }>;
}

/** A variant that is this far behind on the same samples, dB, does not come back. */
const hopelessDb = 0.25;

/** Probabilities below this are the same. */
const leastProbability = 0.01;

type Outputs = Readonly<Record<string, Float32Array>>;

/** Outputs of the reference, kept from call to call: every candidate is compared with the same. */
const kept = new Map<string, Outputs[]>();

/** Compares float32 outputs of two models over samples of a store. */
export const fidelityJob = defineJob<FidelityParams, Fidelity>(
  'fidelity',
  async (context, { reference, variant, store, samples, rival, probabilities = [] }) => {
    const key = JSON.stringify([reference, store, samples]);
    let expected = kept.get(key);
    if (!expected) {
      expected = [];
      for await (const found of run(context, reference, store, samples, probabilities)) expected.push(found);
      kept.set(key, expected);
    }
    const outputs: Fidelity['outputs'] = {};
    for (const [name, values] of Object.entries(expected[0] ?? {})) {
      if (values instanceof Float32Array) outputs[name] = { signal: 0, noise: 0 };
    }
    let index = 0;
    const course: number[] = [];
    let behindDb: number | undefined;
    const checkpoints = [Math.ceil(samples.length / 4), Math.ceil(samples.length / 2)];
    for await (const actual of run(context, variant, store, samples, probabilities)) {
      const wanted = expected[index++] as Outputs;
      for (const [name, sums] of Object.entries(outputs)) compare(wanted[name]!, actual[name]!, sums);
      if (index !== checkpoints[course.length]) continue;
      const now = sqnr(outputs);
      const behind = (rival?.[course.length] ?? -Infinity) - now;
      course.push(now);
      if (!(behind > hopelessDb)) continue;
      behindDb = behind;
      break;
    }
    return { sqnrDb: sqnr(outputs), course, outputs, ...(behindDb !== undefined && { behindDb }) };
  },
);

/** What is compared of a session's outputs, sample after sample: probabilities as logarithms, other numbers as they are. */
async function* run(
  { ort, sessions }: JobContext,
  spec: SessionSpec,
  reference: StoreReference,
  samples: readonly number[],
  probabilities: readonly string[],
): AsyncGenerator<Outputs> {
  const session = await sessions.open(spec);
  const store = openStore(reference);
  const file = openSync(store.path, 'r');
  try {
    for (const index of samples) {
      const { inputs } = readSample(store, index, file);
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
      const outputs = await session.run(feeds);
      yield Object.fromEntries(
        Object.entries(outputs).flatMap(([name, { data }]) =>
          data instanceof Float32Array ? [[name, probabilities.includes(name) ? data.map(logarithm) : data]] : [],
        ),
      );
    }
  } finally {
    closeSync(file);
    await sessions.release(spec);
  }
}

/** NaN stays NaN. */
const logarithm = (probability: number): number => Math.log(Math.max(probability, leastProbability));

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
