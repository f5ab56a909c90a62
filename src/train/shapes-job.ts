import { type BatchAxes, stackFeeds } from '../data/batch.ts';
import { openStore, readSample, type StoreReference } from '../data/store.ts';
import type { SessionSpec } from '../runtime/contract.ts';
import { defineJob } from '../runtime/job.ts';
import { fromOrt, toOrt } from '../runtime/tensors.ts';
import type { Tensor } from '../tensor.ts';

export interface ShapesParams {
  /** A model with every value as an output. */
  session: SessionSpec;
  store: StoreReference;
  /** The samples that make the batch. */
  samples: readonly number[];
  axes: BatchAxes;
  /** Outputs that depend on shapes alone: those of a few numbers are returned. */
  fromShapes: readonly string[];
  /** Float outputs whose smallest and largest number is returned. */
  ranged: readonly string[];
}

export interface FoundShapes {
  shapes: Record<string, number[]>;
  /** Outputs whose shape ONNX Runtime knows from those of the inputs. */
  inferred: string[];
  numbers: Record<string, Tensor>;
  ranges: Record<string, [low: number, high: number]>;
}

/** More than that are no sizes, axes or indices. */
const mostNumbers = 4096;

/**
 * The shapes of all outputs on one batch: as inferred, and measured where that says nothing; and the numbers that are asked for.
 *
 * @throws where the model cannot take that batch
 */
export const shapesJob = defineJob<ShapesParams, FoundShapes>(
  'train-shapes',
  async ({ ort, sessions }, { session: spec, store: reference, samples, axes, fromShapes, ranged }) => {
    const session = await sessions.open(spec);
    try {
      const shapes: Record<string, number[]> = {};
      const numbers: Record<string, Tensor> = {};
      const ranges: FoundShapes['ranges'] = {};
      const wanted = new Set(fromShapes);
      const inferred: string[] = [];
      const measured: string[] = [];
      for (const value of session.outputMetadata) {
        if (!value.isTensor) continue;
        const dims = value.shape.filter((dim) => typeof dim === 'number');
        // Without a dimension it is a scalar, or the rank itself is not known.
        const known = dims.length === value.shape.length && dims.length > 0;
        if (known) {
          shapes[value.name] = dims;
          inferred.push(value.name);
        }
        if (!known || wanted.has(value.name) || ranged.includes(value.name)) measured.push(value.name);
      }
      const store = openStore(reference);
      const feeds = stackFeeds(
        samples.map((index) => readSample(store, index)),
        axes,
      );
      const given = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
      // Whatever is asked for, the whole graph runs: a batch that the model cannot take is found here.
      const outputs = await session.run(given, measured.length > 0 ? measured : session.outputNames.slice(0, 1));
      for (const name of measured) {
        const tensor = outputs[name]!;
        shapes[name] = [...tensor.dims];
        if (wanted.has(name) && tensor.size <= mostNumbers) numbers[name] = fromOrt(tensor);
        if (ranged.includes(name) && tensor.data instanceof Float32Array) ranges[name] = rangeOf(tensor.data);
      }
      return { shapes, inferred, numbers, ranges };
    } finally {
      await sessions.release(spec);
    }
  },
);

function rangeOf(values: Float32Array): [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}
