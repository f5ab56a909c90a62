import { counted } from '../words.ts';
import { escapeHtml } from './escape.ts';
import {
  bytes,
  checkFormat,
  count,
  factor,
  intervalOf,
  measured,
  metricChange,
  metricUnit,
  metricValue,
  milliseconds,
  number,
  percent,
  seconds,
} from './format.ts';
import { mark } from './html.ts';
import type { ModelReport, Report, VariantReport } from './schema.ts';
import { accuracyOf, checkStatus, conditionsText, latencyOf, metricOf, weightsOf } from './view.ts';

/** The folded tables of one model, complete up to `most` rows each: a page has room, but not without end. */
const most = 2000;

type Name = (variant: VariantReport) => string;

export function details(model: ModelReport, report: Report, name: Name): string {
  return [
    checks(model, report, name),
    latency(model, name),
    flips(model, name),
    classes(model, name),
    placement(model, name),
    decisions(model, name),
    search(model, name),
    sensitivity(model),
    about(model),
  ].join('\n');
}

interface Column {
  title: string;
  number?: true;
}

/** Cells are HTML already. */
function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
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

function fold(title: string, body: string): string {
  return `<details><summary>${title}</summary>${body}</details>`;
}

const code = (text: string) => `<code>${escapeHtml(text)}</code>`;
const level = (variant: VariantReport, name: Name) => (variant.level === 0 ? 'FP32' : escapeHtml(name(variant)));

function checks(model: ModelReport, report: Report, name: Name): string {
  const rows = model.variants.flatMap((variant) =>
    variant.checks.map((check) => {
      const format = checkFormat(check, metricOf(variant, model));
      return [
        mark(checkStatus(check)),
        level(variant, name),
        code(check.name),
        `${escapeHtml(measured(check, format))}<br><small>${escapeHtml(check.message, 1000)}</small>`,
        escapeHtml(format.limit),
      ];
    }),
  );
  if (rows.length === 0) return '';
  const titles = ['', 'Variant', 'Check', `Measured (${percent(report.gate.confidence, 0)} interval)`, 'Limit'];
  return fold(
    `All checks (${rows.length})`,
    table(
      titles.map((title) => ({ title })),
      rows,
    ),
  );
}

function latency(model: ModelReport, name: Name): string {
  const rows = [model.fp32, ...model.variants].flatMap((variant) =>
    latencyOf(variant).flatMap((each) => {
      const interval = intervalOf(each.speedup, { value: factor, flipped: false });
      const shapes = (each.shapes ?? []).map(({ shape, p50Ms, runs, speedup }) => [
        code(shape),
        count(each.batch),
        milliseconds(p50Ms),
        '',
        '',
        variant.level === 0 ? '' : factor(speedup.estimate),
        count(runs),
        '',
        '',
        '',
      ]);
      const whole = [
        level(variant, name),
        count(each.batch),
        milliseconds(each.p50Ms),
        milliseconds(each.p90Ms),
        milliseconds(each.p99Ms),
        variant.level === 0 ? '' : `${factor(each.speedup.estimate)}${interval ? ` (${interval})` : ''}`,
        count(each.runs),
        each.loadMs === undefined ? '' : milliseconds(each.loadMs),
        each.discarded === undefined ? '' : count(each.discarded),
        each.waited === undefined ? '' : percent(each.waited),
      ];
      return [whole, ...shapes];
    }),
  );
  const columns = [
    'Variant',
    'Batch',
    'p50',
    'p90',
    'p99',
    'Speed-up',
    'Runs',
    'Load',
    'Rounds discarded',
    'CPU given to others',
  ];
  const numeric = columns.map((title, index): Column => (index === 0 ? { title } : { title, number: true }));
  return rows.length === 0 ? '' : fold('Latency', table(numeric, rows));
}

function flips(model: ModelReport, name: Name): string {
  const parts = model.variants.flatMap((variant) => {
    const accuracy = accuracyOf(variant);
    if (!accuracy) return [];
    const values = `${accuracy.metric} ${metricValue(accuracy.metric, accuracy.value)} against ${metricValue(accuracy.metric, accuracy.fp32)} over ${counted(accuracy.samples, 'sample')}`;
    const extra = [
      ...(accuracy.sqnrDb === undefined ? [] : [`fidelity of the outputs ${number(accuracy.sqnrDb)} dB SQNR`]),
      ...(accuracy.note === undefined ? [] : [accuracy.note]),
    ];
    const list = (title: string, all: number, samples: readonly string[]) =>
      `<p><strong>${title} ${count(all)}</strong>${samples.length > 0 ? `: ${samples.slice(0, most).map(code).join(' ')}` : ''}${all > samples.length ? ' …' : ''}</p>`;
    const { flips } = accuracy;
    return [
      `<h3>${level(variant, name)}</h3><p>${escapeHtml([values, ...extra].join('; '), 600)}</p>${
        flips ? list('Lost', flips.lost, flips.lostSamples) + list('Gained', flips.gained, flips.gainedSamples) : ''
      }`,
    ];
  });
  return parts.length === 0 ? '' : fold('Accuracy, samples lost and gained', parts.join(''));
}

