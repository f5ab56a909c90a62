import { counted } from '../words.ts';
import type { Cell, Table } from './detail-tables.ts';
import { codeSpan, escapeMarkdown } from './escape.ts';
import { count } from './format.ts';
import type { ModelReport, Report, VariantReport } from './schema.ts';
import { hasManyTargets, icons } from './view.ts';

/** Pieces of Markdown; every argument that is a string is Markdown already. */

export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (right.includes(index) ? '--:' : '---'))), ...rows.map(line)].join(
    '\n',
  );
}

/** A table of at most `most` rows that says how many it leaves out; nothing where it has none. */
export function longTable({ columns, rows }: Table, most: number, report: Report): string {
  if (rows.length === 0) return '';
  const text = table(
    columns.map(({ title }) => title),
    rows.slice(0, most).map((row) => row.map((cell) => cellOf(cell, report))),
    columns.flatMap(({ number }, index) => (number ? [index] : [])),
  );
  return rows.length > most
    ? `${text}\n\n… and ${counted(rows.length - most, 'more row')}, in the whole report.`
    : text;
}

function cellOf(cell: Cell, report: Report): string {
  if (typeof cell === 'string') return escapeMarkdown(cell);
  if ('code' in cell) return codeSpan(cell.code, cell.short);
  if ('status' in cell) return icons[cell.status];
  if ('variant' in cell) return label(cell.of, cell.variant, report);
  if ('remark' in cell) return escapeMarkdown(cell.value ?? cell.remark);
  if ('chosen' in cell) return cell.chosen ? '➡️' : '';
  const nodes = cell.nodes.length === 0 ? 'none' : `${count(cell.nodes.length)}: ${names(cell.nodes, 3, 60)}`;
  return [nodes, escapeMarkdown(cell.and)].filter(Boolean).join(' ');
}

/** `mobilenet level 2`, with the target where there are several. */
export function label(model: Pick<ModelReport, 'name'>, variant: VariantReport, report: Report): string {
  const target = hasManyTargets(report) ? ` (${escapeMarkdown(variant.target, 40)})` : '';
  return `${codeSpan(model.name, 80)} ${variant.level === 0 ? 'FP32' : `level ${variant.level}`}${target}`;
}

/** At most `most` names, with `…` where there are more: `all`, where not every one was given. */
export function names(given: readonly string[], most: number, length: number, all = given.length): string {
  const shown = given.slice(0, most).map((name) => codeSpan(name, length));
  return `${shown.join(', ')}${all > shown.length ? ', …' : ''}`;
}

/** A list of at most `most` entries that says how many it leaves out. */
export function list(entries: readonly string[], most: number): string {
  const lines = entries.slice(0, most).map((entry) => `- ${entry}`);
  if (entries.length > most)
    lines.push(`- … and ${counted(entries.length - most, 'more', 'more')}, in the whole report`);
  return lines.join('\n');
}

export function heading(title: string, body: string): string[] {
  return body === '' ? [] : [`#### ${title}\n\n${body}`];
}

/** A folded section; the blank lines let GitHub read Markdown inside HTML. */
export function fold(title: string, body: string): string[] {
  return body === '' ? [] : [`<details><summary>${title}</summary>\n\n${body}\n\n</details>`];
}
