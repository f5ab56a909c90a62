import { UserError } from '../../errors.ts';
import { halfToNumber } from '../../numbers.ts';
import { sizeOf, type Tensor, type TensorInfo } from '../../tensor.ts';
import { batchAxes } from '../batch.ts';
import {
  extensionOf,
  locate,
  type OpenedSource,
  type OpenOptions,
  type SourceOf,
  type SourcePath,
  selectRows,
} from '../context.ts';
import { convertNumbers } from '../convert.ts';
import type { Sample } from '../dataset.ts';
import { nearestText } from '../fit.ts';
import type { Pixels } from '../image/pixels.ts';
import { imageTensor, planImage } from '../image/preprocess.ts';
import { type ArrayEntry, type ArrayValues, openNpy, openNpz } from '../npy.ts';
import { fits, inputText, shapeText } from '../shape.ts';
import { labelTensor, openLabels } from './array-labels.ts';

/** Where arrays come from: a .npz, or a .npy for each input. */
export interface Archive {
  /** As messages name it. */
  name: string;
  keys: readonly string[];
  open(key: string): Promise<ArrayEntry>;
  files: readonly SourcePath[];
}

/** Opens `arrays`. @throws UserError naming the array that does not fit, and the keys that there are */
export async function openArrays(source: SourceOf<'arrays'>, options: OpenOptions): Promise<OpenedSource> {
  const archive = await openArchive(source, options);
  return openArchiveSource(archive, source, options);
}

async function openArchive({ arrays }: SourceOf<'arrays'>, options: OpenOptions): Promise<Archive> {
  if (typeof arrays === 'string') {
    const file = await locate(options, 'arrays', arrays, 'file');
    if (extensionOf(file.name) === '.npy') {
      const only = options.inputs[0]?.name ?? '';
      return { name: file.name, keys: [only], open: () => openNpy(file.path, file.name), files: [file] };
    }
    const npz = await openNpz(file.path, file.name);
    return { name: file.name, ...npz, files: [file] };
  }
  const files = new Map<string, { path: string; name: string }>();
  for (const [key, name] of Object.entries(arrays))
    files.set(key, await locate(options, `arrays.${key}`, name, 'file'));
  return {
    name: '`arrays`',
    keys: [...files.keys()],
    open: (key) => openNpy(files.get(key)!.path, files.get(key)!.name),
    files: [...files.values()],
  };
}

/** The part of the policy that `arrays` and `command` share. */
export type ArraySource = Pick<SourceOf<'arrays'>, 'inputs' | 'labels' | 'rows' | 'limit'> & {
  'label-column'?: string;
};

/** Opens the arrays of an archive as samples; also what a `command` wrote. */
export async function openArchiveSource(
  archive: Archive,
  source: ArraySource,
  options: OpenOptions,
): Promise<OpenedSource> {
  checkMapping(source, options.inputs);
  const axes = batchAxes(options.inputs);
  const feeds: Feed[] = [];
  for (const input of options.inputs) feeds.push(await openFeed(archive, source, input, axes[input.name], options));
  const total = agreeOnCount(feeds, archive.name);
  const { from, to } = selectRows(source, total, archive.name);
  const labels = await openLabels(archive, source, options, total);
  const files = [...archive.files, ...labels.files];
  return {
    description: `${archive.name} (${to - from} samples)`,
    size: to - from,
    files,
    ...(labels.known && { labels: labels.known.slice(from, to), allLabels: labels.known }),
    ...(labels.classes && { classes: labels.classes }),
    async *samples(): AsyncGenerator<Sample> {
      const streams = feeds.map((feed) => feed.stream(from, to));
      const targets = labels.entry?.rows(from, to);
      const all: AsyncGenerator<unknown>[] = [...streams, ...(targets ? [targets] : [])];
      try {
        for (let row = from; row < to; row++) {
          const inputs: Record<string, Tensor> = {};
          for (const [index, { input }] of feeds.entries()) inputs[input.name] = await next(streams[index]!);
          const label = targets ? labelTensor(labels.entry!, await next(targets)) : labels.known?.[row];
          yield { id: `${archive.name}[${row}]`, inputs, ...(label && { label }) };
        }
        // Reading on to the end is what verifies an archive's checksum.
        await Promise.all(all.map((stream) => stream.next()));
      } finally {
        // Whoever wants only the first samples leaves the rest: the files are closed then, too.
        await Promise.all(all.map((stream) => stream.return(undefined)));
      }
    },
  };
}

