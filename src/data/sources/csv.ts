import { UserError } from '../../errors.ts';
import type { Tensor, TensorInfo } from '../../tensor.ts';
import { counted } from '../../words.ts';
import { locate, type OpenedSource, type OpenOptions, type SourceOf, selectRows } from '../context.ts';
import { convertNumbers } from '../convert.ts';
import type { Sample } from '../dataset.ts';
import { nearestText } from '../fit.ts';
import { type CsvTable, columnOf, readCsv, readLabels } from '../labels.ts';
import { fits, inputText, shapeText } from '../shape.ts';

interface Columns {
  input: TensorInfo;
  at: readonly number[];
  names: readonly string[];
}

/**
 * Opens a table: each row is a sample, columns are inputs. An input takes one or several columns, [1, columns], as
 * `inputs` says; without it a model of one input takes all columns but the label, and one of several takes for each
 * the column of its name.
 *
 * @throws UserError naming file, line, column and value
 */
export async function openCsv(source: SourceOf<'csv'>, options: OpenOptions): Promise<OpenedSource> {
  const file = await locate(options, 'csv', source.csv, 'file');
  const table = await readCsv(file);
  const labelAt = (source.label ?? []).map((column) => columnOf(table, column, 'label'));
  const columns = chooseColumns(table, source, labelAt, options.inputs);
  const { from, to } = selectRows(source, table.rows.length, table.name);
  // All cells are read now: a table is small, and a bad cell is better found before hours of work.
  const rows = table.rows.slice(from, to).map((_, index) => readRow(table, from + index, columns));
  const read =
    labelAt.length === 0
      ? undefined
      : readLabels(
          table.rows.map((row) => (labelAt.length === 1 ? row[labelAt[0]!] : labelAt.map((at) => row[at]))),
          table.where,
          options,
        );
  const labels = read?.labels.slice(from, to);
  return {
    description: `${source.csv} (${rows.length} rows)`,
    size: rows.length,
    files: [file],
    ...(labels && { labels }),
    ...(read && { allLabels: read.labels }),
    ...(read?.classes && { classes: read.classes }),
    async *samples(): AsyncGenerator<Sample> {
      for (const [index, inputs] of rows.entries()) {
        const label = labels?.[index];
        yield { id: `${table.name}[${from + index}]`, inputs, ...(label && { label }) };
      }
    },
  };
}

function chooseColumns(
  table: CsvTable,
  source: SourceOf<'csv'>,
  labelAt: readonly number[],
  inputs: readonly TensorInfo[],
): Columns[] {
  const names = inputs.map(({ name }) => name);
  for (const name of Object.keys(source.inputs ?? {})) {
    if (names.includes(name)) continue;
    throw new UserError(`\`inputs\`: the model has no input "${name}"; ${nearestText(name, names, 'its inputs are')}`, {
      key: ['inputs', name],
    });
  }
  const all = table.columns.filter((_, at) => !labelAt.includes(at));
  return inputs.map((input) => {
    const wanted = source.inputs?.[input.name] ?? (inputs.length === 1 ? all : [input.name]);
    const at = wanted.map((column) => columnOf(table, column, `inputs.${input.name}`));
    if (!shapeFor(input, at.length)) {
      throw new UserError(
        `${table.name} gives ${counted(at.length, 'column')} (${wanted.slice(0, 8).join(', ')}${wanted.length > 8 ? ', ...' : ''}) to the ` +
          `model's input ${inputText(input)}, which takes ${shapeText(input.dims)}. Choose them with \`inputs\`, and the label with \`label\`.`,
      );
    }
    return { input, at, names: wanted };
  });
}

/** [1, columns], or what of it an input of another rank can hold. */
function shapeFor({ dims }: TensorInfo, count: number): number[] | undefined {
  const shapes = [[1, count], ...(count === 1 ? [[1], []] : [[count]]), [1, 1, count]];
  return shapes.find((shape) => fits(shape, dims));
}

function readRow(table: CsvTable, row: number, columns: readonly Columns[]): Record<string, Tensor> {
  const record = table.rows[row]!;
  const inputs: Record<string, Tensor> = {};
  for (const { input, at, names } of columns) {
    const dims = shapeFor(input, at.length)!;
    const cells = at.map((column) => record[column] ?? '');
    const where = (index: number) => `${table.where(row)}: column "${names[index]}"`;
    if (input.type === 'string') inputs[input.name] = { type: 'string', dims, data: cells };
    else {
      const numbers = cells.map((cell, index) => readNumber(cell, where(index)));
      inputs[input.name] = { type: input.type, dims, data: convertNumbers(numbers, input.type, where) };
    }
  }
  return inputs;
}

function readNumber(cell: string, where: string): number | bigint {
  const truth = { true: 1, false: 0 }[cell.toLowerCase()];
  const number = truth ?? (cell.trim() === '' ? Number.NaN : Number(cell));
  if (Number.isFinite(number) && /^[+-]?\d{16,}$/.test(cell)) return BigInt(cell);
  if (!Number.isFinite(number)) {
    const comma = /^[+-]?\d+,\d+$/.test(cell) ? 'write decimals with a point' : 'fill it';
    throw new UserError(
      `${where} is ${cell.trim() === '' ? 'empty' : `"${cell}"`}, not a ${Number.isNaN(number) ? '' : 'finite '}number; ${comma} or leave the column out of \`inputs\`.`,
    );
  }
  return number;
}