function classes(model: ModelReport, name: Name): string {
  const rows = model.variants.flatMap((variant) => {
    const accuracy = accuracyOf(variant);
    return (accuracy?.perClass ?? [])
      .toSorted((one, other) => other.drop.estimate - one.drop.estimate)
      .map((each) => {
        const format = { value: (drop: number) => metricChange(accuracy!.metric, -drop || 0), flipped: true };
        const interval = intervalOf(each.drop, format);
        return [
          level(variant, name),
          code(each.name),
          count(each.samples),
          escapeHtml(metricValue(accuracy!.metric, each.fp32)),
          escapeHtml(metricValue(accuracy!.metric, each.value)),
          escapeHtml(
            `${format.value(each.drop.estimate)}${metricUnit(accuracy!.metric)}${interval ? ` (${interval})` : ''}`,
          ),
        ];
      });
  });
  const columns: Column[] = [
    { title: 'Variant' },
    { title: 'Class' },
    { title: 'Samples', number: true },
    { title: 'FP32', number: true },
    { title: 'INT8', number: true },
    { title: 'Change', number: true },
  ];
  return rows.length === 0 ? '' : fold('Per class', table(columns, rows));
}

function placement(model: ModelReport, name: Name): string {
  const parts = model.variants.flatMap((variant) => {
    if (!variant.placement) return [];
    const { providers, quantizedNodes, integerKernels, floatNodes } = variant.placement;
    const ran = Object.entries(providers).map(([provider, nodes]) => `${provider} ${nodes}`);
    const summary = `${counted(quantizedNodes, 'node')} quantized, ${integerKernels} in integer kernels; ran on ${ran.join(', ') || 'nothing'}`;
    const rows = floatNodes.map(({ node, op, why }) => [code(node), escapeHtml(op), escapeHtml(why, 600)]);
    const nodes = rows.length === 0 ? '' : table([{ title: 'In FP32' }, { title: 'Operator' }, { title: 'Why' }], rows);
    return [`<h3>${level(variant, name)}</h3><p>${escapeHtml(summary)}</p>${nodes}`];
  });
  return parts.length === 0 ? '' : fold('Which nodes stayed in FP32, and why', parts.join(''));
}

function decisions(model: ModelReport, name: Name): string {
  const parts = model.variants.flatMap((variant) => {
    const { notes, training } = variant;
    const trained = training && [
      `${counted(training.steps, 'training step')} in ${seconds(training.seconds)}, ${training.trainedNodes > 0 ? `${counted(training.trainedNodes, 'node')} trained` : 'no node is changed'}`,
      ...training.tiers.map(
        ({ name: tier, lossBefore, lossAfter, kept }) =>
          `${tier}: loss ${number(lossBefore)} to ${number(lossAfter)}, ${kept ? 'kept' : 'dropped'}`,
      ),
      ...training.untrained.map(({ node, op, why }) => `not trained: ${node} (${op}), ${why}`),
    ];
    const all = [...notes, ...(trained ?? [])];
    if (all.length === 0) return [];
    const items = all.slice(0, most).map((each) => `<li>${escapeHtml(each, 600)}</li>`);
    return [`<h3>${level(variant, name)}</h3><ul>${items.join('')}</ul>`];
  });
  return parts.length === 0 ? '' : fold('What the quantizer decided', parts.join(''));
}

