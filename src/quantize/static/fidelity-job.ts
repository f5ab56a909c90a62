import { closeSync, openSync } from 'node:fs';
import { openStore, readSample, type StoreReference } from '../../data/store.ts';
import { halfToNumber } from '../../numbers.ts';
import type { SessionSpec } from '../../runtime/contract.ts';
import { defineJob, type JobContext } from '../../runtime/job.ts';
import { fromOrt, toOrt } from '../../runtime/tensors.ts';
import type { Tensor } from '../../tensor.ts';
import type { OutputPart } from './output-parts.ts';
import {
  addError,
  type ExpectedPart,
  expectedParts,
  type FloatTensor,
  partOf,
  type SignalAndNoise,
} from './part-error.ts';

export interface FidelityParams {
  reference: SessionSpec;
  variant: SessionSpec;
  store: StoreReference;
  /** Which samples, by index. */
  samples: readonly number[];
  /** The course of the variant to beat, on the same samples: one that falls behind it clearly is not run to the end. */
  rival?: readonly number[];
  /** What is compared; outputs that are not float32 are left out. */
  parts: readonly OutputPart[];
}

/** How far a variant's outputs are from the reference's. */
export interface Fidelity {
  /**
   * Signal over noise of all parts of the outputs in dB; each part counts alike, whatever its scale. Infinity: equal. Probabilities
   * are compared as logarithms: as they are, all the noise is in the few samples that are not certain, and 32 samples cannot
   * tell two candidates apart (ResNet-8 with a Softmax: chosen by logarithms 27.3 dB on other data, else 25.1).
   */
  sqnrDb: number;
  /** The same after 1/4 and 1/2 of the samples. */
  course: number[];
  /** How far the variant had fallen behind its rival when it was given up, dB; missing where it ran to the end. */
  behindDb?: number;
}

/** A variant that is this far behind on the same samples, dB, does not come back. */
const hopelessDb = 0.25;

/** Outputs of the reference, kept from call to call: every candidate is compared with the same. */
const kept = new Map<string, ExpectedPart[][]>();

/** Compares float32 outputs of two models over samples of a store. */
export const fidelityJob = defineJob<FidelityParams, Fidelity>(
  'fidelity',
  async (context, { reference, variant, store, samples, rival, parts }) => {
    const key = JSON.stringify([reference, store, samples]);
    let expected = kept.get(key);
    if (!expected) {
      const found: Record<string, FloatTensor>[] = [];
      for await (const outputs of runSamples(context, reference, store, samples)) found.push(outputs);
      expected = expectedParts(found, parts);
      kept.set(key, expected);
    }
    const sums = (expected[0] ?? []).map((): SignalAndNoise => ({ signal: 0, noise: 0 }));
    let index = 0;
    const course: number[] = [];
    let behindDb: number | undefined;
    const checkpoints = [Math.ceil(samples.length / 4), Math.ceil(samples.length / 2)];
    for await (const actual of runSamples(context, variant, store, samples)) {
      for (const [at, wanted] of expected[index]!.entries()) {
        addError(wanted, partOf(actual[wanted.part.output]!, wanted.part, wanted.background), sums[at]!);
      }
      if (++index !== checkpoints[course.length]) continue;
      const now = sqnr(sums);
      const behind = (rival?.[course.length] ?? -Infinity) - now;
      course.push(now);
      if (!(behind > hopelessDb)) continue;
      behindDb = behind;
      break;
    }
    return { sqnrDb: sqnr(sums), course, ...(behindDb !== undefined && { behindDb }) };
  },
);

/** A session's float32 outputs, sample after sample. */
export async function* runSamples(
  { ort, sessions }: JobContext,
  spec: SessionSpec,
  reference: StoreReference,
  samples: readonly number[],
): AsyncGenerator<Record<string, FloatTensor>> {
  const session = await sessions.open(spec);
  const store = openStore(reference);
  const file = openSync(store.path, 'r');
  try {
    for (const index of samples) {
      const { inputs } = readSample(store, index, file);
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
      const outputs = await session.run(feeds);
      yield Object.fromEntries(
        Object.entries(outputs).flatMap(([name, output]) => {
          const data = floatsOf(fromOrt(output));
          return data ? [[name, { data, dims: output.dims }]] : [];
        }),
      );
    }
  } finally {
    closeSync(file);
    await sessions.release(spec);
  }
}

function floatsOf({ type, data }: Tensor): Float32Array | undefined {
  if (type === 'float16') return Float32Array.from(data as Uint16Array, halfToNumber);
  return data instanceof Float32Array ? data : undefined;
}

/** Mean noise-to-signal ratio of the parts, in dB; NaN anywhere is the worst there is. */
function sqnr(parts: readonly SignalAndNoise[]): number {
  const ratios = parts.map(({ signal, noise }) => (noise === 0 ? 0 : noise / Math.max(signal, 1e-30)));
  if (ratios.length === 0) return Infinity;
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  return Number.isNaN(mean) ? -Infinity : -10 * Math.log10(mean);
}