async function next<T>(stream: AsyncIterator<T>): Promise<T> {
  const { value, done } = await stream.next();
  if (done) throw new Error('a stream of rows ended before its count');
  return value;
}

function checkMapping({ inputs: mapping }: ArraySource, inputs: readonly TensorInfo[]): void {
  const names = inputs.map(({ name }) => name);
  for (const name of Object.keys(mapping ?? {})) {
    if (names.includes(name)) continue;
    throw new UserError(`\`inputs\`: the model has no input "${name}"; ${nearestText(name, names, 'its inputs are')}`, {
      key: ['inputs', name],
    });
  }
}

/** One input of the model and where its samples come from. */
interface Feed {
  input: TensorInfo;
  name: string;
  /** How many samples this array may hold, depending on how it is read; 'any' is the same for all. */
  counts: readonly (number | 'any')[];
  /** Decides between the readings. */
  choose(count: number): void;
  stream(from: number, to: number): AsyncGenerator<Tensor>;
}

async function openFeed(
  archive: Archive,
  source: ArraySource,
  input: TensorInfo,
  batchAxis: number | undefined,
  options: OpenOptions,
): Promise<Feed> {
  const mapped = source.inputs?.[input.name];
  if (typeof mapped === 'number')
    return constantFeed(input, `\`inputs.${input.name}: ${mapped}\``, filled(input, mapped));
  const key = mapped ?? input.name;
  if (!archive.keys.includes(key)) {
    const keys = archive.keys.map((each) => `"${each}"`).join(', ') || 'none';
    throw new UserError(
      mapped === undefined
        ? `${archive.name} has no array for the model's input ${inputText(input)}; its keys are ${keys}. Map it with ` +
            `\`inputs: { ${quoteKey(input.name)}: key }\`, or fill it with a number: \`inputs: { ${quoteKey(input.name)}: 0 }\`.`
        : `${archive.name} has no array "${key}" (\`inputs.${input.name}\`); its keys are ${keys}.`,
      { key: ['inputs', input.name] },
    );
  }
  const entry = await archive.open(key);
  const readings = readingsOf(entry, input, batchAxis, options);
  if (readings.length === 0) throw unfit(entry, input);
  let chosen = readings[0]!;
  return {
    input,
    name: entry.name,
    counts: readings.map(({ count }) => count),
    choose(count) {
      chosen = readings.find((each) => each.count === count) ?? readings.find((each) => each.count === 'any') ?? chosen;
    },
    stream: (from, to) => chosen.stream(from, to),
  };
}

function quoteKey(name: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(name) ? name : JSON.stringify(name);
}

function filled(input: TensorInfo, value: number): Tensor {
  const dims = input.dims.map((dim) => (typeof dim === 'number' ? dim : 1));
  const values = new Array<number>(sizeOf(dims)).fill(value);
  return { type: input.type, dims, data: convertNumbers(values, input.type, () => `\`inputs.${input.name}\``) };
}

function constantFeed(input: TensorInfo, name: string, tensor: Tensor): Feed {
  return { input, name, counts: ['any'], choose() {}, stream: repeat(() => tensor) };
}

/** The same tensor, object and all, for every sample: the store then holds it once. */
function repeat(tensor: () => Tensor | Promise<Tensor>): (from: number, to: number) => AsyncGenerator<Tensor> {
  return async function* repeated(from, to) {
    const one = await tensor();
    for (let row = from; row < to; row++) yield one;
  };
}

interface Reading {
  count: number | 'any';
  stream(from: number, to: number): AsyncGenerator<Tensor>;
}

/**
 * The ways in which an array can be an input's samples, most natural first: one rank more is a sample an entry; the
 * same rank is batched along axis 0, as many entries a sample as the input fixes, or along the input's own batch axis; a whole that
 * fits as it is can be the same for all samples.
 */