function search(model: ModelReport, name: Name): string {
  const parts = model.variants.flatMap((variant) => {
    if (!variant.search) return [];
    const metric = metricOf(variant, model) ?? '';
    const { tried, seconds: spent, frontier } = variant.search;
    const rows = frontier.map((point) => [
      point.chosen ? '<strong>chosen</strong>' : '',
      `${point.keptFloat.length === 0 ? 'none' : point.keptFloat.slice(0, 200).map(code).join(' ')}${weightsOf(point)}`,
      bytes(point.bytes),
      point.speedup === undefined ? '' : factor(point.speedup),
      point.metricDrop === undefined
        ? ''
        : escapeHtml(`${metricChange(metric, -point.metricDrop || 0)}${metricUnit(metric)}`),
      point.sqnrDb === undefined ? '' : `${number(point.sqnrDb)} dB`,
    ]);
    const columns: Column[] = [
      { title: '' },
      { title: 'Nodes in FP32' },
      { title: 'Size', number: true },
      { title: 'Speed-up', number: true },
      { title: 'Accuracy', number: true },
      { title: 'SQNR', number: true },
    ];
    return [
      `<h3>${level(variant, name)}</h3><p>${counted(tried, 'candidate')} in ${seconds(spent)}; the best of them:</p>${table(columns, rows)}`,
    ];
  });
  return parts.length === 0 ? '' : fold('Search over mixed precision', parts.join(''));
}

function sensitivity(model: ModelReport): string {
  const rows = (model.sensitivity ?? []).toSorted((one, other) => one.sqnrDb - other.sqnrDb);
  if (rows.length === 0) return '';
  const metric = model.variants.map((variant) => metricOf(variant, model)).find(Boolean) ?? '';
  const columns: Column[] = [
    { title: 'Node' },
    { title: 'Operator' },
    { title: 'SQNR', number: true },
    { title: 'Accuracy', number: true },
  ];
  const body = rows.map(({ node, op, sqnrDb, metricDrop }) => [
    code(node),
    escapeHtml(op),
    `${number(sqnrDb)} dB`,
    metricDrop === undefined ? '' : escapeHtml(`${metricChange(metric, -metricDrop || 0)}${metricUnit(metric)}`),
  ]);
  return fold('Sensitivity: what a node costs when only it is quantized', table(columns, body));
}

function about(model: ModelReport): string {
  const { source, data, task } = model;
  const rows = [
    ['File', code(source.path)],
    ['SHA-256', code(source.sha256)],
    ['Size', `${bytes(source.bytes)}, ${counted(source.parameters, 'parameter')}, opset ${source.opset}`],
    ['Task', escapeHtml(task)],
    ['Calibration', escapeHtml(data.calibration ?? 'generated inputs')],
    ['Validation', escapeHtml(data.validation ?? 'none: accuracy not measured')],
    ...[model.fp32, ...model.variants].map((variant) => [
      escapeHtml(variant.id),
      variant.file === undefined
        ? 'not made'
        : `${code(variant.file)}, sha256 ${code(variant.sha256 ?? '')}, made in ${seconds(variant.seconds)}`,
    ]),
  ];
  return fold('Model, data and files', table([{ title: '' }, { title: '' }], rows));
}

export function machines(report: Report): string {
  const all = report.machines ?? [{ ...report.machine, measured: [] }];
  const rows = all.map(
    ({ cpu, isa, cores, memoryBytes, gpu, os, node, onnxruntime, noise, conditions, measured: names }) => [
      `${escapeHtml(cpu)} (${escapeHtml(isa)}), ${counted(cores, 'core')}, ${bytes(memoryBytes)}${gpu ? `, ${escapeHtml(gpu)}` : ''}`,
      escapeHtml(os),
      `ONNX Runtime ${escapeHtml(onnxruntime)}, Node ${escapeHtml(node)}`,
      noise === undefined ? 'not measured' : `±${percent(noise)}`,
      conditions ? escapeHtml(conditionsText(conditions)) : 'not measured',
      names.map((name) => code(name)).join(' '),
    ],
  );
  const titles = [
    'Machine',
    'System',
    'Runtime',
    'Noise of an A/A pair',
    'While latency was measured',
    ...(report.machines ? ['Measured'] : []),
  ];
  const stages = Object.entries(report.stages).map(([name, spent]) => {
    const inside = report.inRuntime?.[name];
    return [escapeHtml(name), seconds(spent), inside ? seconds(inside.run + inside.load) : ''];
  });
  return `<section><h2>Environment</h2>
${table(
  titles.map((title) => ({ title })),
  report.machines ? rows : rows.map((row) => row.slice(0, -1)),
)}
<p>Policy ${code(report.policy.path)}, sha256 ${code(report.policy.sha256)}. An inconclusive check is decided by: ${escapeHtml(report.gate.onInconclusive)}.</p>
${fold('Where the time went', table([{ title: 'Stage' }, { title: 'Time', number: true }, { title: 'In ONNX Runtime', number: true }], stages))}
</section>`;
}
