import { join } from 'node:path';
import type { Box, Label } from '../../data/dataset.ts';
import { writeNpz } from '../../data/npy.ts';
import { UserError } from '../../errors.ts';
import { writeAtomic } from '../../files.ts';
import { arrayTypes, type NumericType, type Tensor } from '../../tensor.ts';
import type { Outputs } from './metric.ts';

/**
 * Runs a command of the policy and gives what it printed on standard output. Whoever passes it decides whether
 * commands may run at all, where, and for how long.
 *
 * @throws UserError where commands are not allowed, or it fails
 */
export type CommandRunner = (
  command: string,
  request: { what: string; env: Readonly<Record<string, string>> },
) => Promise<string>;

/** Outputs that fit into one file; a .npz is made in memory. */
const mostBytes = 2 ** 30;

/**
 * Writes the outputs of several samples as a .npz: `name` is [samples, ...] where all have one shape, otherwise
 * `name[0]`, `name[1]`, ... are an array a sample.
 */
export async function writeOutputs(path: string, samples: readonly Outputs[]): Promise<void> {
  await writeArrays(path, stackAll(samples));
}

/**
 * Writes labels as a .npz: `labels` [samples] or [samples, ...]; boxes as `boxes` [M, 4] (x0, y0, x1, y1 in pixels),
 * `classes` [M], `crowd` [M], `image` [M] (the sample's position), and `sizes` [samples, 2] (width, height).
 */
export async function writeLabels(path: string, labels: readonly (Label | undefined)[]): Promise<void> {
  const first = labels.find((label) => label !== undefined);
  if (!first) return writeArrays(path, {});
  const same = labels.filter((label): label is Label => label?.kind === first.kind);
  if (same.length !== labels.length) throw new UserError('some samples have labels of another kind, or none');
  if (first.kind === 'boxes') return writeArrays(path, boxArrays(same as Extract<Label, { kind: 'boxes' }>[]));
  if (first.kind === 'class') {
    const data = BigInt64Array.from(same as { index: number }[], ({ index }) => BigInt(index));
    return writeArrays(path, { labels: { type: 'int64', dims: [data.length], data } });
  }
  return writeArrays(path, stackAll(same.map((label) => ({ labels: labelTensor(label) }))));
}

/** What a decoder needs to know of the samples: `[{ id, width, height }]`. */
export async function writeSamples(path: string, samples: readonly { id: string; label?: Label }[]): Promise<void> {
  const rows = samples.map(({ id, label }) => ({
    id,
    ...(label?.kind === 'boxes' && { width: label.width, height: label.height }),
  }));
  await writeAtomic(path, JSON.stringify(rows));
}

/** The files of one call in `folder`, as the environment of the command. */
export function exchangeFiles(
  folder: string,
): Record<'QUANT_GATE_OUTPUTS' | 'QUANT_GATE_LABELS' | 'QUANT_GATE_SAMPLES' | 'QUANT_GATE_OUTPUT', string> {
  return {
    QUANT_GATE_OUTPUTS: join(folder, 'outputs.npz'),
    QUANT_GATE_LABELS: join(folder, 'labels.npz'),
    QUANT_GATE_SAMPLES: join(folder, 'samples.json'),
    QUANT_GATE_OUTPUT: join(folder, 'output.json'),
  };
}

async function writeArrays(path: string, arrays: Record<string, Tensor>): Promise<void> {
  const bytes = Object.values(arrays).reduce((sum, { data }) => sum + ('byteLength' in data ? data.byteLength : 0), 0);
  if (bytes > mostBytes) {
    throw new UserError(
      `the outputs take ${(bytes / 2 ** 30).toFixed(1)} GiB, more than the 1 GiB that a command is given; ` +
        'name the one it reads with `output`, or use fewer samples',
    );
  }
  await writeNpz(path, arrays);
}

function stackAll(samples: readonly Outputs[]): Record<string, Tensor> {
  const arrays: Record<string, Tensor> = {};
  for (const name of Object.keys(samples[0] ?? {})) {
    const tensors = samples.map((sample) => sample[name] as Tensor);
    const first = tensors[0] as Tensor;
    if (tensors.every(({ dims }) => dims.join() === first.dims.join()) && first.type !== 'string') {
      arrays[name] = stack(tensors as [Tensor, ...Tensor[]]);
    } else {
      for (const [index, tensor] of tensors.entries()) arrays[`${name}[${index}]`] = tensor;
    }
  }
  return arrays;
}

/** [1, ...] each -> [samples, ...]; a tensor without that axis gets it. */
function stack(tensors: [Tensor, ...Tensor[]]): Tensor {
  const { type, dims, data } = tensors[0];
  const joined = new arrayTypes[type as NumericType](
    new ArrayBuffer((data as Float32Array).byteLength * tensors.length),
  ) as Float32Array;
  for (const [index, tensor] of tensors.entries()) joined.set(tensor.data as Float32Array, index * data.length);
  const shape = dims[0] === 1 ? dims.slice(1) : dims;
  return { type, dims: [tensors.length, ...shape], data: joined };
}

function labelTensor(label: Label): Tensor {
  if (label.kind === 'tensor') return label.tensor;
  const values = label.kind === 'values' ? label.values : [];
  return { type: 'float64', dims: [values.length], data: Float64Array.from(values) };
}

function boxArrays(labels: readonly Extract<Label, { kind: 'boxes' }>[]): Record<string, Tensor> {
  const rows = labels.flatMap(({ boxes }, image) => boxes.map((box) => ({ image, box })));
  const column = (read: (row: { image: number; box: Box }) => number): Tensor => ({
    type: 'int64',
    dims: [rows.length],
    data: BigInt64Array.from(rows, (row) => BigInt(read(row))),
  });
  return {
    boxes: {
      type: 'float64',
      dims: [rows.length, 4],
      data: Float64Array.from(rows.flatMap(({ box }) => [box.x0, box.y0, box.x1, box.y1])),
    },
    classes: column(({ box }) => box.classIndex),
    crowd: column(({ box }) => Number(box.crowd ?? false)),
    image: column(({ image }) => image),
    sizes: {
      type: 'int64',
      dims: [labels.length, 2],
      data: BigInt64Array.from(labels.flatMap(({ width, height }) => [BigInt(width), BigInt(height)])),
    },
  };
}
