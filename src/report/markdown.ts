import { sha256 } from '../files.ts';
import { decideCheck } from '../gate/verdict.ts';
import { confidencePercent, counted } from '../words.ts';
import { codeBlock, codeSpan, escapeMarkdown } from './escape.ts';
import { seconds } from './format.ts';
import { headline } from './headline.ts';
import { details } from './markdown-details.ts';
import { heading, label, list, table } from './markdown-parts.ts';
import type { ModelReport, Report, VariantReport } from './schema.ts';
import {
  allVariants,
  type Cell,
  cell,
  checkSentence,
  checkStatus,
  columns,
  columnTitles,
  dataSays,
  further,
  hasManyTargets,
  icons,
  lines,
} from './view.ts';

export interface MarkdownOptions {
  /** Tells this gate's comment from another's; part of the marker that finds the comment again. */
  id?: string;
  /** Most bytes of UTF-8; GitHub takes 65,536 characters in a comment, and 65,535 bytes in a check. */
  limit?: number;
  /** Where the whole report lies, for the closing line. */
  artifact?: { name: string; url?: string };
}

/**
 * The first line of every comment: invisible, and how the comment is found again. Names that differ only in characters
 * that cannot stand there are told apart by their hash.
 */
export function marker(id = 'main'): string {
  const safe = id.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/--+/g, '-');
  return `<!-- quant-gate:${safe}${safe === id ? '' : `.${sha256(id).slice(0, 8)}`} -->`;
}

/**
 * The pull request comment: a verdict, a table of models and levels against their limits, what failed and what to try,
 * and everything else folded. Too long a report loses list entries first, then folded sections, then rows of the table
 * that passed; never the verdict.
 */
export function renderMarkdown(report: Report, options: MarkdownOptions = {}): string {
  const limit = options.limit ?? 65_535;
  const attempts: Detail[] = [
    { rows: Number.POSITIVE_INFINITY, entries: 25, sections: Number.POSITIVE_INFINITY, failures: 50 },
    { rows: Number.POSITIVE_INFINITY, entries: 8, sections: Number.POSITIVE_INFINITY, failures: 30 },
    { rows: 150, entries: 8, sections: 3, failures: 20 },
    { rows: 60, entries: 5, sections: 1, failures: 10 },
    { rows: 20, entries: 0, sections: 0, failures: 5 },
    { rows: 5, entries: 0, sections: 0, failures: 1 },
  ];
  for (const [index, detail] of attempts.entries()) {
    const text = render(report, options, detail, index > 0);
    if (Buffer.byteLength(text) <= limit) return text;
  }
  // Only a limit far below GitHub's, or one endless line, comes here.
  return `${[marker(options.id), title(report), closing(report, options, true)].join('\n\n').slice(0, limit - 1)}\n`;
}

/** How much of each part is shown. */
interface Detail {
  rows: number;
  entries: number;
  sections: number;
  failures: number;
}

function render(report: Report, options: MarkdownOptions, detail: Detail, shortened: boolean): string {
  return `${[
    marker(options.id),
    title(report),
    ...notices(report),
    comparison(report, detail.rows),
    ...problems(report, detail),
    ...suggestions(report, detail),
    ...details(report, detail.entries).slice(0, detail.sections),
    closing(report, options, shortened),
  ].join('\n\n')}\n`;
}

function title(report: Report): string {
  const { verdict, text } = headline(report);
  return `### ${icons[report.verdict]} ${verdict}: ${escapeMarkdown(text, 400)}`;
}

/** What a reviewer must not overlook, before any number. */
function notices(report: Report): string[] {
  const lines: string[] = [];
  const { changes = [], loosened = [] } = report.policy;
  if (changes.length > 0) {
    const many = loosened.length;
    const loose = many > 0 ? `, **${many} of them ${many === 1 ? 'loosens' : 'loosen'} a limit**` : '';
    lines.push(`⚠️ This pull request changes the policy: ${counted(changes.length, 'change')}${loose} (listed below).`);
  }
  for (const model of report.models) {
    for (const remark of dataSays(model)) lines.push(`⚠️ ${codeSpan(model.name)}: ${escapeMarkdown(remark)}.`);
  }
  if (report.base) {
    lines.push(
      `Compared with ${codeSpan(report.base.ref)} at ${codeSpan(report.base.sha.slice(0, 12))}: ${escapeMarkdown(report.base.status)}.`,
    );
  }
  return lines;
}

// ---- the table ----

function comparison(report: Report, most: number): string {
  const rows = report.models.flatMap((model) => {
    const baseline: Row = { status: 'fp32', cells: baselineRow(model) };
    const variants = model.variants.map(
      (variant): Row => ({ status: variant.verdict, cells: variantRow(variant, model, report), baseline }),
    );
    return [baseline, ...variants];
  });
  const shown = shorten(rows, most);
  const left = rows.length - shown.length;
  return [
    table(
      ['Model', 'Level', ...columns.map((column) => columnTitles[column])],
      shown.map(({ cells }) => cells),
    ),
    ...(left > 0 ? [`\n… and ${counted(left, 'more row')}, in the whole report.`] : []),
  ].join('\n');
}

