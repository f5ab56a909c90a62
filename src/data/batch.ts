import { UserError } from '../errors.ts';
import { sizeOf, type Tensor, type TensorInfo, type TensorValues } from '../tensor.ts';
import type { Sample } from './dataset.ts';
import { tensorBytes } from './store.ts';

/** Which axis of each input counts the samples; undefined where the input has no such axis and is the same for all. */
export type BatchAxes = Readonly<Record<string, number | undefined>>;

/**
 * Finds the batch axis of each input. It is axis 0, except where another axis carries the symbolic name that the model
 * uses for its batch: the state of a recurrent network is often [layers, batch, hidden].
 */
export function batchAxes(inputs: readonly TensorInfo[]): BatchAxes {
  const symbols = new Set<string>();
  for (const { dims } of inputs) if (typeof dims[0] === 'string') symbols.add(dims[0]);
  const axes: Record<string, number | undefined> = {};
  for (const { name, dims } of inputs) {
    const symbolic = dims.findIndex((dim) => typeof dim === 'string' && (symbols.has(dim) || /^(batch|n$)/i.test(dim)));
    const first = dims[0];
    if (symbolic >= 0) axes[name] = symbolic;
    else axes[name] = dims.length > 0 && (typeof first !== 'number' || first === 1) ? 0 : undefined;
  }
  return axes;
}

/**
 * Joins the inputs of several samples into the feeds of one run: [1, ...] each becomes [samples, ...] along the batch
 * axis. A scalar, or an input without a batch axis, has to be the same in every sample.
 *
 * @param axes from `batchAxes`; without it every input but a scalar is joined along axis 0
 * @throws UserError where the samples' shapes differ, naming both samples
 */
export function stackFeeds(samples: readonly Sample[], axes?: BatchAxes): Record<string, Tensor> {
  const first = samples[0];
  if (!first) throw new RangeError('a batch of no samples');
  if (samples.length === 1) return { ...first.inputs };
  const feeds: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(first.inputs)) {
    const axis = axes && Object.hasOwn(axes, name) ? axes[name] : tensor.dims.length > 0 ? 0 : undefined;
    const parts = samples.map((sample) => {
      const part = sample.inputs[name];
      if (!part) throw new Error(`${sample.id} lacks input ${name}`);
      if (part.dims.join() !== tensor.dims.join()) {
        throw new UserError(
          `${first.id} and ${sample.id} cannot share a batch: input "${name}" is [${tensor.dims}] in one and ` +
            `[${part.dims}] in the other. Use batch 1, or make all samples one size (padding: max-length, crop, length).`,
        );
      }
      return part;
    });
    feeds[name] = axis === undefined ? constant(name, samples, parts) : concatenate(parts, axis);
  }
  return feeds;
}

function constant(name: string, samples: readonly Sample[], parts: readonly Tensor[]): Tensor {
  const [first, ...rest] = parts as [Tensor, ...Tensor[]];
  const bytes = tensorBytes(first);
  const other = rest.findIndex((part) => Buffer.compare(tensorBytes(part), bytes) !== 0);
  if (other >= 0) {
    throw new UserError(
      `${samples[0]?.id} and ${samples[other + 1]?.id} cannot share a batch: input "${name}" has no batch axis and ` +
        'differs between them. Use batch 1.',
    );
  }
  return first;
}

function concatenate(parts: readonly Tensor[], axis: number): Tensor {
  const { type, dims } = parts[0] as Tensor;
  const outer = sizeOf(dims.slice(0, axis));
  const joined = dims.map((dim, at) => (at === axis ? dim * parts.length : dim));
  const block = sizeOf(dims.slice(axis));
  if (type === 'string') {
    const data = Array.from({ length: outer }, (_, row) =>
      parts.flatMap((part) => (part.data as string[]).slice(row * block, (row + 1) * block)),
    ).flat();
    return { type, dims: joined, data };
  }
  type Numeric = Float32Array;
  const arrays = parts.map((part) => part.data as Numeric);
  const data = new (arrays[0]!.constructor as new (length: number) => Numeric)(outer * block * parts.length);
  for (let row = 0; row < outer; row++) {
    for (const [at, array] of arrays.entries()) {
      data.set(array.subarray(row * block, (row + 1) * block), (row * parts.length + at) * block);
    }
  }
  return { type, dims: joined, data: data as TensorValues };
}
