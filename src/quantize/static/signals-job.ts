import type { StoreReference } from '../../data/store.ts';
import type { SessionSpec } from '../../runtime/contract.ts';
import { defineJob } from '../../runtime/job.ts';
import { runSamples } from './fidelity-job.ts';
import type { OutputPart } from './output-parts.ts';
import { expectedParts, signalOf } from './part-error.ts';

export interface SignalsParams {
  reference: SessionSpec;
  store: StoreReference;
  /** Which samples, by index. */
  samples: readonly number[];
  parts: readonly OutputPart[];
}

export interface Signals {
  /** How much each sample counts in each part of the outputs where candidates are compared: [samples][parts]. */
  signals: number[][];
  /** Whether a part is the scores of a detector, nearly all of which are none. */
  rare: boolean;
}

/** What there is to be compared in some samples. */
export const signalsJob = defineJob<SignalsParams, Signals>(
  'signals',
  async (context, { reference, store, samples, parts }) => {
    const found: Signals = { signals: [], rare: false };
    for await (const outputs of runSamples(context, reference, store, samples)) {
      // One at a time: hundreds of maps of scores would not be kept for this.
      const expected = expectedParts([outputs], parts)[0]!;
      found.signals.push(expected.map(signalOf));
      found.rare ||= expected.some(({ rare }) => rare);
    }
    return found;
  },
);