function readingsOf(
  entry: ArrayEntry,
  input: TensorInfo,
  batchAxis: number | undefined,
  options: OpenOptions,
): Reading[] {
  const { shape } = entry;
  const { dims } = input;
  const readings: Reading[] = [];
  const [count = 0, ...rest] = shape;
  const rowsAs = (sampleShape: readonly number[]): Reading => ({
    count,
    async *stream(from, to) {
      let row = from;
      for await (const values of entry.rows(from, to)) yield convert(values, entry, input, sampleShape, row++);
    },
  });
  const plain = options.preprocess === undefined;
  const image = () => (entry.type === 'uint8' && dims.length >= 3 ? imageReading(entry, input, options) : undefined);
  // With preprocessing the policy says that uint8 arrays are images; without it only a shape that fits no other way.
  const preprocessed = plain ? undefined : image();
  if (preprocessed) return [preprocessed];
  if (shape.length === dims.length + 1 && fits(rest, dims)) readings.push(rowsAs(rest));
  if (shape.length === dims.length && shape.length > 0) {
    if (fits([1, ...rest], dims)) readings.push(rowsAs([1, ...rest]));
    const fixed = dims[0];
    if (
      typeof fixed === 'number' &&
      fixed > 1 &&
      count > fixed &&
      count % fixed === 0 &&
      fits([fixed, ...rest], dims)
    ) {
      readings.push(grouped(entry, input, fixed));
    }
    if (batchAxis !== undefined && batchAxis > 0 && fits(withAxis(shape, batchAxis, 1), dims)) {
      readings.push(gathered(entry, input, batchAxis));
    }
  }
  if (fits(shape, dims) && (batchAxis === undefined || shape[batchAxis] === 1)) {
    readings.push({ count: 'any', stream: repeat(async () => convert(await entry.read(), entry, input, shape, 0)) });
  }
  // A scalar for each sample: an entry of a list.
  if (shape.length === 1 && fits([1, 1], dims)) readings.push(rowsAs([1, 1]));
  const unfitting = readings.length === 0 && plain ? image() : undefined;
  if (unfitting) readings.push(unfitting);
  if (!plain && entry.type !== 'uint8' && readings.length > 0) {
    options.progress?.note(
      `${entry.name} is ${entry.type}: \`preprocess\` is for uint8 images, and these values are fed as they are`,
    );
  }
  return readings;
}

function withAxis(shape: readonly number[], axis: number, size: number): number[] {
  return shape.map((dim, at) => (at === axis ? size : dim));
}

/** Samples of `size` entries each, for a model whose batch is fixed. */
function grouped(entry: ArrayEntry, input: TensorInfo, size: number): Reading {
  const [count = 0, ...rest] = entry.shape;
  return {
    count: count / size,
    async *stream(from, to) {
      let rows: ArrayValues[] = [];
      let sample = from;
      for await (const values of entry.rows(from * size, to * size)) {
        rows.push(values);
        if (rows.length < size) continue;
        yield convert(joined(rows), entry, input, [size, ...rest], sample++);
        rows = [];
      }
    },
  };
}

function joined(rows: readonly ArrayValues[]): ArrayValues {
  if (Array.isArray(rows[0])) return (rows as string[][]).flat();
  const [first] = rows as readonly [Float32Array];
  const all = new (first.constructor as Float32ArrayConstructor)(first.length * rows.length);
  for (const [index, row] of (rows as Float32Array[]).entries()) all.set(row, index * first.length);
  return all;
}

/** Samples along another axis than the first: the array is read whole, once. */
function gathered(entry: ArrayEntry, input: TensorInfo, axis: number): Reading {
  const { shape } = entry;
  const outer = sizeOf(shape.slice(0, axis));
  const inner = sizeOf(shape.slice(axis + 1));
  const count = shape[axis]!;
  return {
    count,
    async *stream(from, to) {
      const all = (await entry.read()) as Float32Array;
      for (let sample = from; sample < to; sample++) {
        const values = all.slice(0, outer * inner);
        for (let row = 0; row < outer; row++) {
          const start = (row * count + sample) * inner;
          values.set(all.subarray(start, start + inner), row * inner);
        }
        yield convert(values, entry, input, withAxis(shape, axis, 1), sample);
      }
    },
  };
}

