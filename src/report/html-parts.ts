import { counted } from '../words.ts';
import type { Cell, Table } from './detail-tables.ts';
import { escapeHtml } from './escape.ts';
import type { VariantReport } from './schema.ts';
import { icons, type Status, verdictWords } from './view.ts';

/** Pieces of the page. */

/** What a variant is called on the page. */
export type Name = (variant: VariantReport) => string;

/** The most rows or entries of anything: a page has room, but not without end. */
export const most = 2000;

export const code = (text: string) => `<code>${escapeHtml(text)}</code>`;

/** A verdict as a coloured sign with its word for those who cannot see it. */
export function mark(status: Status): string {
  return status === 'none'
    ? ''
    : `<span class="mark ${status}" role="img" aria-label="${verdictWords[status]}">${icons[status]}</span>`;
}

/** A folded section; nothing where there is nothing to fold. */
export function fold(title: string, body: string): string {
  return body === '' ? '' : `<details><summary>${title}</summary>${body}</details>`;
}

/** Cells are HTML already. */
export function htmlTable(columns: Table['columns'], rows: readonly (readonly string[])[]): string {
  const cell = (tag: 'th' | 'td', text: string, index: number) => {
    const scope = tag === 'th' ? ' scope="col"' : '';
    return `<${tag}${scope}${columns[index]?.number ? ' class="number"' : ''}>${text}</${tag}>`;
  };
  const head = columns.map(({ title }, index) => cell('th', title, index)).join('');
  const body = rows
    .slice(0, most)
    .map((row) => `<tr>${row.map((text, index) => cell('td', text, index)).join('')}</tr>`);
  const left =
    rows.length > most ? `<p class="muted">… and ${counted(rows.length - most, 'more row')} in report.json</p>` : '';
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>${left}`;
}

export function tableOf({ columns, rows }: Table, name: Name): string {
  return rows.length === 0
    ? ''
    : htmlTable(
        columns,
        rows.map((row) => row.map((cell) => cellOf(cell, name))),
      );
}

function cellOf(cell: Cell, name: Name): string {
  if (typeof cell === 'string') return escapeHtml(cell);
  if ('code' in cell) return code(cell.code);
  if ('status' in cell) return mark(cell.status);
  if ('variant' in cell) return title(cell.variant, name);
  if ('remark' in cell)
    return `${escapeHtml(cell.value ?? 'not measured')}<br><small>${escapeHtml(cell.remark, 1000)}</small>`;
  if ('chosen' in cell) return cell.chosen ? '<strong>chosen</strong>' : '';
  const nodes = cell.nodes.length === 0 ? 'none' : cell.nodes.slice(0, 200).map(code).join(' ');
  return [nodes, escapeHtml(cell.and)].filter(Boolean).join(' ');
}

export function title(variant: VariantReport, name: Name): string {
  return variant.level === 0 ? 'FP32' : escapeHtml(name(variant));
}
