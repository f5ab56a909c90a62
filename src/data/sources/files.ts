import { resolve } from 'node:path';
import { UserError } from '../../errors.ts';
import { extensionOf, isFile, listFiles, locate, type OpenOptions, type SourcePath, slashes } from '../context.ts';
import type { Label } from '../dataset.ts';
import { classLabels, columnOf, readClasses, readCsv, readLabels } from '../labels.ts';

/** Files with a label each: what `images` and `audio` have in common. */
export interface LabelledFiles {
  files: SourcePath[];
  labels?: readonly (Label | undefined)[];
  classes?: readonly string[];
  /** Files that the labels were read from. */
  labelFiles: readonly SourcePath[];
}

interface FilesSource {
  folder: SourcePath;
  extensions: ReadonlySet<string>;
  /** `images` or `audio files`. */
  what: string;
  labels?: string | undefined;
  labelColumn: string;
  classes?: string | undefined;
}

/**
 * Finds the files of a folder and their labels.
 *
 * With a CSV file the samples are its rows, in its order; without one they are the folder's files, sorted, and the
 * first folder below is the class. Files that lie in one folder only, or directly in it, have no label.
 *
 * @throws UserError where the folder is empty, or labels and files do not fit each other
 */
export async function labelledFiles(options: OpenOptions, source: FilesSource): Promise<LabelledFiles> {
  if (source.labels !== undefined) return csvFiles(options, source, source.labels);
  const files = await allFiles(options, source);
  const classFile = source.classes === undefined ? [] : [await locate(options, 'classes', source.classes, 'file')];
  const classes = await readClasses(options, source.classes);
  const unlabelled = { files, labelFiles: classFile, ...(classes && { classes }) };
  if (options.task !== 'classification' && options.task !== 'generic') return unlabelled;
  const prefix = slashes(source.folder.path).length + 1;
  const folders = files.map(({ path }) => {
    const [first, ...rest] = slashes(path).slice(prefix).split('/');
    return rest.length > 0 ? (first as string) : undefined;
  });
  const names = new Set(folders);
  if (names.has(undefined) && names.size > 1) {
    const loose = folders.filter((folder) => folder === undefined).length;
    throw new UserError(
      `${source.folder.name} has ${loose} ${source.what} beside its class folders (${files[folders.indexOf(undefined)]?.name}); ` +
        'move them into a class folder, or give `labels`.',
    );
  }
  // One folder says nothing: it is a subfolder, not a class, unless it is listed as one.
  if (names.has(undefined) || (names.size === 1 && !classes)) return unlabelled;
  const where = (index: number) => `the class folder of ${files[index]?.name}`;
  return { ...unlabelled, ...classLabels(folders as string[], where, { ...options, classes, listable: true }) };
}

/** @throws UserError where there is no file of the kind, saying what there is instead */
export async function allFiles(options: OpenOptions, { folder, extensions, what }: FilesSource): Promise<SourcePath[]> {
  const files = await listFiles(options, folder, extensions);
  if (files.length > 0) return files;
  throw new UserError(`${folder.name} has no ${what} (${[...extensions].join(', ')}), also not in its subfolders.`);
}

async function csvFiles(options: OpenOptions, source: FilesSource, labels: string): Promise<LabelledFiles> {
  const csv = await locate(options, 'labels', labels, 'file');
  if (!['.csv', '.tsv', '.txt'].includes(extensionOf(csv.name))) {
    throw new UserError(
      `\`labels: ${labels}\`: labels for task ${options.task} are a CSV file with the columns "file" and "${source.labelColumn}".`,
    );
  }
  const table = await readCsv(csv);
  const fileAt = columnOf(table, 'file', 'labels');
  const labelAt = columnOf(table, source.labelColumn, 'label-column');
  const classes = await readClasses(options, source.classes);
  const found = new Map<string, SourcePath>();
  // Names in the file are relative to the folder, or to the CSV file, or to the policy.
  const bases = [source.folder.path, resolve(csv.path, '..'), options.policyFolder];
  const files: SourcePath[] = [];
  for (const [row, record] of table.rows.entries()) {
    const name = record[fileAt] ?? '';
    const path = await firstFile(bases.map((base) => resolve(base, name)));
    if (name === '' || path === undefined) {
      throw new UserError(
        `${table.where(row)}: there is no file "${name}" in ${source.folder.name}, nor beside ${csv.name}.`,
      );
    }
    if (found.has(path))
      throw new UserError(`${table.where(row)}: "${name}" is listed a second time; each file has one row.`);
    const shown = (await locate(options, `${csv.name}: file`, path)).path;
    const file = { path: shown, name: slashes(name) };
    found.set(path, file);
    files.push(file);
  }
  const read = readLabels(
    table.rows.map((record) => record[labelAt]),
    table.where,
    { ...options, classes, listable: true },
  );
  const all = await listFiles(options, source.folder, source.extensions);
  const left = all.filter(({ path }) => !found.has(path)).length;
  if (left > 0)
    options.progress?.note(
      `${left} ${source.what} of ${source.folder.name} have no row in ${csv.name} and are left out`,
    );
  const classFile = source.classes === undefined ? [] : [await locate(options, 'classes', source.classes, 'file')];
  return {
    files,
    labels: read.labels,
    labelFiles: [csv, ...classFile],
    ...(read.classes && { classes: read.classes }),
  };
}

async function firstFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await isFile(path)) return path;
  return undefined;
}

/** Runs `use` over items, at most `width` at a time: for thousands of small reads. */
export async function forEachParallel<T>(
  items: readonly T[],
  use: (item: T, index: number) => Promise<void>,
  width = 16,
) {
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(width, items.length) }, async () => {
      while (next < items.length) {
        const index = next++;
        await use(items[index] as T, index);
      }
    }),
  );
}