/** uint8 [count, height, width, channels], [count, channels, height, width] or [count, height, width] as images. */
function imageReading(entry: ArrayEntry, input: TensorInfo, options: OpenOptions): Reading | undefined {
  const [count = 0, ...sample] = entry.shape;
  const dims = sample.length === 4 && sample[0] === 1 ? sample.slice(1) : sample;
  const isChannels = (dim: number | undefined) => dim === 1 || dim === 3 || dim === 4;
  const last = dims.length === 3 && isChannels(dims[2]);
  if (dims.length !== 2 && !(dims.length === 3 && (last || isChannels(dims[0])))) return undefined;
  const plan = planImage(options.preprocess, input);
  const [height, width] = (dims.length === 2 || last ? dims : dims.slice(1)) as [number, number];
  const channels = dims.length === 2 ? 1 : last ? dims[2]! : dims[0]!;
  const toTensor = (values: Uint8Array, row: number) =>
    imageTensor(interleave(values, width, height, channels, last), plan, `${entry.name}[${row}]`);
  // What the first sample would become, so that sizes are checked before anything is decoded.
  imageTensor(interleave(new Uint8Array(width * height * channels), width, height, channels, last), plan, entry.name);
  return {
    count,
    async *stream(from, to) {
      let row = from;
      for await (const values of entry.rows(from, to)) yield toTensor(values as Uint8Array, row++);
    },
  };
}

function interleave(values: Uint8Array, width: number, height: number, channels: number, interleaved: boolean): Pixels {
  const kept = channels === 1 ? 1 : 3;
  if (interleaved && channels === kept) return { width, height, channels: kept, data: values };
  const area = width * height;
  const data = new Uint8Array(area * kept);
  for (let pixel = 0; pixel < area; pixel++) {
    for (let channel = 0; channel < kept; channel++) {
      data[pixel * kept + channel] = values[interleaved ? pixel * channels + channel : channel * area + pixel]!;
    }
  }
  return { width, height, channels: kept, data };
}

function convert(
  values: ArrayValues,
  entry: ArrayEntry,
  input: TensorInfo,
  dims: readonly number[],
  row: number,
): Tensor {
  const { type } = input;
  const where = (index: number) => `${entry.name}[${row}], value ${index},`;
  if (Array.isArray(values) || type === 'string') {
    if (!Array.isArray(values) || type !== 'string') throw unfit(entry, input);
    return { type, dims, data: values };
  }
  if (entry.type === type && !type.startsWith('float')) return { type, dims, data: values };
  const numbers = entry.type === 'float16' ? Float64Array.from(values as Uint16Array, halfToNumber) : values;
  return { type, dims, data: convertNumbers(numbers, type, where) };
}

function unfit(entry: ArrayEntry, input: TensorInfo): UserError {
  if ((entry.type === 'string') !== (input.type === 'string')) {
    return new UserError(`${entry.name} holds ${entry.type} values, and the model's input is ${inputText(input)}.`);
  }
  const [first, ...rest] = input.dims;
  const rows = typeof first === 'number' && first > 1 ? `N x ${first}` : 'N';
  return new UserError(
    `${entry.name} has shape ${shapeText(entry.shape)}, which does not fit the model's input ${inputText(input)}: expected ` +
      `${shapeText(input.dims.length > 0 ? [rows, ...rest] : [])} or ${shapeText(['N', ...input.dims])}, N samples.`,
  );
}

/** All arrays hold the same samples; an array of one may be shared by all. */
function agreeOnCount(feeds: readonly Feed[], name: string): number {
  const possible = feeds.map(({ counts }) => counts);
  const candidates = [...new Set(possible.flat().filter((count): count is number => count !== 'any'))];
  const agreed = candidates.find((count) =>
    possible.every((counts) => counts.includes(count) || counts.includes('any')),
  );
  if (agreed === undefined && candidates.length > 0) {
    const each = feeds.map((feed) => `${feed.name} has ${feed.counts[0] === 'any' ? 1 : feed.counts[0]}`);
    throw new UserError(`the arrays of ${name} differ in their number of samples: ${each.join(', ')}.`);
  }
  const count = agreed ?? 1;
  for (const feed of feeds) feed.choose(count);
  return count;
}
