import { parse as parseCsv } from 'csv-parse/sync';
import { UserError } from '../errors.ts';
import type { Task } from '../policy/schema.ts';
import type { TensorInfo } from '../tensor.ts';
import { counted } from '../words.ts';
import { locate, type OpenOptions, readText, type SourcePath } from './context.ts';
import type { Label } from './dataset.ts';
import { nearestText } from './fit.ts';

export interface LabelOptions {
  task: Task;
  output?: TensorInfo | undefined;
  /** Class names by index, and where they come from. */
  classes?: readonly string[] | undefined;
  /** Whether the source has the key `classes`, for messages. */
  listable?: boolean;
}

export interface Labels {
  labels: Label[];
  classes?: readonly string[];
}

/**
 * Labels from what a file says: a number, a name, or a list of numbers for each sample.
 *
 * - regression and embedding: numbers, kept as they are;
 * - class names where `classes` lists them, else whole numbers from 0 (`3`, or `3.0` as pandas writes a column with
 *   gaps) as class indices, else names, whose index is their place in the sorted set;
 * - otherwise (generic, language-model): fractions and lists are values.
 *
 * @param where names the place of a label: the file and its line
 * @throws UserError naming the place and the value, also where inferred classes are not as many as the model scores
 */
export function readLabels(
  values: readonly unknown[],
  where: (index: number) => string,
  options: LabelOptions,
): Labels {
  const { task } = options;
  for (const [index, value] of values.entries()) {
    if (value === undefined || value === null || value === '' || Number.isNaN(value))
      throw new UserError(`${where(index)}: the label is missing.`);
    if (Array.isArray(value) ? value.length === 0 : !isScalar(value)) throw noLabel(value, where(index));
  }
  if (task === 'regression' || task === 'embedding') {
    return { labels: values.map((value, index) => ({ kind: 'values', values: numbersOf(value, where(index)) })) };
  }
  if (values.some((value) => Array.isArray(value) || (task !== 'classification' && isFraction(value)))) {
    return { labels: values.map((value, index) => ({ kind: 'values', values: numbersOf(value, where(index)) })) };
  }
  return classLabels(values.map(classText), where, options);
}

/** What JSON has of numbers, names, true and false. */
function isScalar(value: unknown): boolean {
  return typeof value === 'number' ? Number.isFinite(value) : ['string', 'boolean', 'bigint'].includes(typeof value);
}

function noLabel(value: unknown, where: string): UserError {
  const shown = typeof value === 'number' ? String(value) : JSON.stringify(value).slice(0, 60);
  return new UserError(`${where}: the label ${shown} is neither a number nor a name, nor a list of numbers.`);
}

function classText(value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return String(value).trim();
}

function isFraction(value: unknown): boolean {
  if (typeof value === 'bigint' || typeof value === 'boolean') return false;
  const number = typeof value === 'number' ? value : Number(String(value).trim() || Number.NaN);
  return Number.isFinite(number) && (!Number.isInteger(number) || number < 0);
}

function numbersOf(value: unknown, where: string): number[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map((each) => {
    const isNumber = isScalar(each) && !(typeof each === 'string' && each.trim() === '');
    const number = isNumber ? Number(each) : Number.NaN;
    if (!Number.isFinite(number)) throw new UserError(`${where}: the label ${JSON.stringify(each)} is not a number.`);
    return number;
  });
}

/**
 * Class names -> indices.
 *
 * @throws UserError where a name is not a class, or an index is beyond the model's classes
 */
export function classLabels(names: readonly string[], where: (index: number) => string, options: LabelOptions): Labels {
  const count = classCount(options);
  const given = options.classes;
  if (given) {
    const known = new Map(given.map((name, index) => [name, index]));
    const labels = names.map((name, index): Label => {
      const at = indexOf(name);
      const found =
        known.get(name) ?? known.get(String(at)) ?? (at !== undefined && at < given.length ? at : undefined);
      if (found === undefined) {
        throw new UserError(`${where(index)}: "${name}" is not a class; ${nearestText(name, given, 'classes are')}`);
      }
      if (given[found] === name && given.indexOf(name) !== found) {
        throw new UserError(
          `${where(index)}: "${name}" is the name of two classes, ${given.indexOf(name)} and ${found}; give each a name of its own, ` +
            'or label with class numbers.',
        );
      }
      return { kind: 'class', index: found };
    });
    checkIndices(labels, where, count);
    return { labels, classes: given };
  }
  const indices = names.map(indexOf);
  if (indices.every((index) => index !== undefined)) {
    const labels = indices.map((index): Label => ({ kind: 'class', index }));
    checkIndices(labels, where, count);
    return { labels };
  }
  // Beside numbers it is no name but a gap, as numpy.savetxt writes it.
  const gap = names.findIndex((name) => name.toLowerCase() === 'nan');
  if (gap >= 0 && indices.some((index) => index !== undefined)) {
    throw new UserError(`${where(gap)}: the label is missing ("${names[gap]}").`);
  }
  const classes = [...new Set(names)].sort();
  const number = classes.find((name) => isFraction(name));
  if (number !== undefined && options.task === 'classification') {
    throw new UserError(
      `${where(names.indexOf(number))}: "${number}" is not a class; classes are names or whole numbers from 0.`,
    );
  }
  if (count !== undefined && classes.length !== count) {
    const cure = options.listable
      ? 'List all classes in a text file, one a line in the order of the output, and set `classes`, or label with class numbers'
      : 'Label with class numbers';
    throw new UserError(
      `${where(0)} and others name ${counted(classes.length, 'class', 'classes')}, and the model scores ${count}, so their ` +
        `order cannot be guessed. ${cure}.`,
    );
  }
  const known = new Map(classes.map((name, index) => [name, index]));
  return { labels: names.map((name) => ({ kind: 'class', index: known.get(name)! })), classes };
}