interface Row {
  status: string;
  cells: string[];
  /** FP32's row, which has the model's name. */
  baseline?: Row;
}

/** Keeps what did not pass, then what did, each below its model's name, in the order of the report. */
function shorten(rows: readonly Row[], most: number): Row[] {
  if (rows.length <= most) return [...rows];
  const bad = rows.filter(({ status }) => status !== 'pass' && status !== 'fp32');
  const good = rows.filter(({ status }) => status === 'pass');
  const kept = new Set<Row>();
  for (const row of [...bad, ...good]) {
    if (kept.size >= most) break;
    kept.add(row.baseline ?? row).add(row);
  }
  return rows.filter((row) => kept.has(row));
}

function baselineRow(model: ModelReport): string[] {
  const cells = columns.map((column) => cellText(cell(model.fp32, column, model)));
  return [`**${codeSpan(model.name, 80)}**`, 'FP32', ...cells];
}

function variantRow(variant: VariantReport, model: ModelReport, report: Report): string[] {
  const target = hasManyTargets(report) ? `<br><sub>${escapeMarkdown(variant.target, 40)}</sub>` : '';
  const label = `${icons[variant.verdict]} **${variant.level}** ${variant.method}${target}`;
  // One that was made has measurements all the same.
  if (variant.error && variant.file === undefined) {
    return [
      '',
      label,
      `could not be made: ${escapeMarkdown(variant.error.kind, 40)}`,
      ...columns.slice(1).map(() => ''),
    ];
  }
  return ['', label, ...columns.map((column) => cellText(cell(variant, column, model)))];
}

function cellText(each: Cell): string {
  const { first, second } = lines(each);
  const icon = icons[each.status];
  const small = second.length === 0 ? '' : `<br><sub>${escapeMarkdown(second.join(', '), 240)}</sub>`;
  return first === '' ? '' : `${icon}${icon && ' '}${escapeMarkdown(first, 80)}${small}`;
}

// ---- what failed, what to try ----

function problems(report: Report, { failures: most }: Detail): string[] {
  const failed: string[] = [];
  const undecided: string[] = [];
  const errors: string[] = [];
  for (const { model, variant } of allVariants(report)) {
    const name = label(model, variant, report);
    if (variant.error) {
      errors.push(
        `${icons.error} ${name}: ${escapeMarkdown(variant.error.kind)}\n\n  ${codeBlock(variant.error.message, 1500)}\n`,
      );
    }
    for (const check of variant.checks) {
      const status = checkStatus(check);
      if (status === 'pass') continue;
      const says =
        check.estimate === null
          ? `${codeSpan(check.name)}: ${escapeMarkdown(check.message)}`
          : escapeMarkdown(checkSentence(check, variant, model));
      if (status === 'fail') failed.push(`${icons.fail} ${name}: ${says}`);
      else
        undecided.push(
          `${icons.inconclusive} ${name}: ${says}${escapeMarkdown(further(check))}${decidedBy(check, report)}`,
        );
    }
  }
  return [
    ...heading('What failed', list([...errors, ...failed], most)),
    ...heading('What the measurements do not decide', list(undecided, most)),
  ];
}

/** Where the estimate decides an interval that straddles its limit, that is said each time. */
function decidedBy(check: VariantReport['checks'][number], report: Report): string {
  if (report.gate.onInconclusive !== 'estimate') return '';
  const decided = decideCheck(check, 'estimate');
  if (decided === 'inconclusive') return ' (the estimate does not decide it either)';
  return ` (${decided === 'pass' ? 'passed' : 'failed'} by the estimate)`;
}

function suggestions(report: Report, { failures: most }: Detail): string[] {
  const many = report.models.length > 1;
  const lines = report.models.flatMap(({ name, suggestions }) =>
    suggestions.map((each) => `${many ? `${codeSpan(name, 80)}: ` : ''}${escapeMarkdown(each, 400)}`),
  );
  return heading('What to try', list(lines, most));
}

// ---- the end ----

function closing(report: Report, { artifact }: MarkdownOptions, shortened: boolean): string {
  const { machine } = report;
  const place = artifact
    ? `the artifact ${artifact.url && /^https:\/\/[^\s()<>"]+$/.test(artifact.url) ? `[${escapeMarkdown(artifact.name)}](${artifact.url})` : codeSpan(artifact.name)}`
    : 'the folder of this report';
  const whole = shortened
    ? `Shortened to fit; the whole report (<code>report.html</code>) and the models are in ${place}.`
    : `The models and the whole report (<code>report.html</code>) are in ${place}.`;
  const cpu = `${escapeMarkdown(machine.cpu, 80)}, ${counted(machine.cores, 'core')}`;
  const machines =
    report.machines && report.machines.length > 1 ? ` and ${counted(report.machines.length - 1, 'other machine')}` : '';
  return `<sub>${whole} Required level: ${escapeMarkdown(report.gate.require, 60)}. Intervals at ${confidencePercent(report.gate.confidence)} confidence. Measured in ${seconds(report.seconds)} on ${cpu}${machines}, INT8 against FP32 on the same machine.</sub>`;
}
