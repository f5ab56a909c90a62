import { counted } from '../words.ts';

/** Pieces of Markdown; every argument is Markdown already. */

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

/** A table of at most `most` rows that says how many it leaves out. */
export function longTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  most: number,
  right: readonly number[] = [],
): string {
  const text = table(head, rows.slice(0, most), right);
  return rows.length > most
    ? `${text}\n\n… and ${counted(rows.length - most, 'more row')}, in the whole report.`
    : text;
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