/** The class number that a text is: `3`, `3.0` or, from numpy.savetxt, `3.0e+00`. */
function indexOf(name: string): number | undefined {
  if (!/^\d{1,9}(\.\d*(e[+-]\d+)?)?$/i.test(name)) return undefined;
  const index = Number(name);
  return Number.isInteger(index) && index < 1e9 ? index : undefined;
}

function checkIndices(labels: readonly Label[], where: (index: number) => string, count: number | undefined): void {
  if (count === undefined) return;
  for (const [at, label] of labels.entries()) {
    if (label.kind === 'class' && label.index >= count) {
      throw new UserError(
        `${where(at)}: class ${label.index} is beyond the model's output of ${count} classes, 0 to ${count - 1}.`,
      );
    }
  }
}

/** How many classes a classifier's output scores: a fixed last axis of [batch, classes]; one value is two classes. */
function classCount({ task, output }: LabelOptions): number | undefined {
  const last = output?.dims.at(-1);
  if (task !== 'classification' || output?.dims.length !== 2 || typeof last !== 'number') return undefined;
  return Math.max(2, last);
}

/** The source's `classes` file, else the names that the caller knows. @throws UserError where it is empty */
export async function readClasses(
  options: OpenOptions,
  file: string | undefined,
): Promise<readonly string[] | undefined> {
  if (file === undefined) return options.classes;
  const { path, name } = await locate(options, 'classes', file, 'file');
  const lines = (await readText({ path, name })).split(/\r?\n/).map((line) => line.trim());
  while (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw new UserError(`${name} is empty; it lists one class name a line.`);
  const empty = lines.indexOf('');
  if (empty >= 0)
    throw new UserError(`${name}:${empty + 1} is empty; the line number is the class, so no line may be missing.`);
  const count = classCount(options);
  if (count !== undefined && lines.length !== count) {
    throw new UserError(
      `${name} lists ${counted(lines.length, 'class', 'classes')}, and the model scores ${count}; the line number is the class, so it needs ` +
        'a line for each, also for those that no label names.',
      { key: ['classes'] },
    );
  }
  return lines;
}

export interface CsvTable {
  name: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  /** `file.csv:12` */
  where(row: number): string;
}

/**
 * Reads a CSV file with a header (RFC 4180; comma, semicolon or tab, whichever the header has most of).
 *
 * @throws UserError naming file and line
 */
export async function readCsv(file: SourcePath): Promise<CsvTable> {
  const { name } = file;
  const text = await readText(file);
  // The first line that is not empty; what stands in quotes separates nothing.
  const header = (/[^\r\n]+/.exec(text)?.[0] ?? '').replace(/"[^"]*"/g, '');
  const delimiter = [',', ';', '\t'].reduce((best, each) =>
    header.split(each).length > header.split(best).length ? each : best,
  );
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parseCsv(text, {
      delimiter,
      info: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as typeof records;
  } catch (error) {
    throw new UserError(`${name}: ${(error as Error).message}.`, { cause: error });
  }
  const [first, ...rest] = records;
  if (!first) throw new UserError(`${name} is empty; its first line names the columns.`);
  if (rest.length === 0) throw new UserError(`${name} has a header and no rows.`);
  // Names may be numbers (pandas counts columns that have none), but not fractions.
  const numbers = first.record.map((cell) => (cell === '' ? Number.NaN : Number(cell)));
  if (numbers.every(Number.isFinite) && !numbers.every(Number.isInteger)) {
    throw new UserError(
      `${name} begins with numbers (${first.record.slice(0, 4).join(', ')}); its first line names the columns.`,
    );
  }
  return {
    name,
    columns: first.record,
    rows: rest.map(({ record }) => record),
    where: (row) => `${name}:${rest[row]?.info.lines ?? '?'}`,
  };
}

/** The place of a column. @throws UserError that lists the columns, or where two have the name */
export function columnOf(table: CsvTable, column: string, key: string): number {
  const at = table.columns.indexOf(column);
  if (at < 0) {
    throw new UserError(
      `${table.name} has no column "${column}" (\`${key}\`); its columns are ${table.columns.map((each) => `"${each}"`).join(', ')}.`,
      { key: key.split(/\.(.*)/, 2) },
    );
  }
  if (table.columns.includes(column, at + 1)) {
    throw new UserError(`${table.name} has several columns "${column}" (\`${key}\`); give each a name of its own.`, {
      key: key.split(/\.(.*)/, 2),
    });
  }
  return at;
}
