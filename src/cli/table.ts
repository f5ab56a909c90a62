import { escapeLine } from '../report/escape.ts';

/**
 * Columns aligned with spaces, for a terminal. Every cell is escaped. Numbers stand right.
 *
 * @param right columns that are aligned to the right
 */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = [], indent = '  '): string {
  const cells = rows.map((row) => row.map((cell) => escapeLine(cell)));
  const widths: number[] = [];
  for (const row of cells) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length);
    });
  }
  return cells
    .map((row) => {
      const padded = row.map((cell, at) => {
        if (right.includes(at)) return cell.padStart(widths[at]!);
        return at === row.length - 1 ? cell : cell.padEnd(widths[at]!);
      });
      return (indent + padded.join('  ')).trimEnd();
    })
    .join('\n');
}

/** A heading and its lines, with an empty line behind. */
export function section(title: string, body: string): string {
  return `${title}\n${body}\n`;
}

/** The first `most` rows, and a line that says how many more there are. */
export function head<T>(rows: readonly T[], most: number): { shown: readonly T[]; more: number } {
  return { shown: rows.slice(0, most), more: Math.max(0, rows.length - most) };
}
