import { confidencePercent } from '../words.ts';
import { escapeHtml, escapeHtmlLines } from './escape.ts';
import { seconds } from './format.ts';
import { headline } from './headline.ts';
import { comparisonCharts, frontierChart } from './html-charts.ts';
import { details, machines } from './html-details.ts';
import { mark, type Name, title } from './html-parts.ts';
import { style } from './html-style.ts';
import type { ModelReport, Report, VariantReport } from './schema.ts';
import {
  type Cell,
  cell,
  checkSays,
  checkStatus,
  columns,
  columnTitles,
  dataSays,
  further,
  hasManyTargets,
  icons,
  lines,
  type Status,
} from './view.ts';

/**
 * The report as one page that needs nothing else: no script, no request (its own policy forbids both), readable in
 * light and dark, by screen readers and on paper.
 */
export function renderHtml(report: Report): string {
  const { verdict, text } = headline(report);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(verdict)}: ${escapeHtml(report.models.map(({ name }) => name).join(', '), 80)}</title>
<style>${style}</style>
</head>
<body>
<header class="banner ${report.verdict}">
<h1>${icons[report.verdict]} ${escapeHtml(verdict)}</h1>
<p>${escapeHtml(text, 600)}</p>
<p>${escapeHtml(report.gate.reason, 2000)}</p>
<p class="muted">Required level: ${escapeHtml(report.gate.require)}. Started ${escapeHtml(report.startedAt)}, took ${seconds(report.seconds)}.</p>
</header>
${notices(report)}
<main>
${comparison(report)}
${report.models.map((model, index) => modelSection(model, index, report)).join('\n')}
${machines(report)}
</main>
</body>
</html>
`;
}

function notices(report: Report): string {
  const changes = report.policy.changes ?? [];
  const texts = [
    ...(changes.length > 0
      ? [
          `<strong>This pull request changes the policy.</strong><ul>${changes.map((change) => `<li>${escapeHtml(change)}</li>`).join('')}</ul>`,
        ]
      : []),
    ...report.models.flatMap((model) =>
      dataSays(model).map((remark) => `<code>${escapeHtml(model.name)}</code>: ${escapeHtml(remark)}.`),
    ),
    ...(report.base
      ? [
          `Compared with <code>${escapeHtml(report.base.ref)}</code> at <code>${escapeHtml(report.base.sha.slice(0, 12))}</code>: ${escapeHtml(report.base.status)}.`,
        ]
      : []),
  ];
  return texts.map((each) => `<div class="notice">${each}</div>`).join('\n');
}

function comparison(report: Report): string {
  const body = report.models
    .map((model, index) => {
      const cells = columns.map((column) => tableCell(cell(model.fp32, column, model))).join('');
      const first = `<tr><th scope="row"><a href="#model-${index}"><code>${escapeHtml(model.name, 80)}</code></a></th><td>FP32</td>${cells}</tr>`;
      return first + model.variants.map((variant) => variantRow(variant, model, report)).join('');
    })
    .join('\n');
  const head = ['Model', 'Level', ...columns.map((column) => columnTitles[column])];
  return `<div class="scroll"><table><caption>Every variant against FP32 on the same machine; intervals at ${confidencePercent(report.gate.confidence)}.</caption><thead><tr>${head.map((each) => `<th scope="col">${each}</th>`).join('')}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function variantRow(variant: VariantReport, model: ModelReport, report: Report): string {
  const target = hasManyTargets(report) ? `<br><small>${escapeHtml(variant.target, 60)}</small>` : '';
  const label = `<td class="level">${mark(variant.verdict)} <strong>${variant.level}</strong> ${variant.method}${target}</td>`;
  // One that was made has measurements all the same.
  if (variant.error && variant.file === undefined) {
    return `<tr><td></td>${label}<td colspan="${columns.length}">could not be made: ${escapeHtml(variant.error.kind, 80)}</td></tr>`;
  }
  return `<tr><td></td>${label}${columns.map((column) => tableCell(cell(variant, column, model))).join('')}</tr>`;
}

function tableCell(each: Cell): string {
  const { first, second } = lines(each);
  const small = second.map((phrase) => `<span>${escapeHtml(phrase)}</span>`).join(', ');
  return `<td>${mark(each.status)} ${escapeHtml(first)}${small === '' ? '' : `<br><small>${small}</small>`}</td>`;
}

function modelSection(model: ModelReport, index: number, report: Report): string {
  const name: Name = (variant) =>
    `Level ${variant.level}${hasManyTargets(report) ? `, ${variant.target}` : ` ${variant.method}`}`;
  const frontiers = model.variants.map((variant) => frontierChart(variant, model, name(variant))).join('');
  return `<section>
<h2 id="model-${index}">${mark(model.verdict)} ${escapeHtml(model.name, 120)}</h2>
${problems(model, name)}
${comparisonCharts(model, name)}
${frontiers === '' ? '' : `<div class="charts">${frontiers}</div>`}
${details(model, report, name)}
</section>`;
}

const titledList = (title: string, items: readonly string[]): string =>
  items.length > 0 ? `<h3>${title}</h3><ul>${items.join('')}</ul>` : '';

function problems(model: ModelReport, name: Name): string {
  const errors = model.variants.flatMap((variant) =>
    variant.error
      ? [
          `<p>${mark('error')} ${title(variant, name)}: ${escapeHtml(variant.error.kind)}</p><pre>${escapeHtmlLines(variant.error.message)}</pre>`,
        ]
      : [],
  );
  const missed = (wanted: Status) =>
    model.variants.flatMap((variant) =>
      variant.checks
        .filter((check) => checkStatus(check) === wanted)
        .map((check) => {
          const more = wanted === 'inconclusive' ? escapeHtml(further(check)) : '';
          return `<li>${mark(wanted)} ${escapeHtml(name(variant))}: ${escapeHtml(checkSays(check, variant, model), 600)}${more}</li>`;
        }),
    );
  const tries = model.suggestions.map((each) => `<li>${escapeHtml(each, 600)}</li>`);
  return [
    ...errors,
    titledList('What failed', missed('fail')),
    titledList('What the measurements do not decide', missed('inconclusive')),
    titledList('What to try', tries),
  ].join('\n');
}
