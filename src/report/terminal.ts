import { escapeLine } from './escape.ts';
import type { Column } from './format.ts';
import { headline } from './headline.ts';
import type { Report } from './schema.ts';
import {
  allVariants,
  type Cell,
  cell,
  checkSays,
  checkStatus,
  columns,
  columnTitles,
  dataSays,
  further,
  hasManyTargets,
} from './view.ts';

const marks = { pass: 'ok', fail: 'FAIL', inconclusive: '?', error: 'ERROR', none: '' } as const;

/** The summary that ends `quant-gate run`: verdict, table, what failed, what to try, where the files are. */
export function renderTerminal(report: Report, outDir: string): string {
  const { verdict, text } = headline(report);
  const lines = ['', ...comparison(report), ''];
  for (const { model, variant } of allVariants(report)) {
    const name = `${model.name} level ${variant.level}${hasManyTargets(report) ? ` for ${variant.target}` : ''}`;
    if (variant.error) lines.push(`ERROR  ${name}: ${variant.error.message}`);
    for (const check of variant.checks) {
      const status = checkStatus(check);
      if (status === 'pass') continue;
      lines.push(
        `${marks[status].padEnd(5)}  ${name}: ${checkSays(check, variant, model)}${status === 'inconclusive' ? further(check) : ''}`,
      );
    }
  }
  for (const model of report.models) {
    const { name, suggestions } = model;
    for (const remark of dataSays(model)) lines.push(`?      ${name}: ${remark}`);
    lines.push(...suggestions.map((each) => `try    ${name}: ${each}`));
  }
  if (lines.at(-1) !== '') lines.push('');
  lines.push(`${verdict}: ${text}`, `The report and the models are in ${outDir}`);
  return `${lines.map((line) => escapeLine(line, 500)).join('\n')}\n`;
}

function comparison(report: Report): string[] {
  const head = ['', ...columns.map((column) => columnTitles[column])];
  const rows = report.models.flatMap((model) =>
    [model.fp32, ...model.variants].map((variant) => {
      const name =
        variant.level === 0
          ? `${model.name} FP32`
          : `  level ${variant.level} ${variant.method}${hasManyTargets(report) ? ` ${variant.target}` : ''}`;
      return [name, ...columns.map((column) => cellText(cell(variant, column, model), column))];
    }),
  );
  const table = [head, ...rows].map((row) => row.map((text) => escapeLine(text, 60)));
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

function cellText({ status, main, more, limit, limitsMore }: Cell, column: Column): string {
  // A limit on size or memory is nearly always one on the ratio.
  const both = column === 'size' || column === 'memory' || limitsMore;
  const number = both && more ? `${main}, ${more}` : main;
  return [number, limit && `(${limit.replace(/^limit /, '')})`, marks[status]].filter(Boolean).join(' ');
}
