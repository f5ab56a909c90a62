import { UserError } from '../../errors.ts';
import { halfToNumber } from '../../numbers.ts';
import { sizeOf } from '../../tensor.ts';
import { extensionOf, locate, type OpenOptions, type SourcePath } from '../context.ts';
import type { Label } from '../dataset.ts';
import { nearestText } from '../fit.ts';
import { columnOf, readClasses, readCsv, readLabels } from '../labels.ts';
import { type ArrayEntry, type ArrayValues, openNpy } from '../npy.ts';
import type { Archive, ArraySource } from './arrays.ts';

export interface OpenLabels {
  known?: readonly Label[];
  /** Targets that are tensors, streamed beside the inputs. */
  entry?: ArrayEntry;
  classes?: readonly string[];
  files: readonly SourcePath[];
}

/**
 * Opens the labels of an archive: a key of it, or a .npy or .csv file.
 *
 * @throws UserError where there is no such key or file, or it has not a label for each sample
 */
export async function openLabels(
  archive: Archive,
  source: ArraySource,
  options: OpenOptions,
  total: number,
): Promise<OpenLabels> {
  const { labels } = source;
  if (labels === undefined) return { files: [] };
  const extension = extensionOf(labels);
  const classes = await readClasses(options, undefined);
  const labelOptions = { ...options, classes };
  const checkCount = (count: number | undefined, name: string) => {
    if (count === total) return;
    const rows = options.inputs[0]?.dims[0];
    const fixed =
      typeof rows === 'number' && rows > 1 && count === total * rows
        ? ` The model's batch is fixed at ${rows}, so a sample is ${rows} rows and has one label; export it with a dynamic batch axis.`
        : '';
    throw new UserError(`${name} has ${count ?? 'no'} labels for the ${total} samples of ${archive.name}.${fixed}`, {
      key: ['labels'],
    });
  };
  if (extension === '.csv' && !archive.keys.includes(labels)) {
    const file = await locate(options, 'labels', labels, 'file');
    const table = await readCsv(file);
    const column = columnOf(table, source['label-column'] ?? 'label', 'label-column');
    checkCount(table.rows.length, table.name);
    const read = readLabels(
      table.rows.map((record) => record[column]),
      table.where,
      labelOptions,
    );
    return { known: read.labels, files: [file], ...(read.classes && { classes: read.classes }) };
  }
  const isFile = extension === '.npy' && !archive.keys.includes(labels);
  if (!isFile && !archive.keys.includes(labels)) {
    throw new UserError(
      `\`labels\`: ${archive.name} has no array "${labels}"; ${nearestText(labels, archive.keys, 'its keys are')}`,
      { key: ['labels'] },
    );
  }
  const file = isFile ? await locate(options, 'labels', labels, 'file') : undefined;
  const entry = file ? await openNpy(file.path, file.name) : await archive.open(labels);
  const files = file ? [file] : [];
  checkCount(entry.shape[0], entry.name);
  const sampleSize = sizeOf(entry.shape.slice(1));
  const isTensor =
    entry.shape.length > 2 ||
    ((options.task === 'segmentation' || options.task === 'language-model') && sampleSize > 1);
  if (isTensor && sampleSize > 1) return { entry, files };
  const rows: unknown[] = [];
  for await (const row of entry.rows()) {
    const values = Array.from({ length: sampleSize }, (_, at) => numberOf(row, entry, at));
    rows.push(sampleSize === 1 ? values[0] : values);
  }
  const read = readLabels(oneHot(rows, sampleSize, options), (index) => `${entry.name}[${index}]`, labelOptions);
  return { known: read.labels, files, ...(read.classes && { classes: read.classes }) };
}

function numberOf(row: ArrayValues, entry: ArrayEntry, at: number): number | string {
  const value = row[at]!;
  if (typeof value === 'string') return value;
  return entry.type === 'float16' ? halfToNumber(value as number) : Number(value);
}

/** A classification's rows of a single 1 among zeros are the class's index. */
function oneHot(rows: readonly unknown[], size: number, { task }: OpenOptions): readonly unknown[] {
  if (task !== 'classification' || size < 2) return rows;
  const isOneHot = (row: readonly number[]) =>
    row.filter((value) => value === 1).length === 1 && row.filter((value) => value !== 0).length === 1;
  return rows.every((row) => isOneHot(row as number[])) ? rows.map((row) => (row as number[]).indexOf(1)) : rows;
}

/** One row of targets, without a batch axis. */
export function labelTensor(entry: ArrayEntry, data: ArrayValues): Label {
  return { kind: 'tensor', tensor: { type: entry.type, dims: entry.shape.slice(1), data } };
}
