import { counted } from '../words.ts';
import {
  accuracyText,
  checkTable,
  classesOf,
  columnsOf,
  frontierTable,
  latencyTable,
  placementText,
  searchText,
  sensitivityTable,
  trainingText,
} from './detail-tables.ts';
import { escapeHtml } from './escape.ts';
import {
  bytes,
  count,
  dropChange,
  dropText,
  intervalOf,
  isDropNegative,
  metricValue,
  percent,
  seconds,
} from './format.ts';
import { code, fold, htmlTable, most, type Name, tableOf, title } from './html-parts.ts';
import type { ModelReport, Report, VariantReport } from './schema.ts';
import { accuracyOf, conditionsText, machineText, metricOf } from './view.ts';

/** The folded sections of one model. */
export function details(model: ModelReport, report: Report, name: Name): string {
  const checks = checkTable([model], report.gate.confidence);
  return [
    fold(`All checks (${checks.rows.length})`, tableOf(checks, name)),
    fold('Latency', tableOf(latencyTable([model], true), name)),
    flips(model, name),
    classes(model, name),
    placement(model, name),
    decisions(model, name),
    search(model, name),
    fold('Sensitivity: what a node costs when only it is quantized', tableOf(sensitivityTable(model), name)),
    about(model),
  ].join('\n');
}

/** Each variant that there is something to say of, under its name. */
function perVariant(model: ModelReport, name: Name, body: (variant: VariantReport) => string): string {
  return model.variants
    .map((variant) => {
      const said = body(variant);
      return said === '' ? '' : `<h3>${title(variant, name)}</h3>${said}`;
    })
    .join('');
}

function flips(model: ModelReport, name: Name): string {
  const list = (word: string, all: number, samples: readonly string[]) =>
    `<p><strong>${word} ${count(all)}</strong>${samples.length > 0 ? `: ${samples.slice(0, most).map(code).join(' ')}` : ''}${all > samples.length ? ' …' : ''}</p>`;
  const body = perVariant(model, name, (variant) => {
    const accuracy = accuracyOf(variant);
    if (!accuracy) return '';
    const { value, more } = accuracyText(accuracy);
    const { flips } = accuracy;
    return `<p>${escapeHtml([value, ...more].join('; '), 600)}</p>${
      flips ? list('Lost', flips.lost, flips.lostSamples) + list('Gained', flips.gained, flips.gainedSamples) : ''
    }`;
  });
  return fold('Accuracy, samples lost and gained', body);
}

function classes(model: ModelReport, name: Name): string {
  const rows = model.variants.flatMap((variant) => {
    const accuracy = accuracyOf(variant);
    if (!accuracy) return [];
    const { metric } = accuracy;
    return classesOf(accuracy).map((each) => {
      const interval = intervalOf(each.drop, {
        value: (drop) => dropChange(accuracy, drop),
        flipped: isDropNegative(accuracy),
      });
      return [
        { variant, of: model },
        { code: each.name, short: 80 },
        count(each.samples),
        metricValue(metric, each.fp32),
        metricValue(metric, each.value),
        `${dropText(accuracy, each.drop.estimate)}${interval ? ` (${interval})` : ''}`,
      ];
    });
  });
  const columns = columnsOf(['Variant', 'Class'], ['Samples', 'FP32', 'INT8', 'Change']);
  return fold('Per class', tableOf({ columns, rows }, name));
}

function placement(model: ModelReport, name: Name): string {
  const columns = columnsOf(['In FP32', 'Operator', 'Why']);
  const body = perVariant(model, name, ({ placement }) => {
    if (!placement) return '';
    const rows = placement.floatNodes.map(({ node, op, why }) => [code(node), escapeHtml(op), escapeHtml(why, 600)]);
    return `<p>${escapeHtml(placementText(placement))}</p>${rows.length === 0 ? '' : htmlTable(columns, rows)}`;
  });
  return fold('Which nodes stayed in FP32, and why', body);
}

function decisions(model: ModelReport, name: Name): string {
  const body = perVariant(model, name, ({ notes, training }) => {
    const trained = training && trainingText(training);
    const all = [...notes, ...(trained ? [trained.summary, ...trained.lines] : [])];
    const items = all.slice(0, most).map((each) => `<li>${escapeHtml(each, 600)}</li>`);
    return items.length === 0 ? '' : `<ul>${items.join('')}</ul>`;
  });
  return fold('What the quantizer decided', body);
}

function search(model: ModelReport, name: Name): string {
  const body = perVariant(model, name, (variant) => {
    if (!variant.search) return '';
    const table = frontierTable(variant.search, metricOf(variant, model));
    return `<p>${searchText(variant.search)}; the best of them:</p>${tableOf(table, name)}`;
  });
  return fold('Search over mixed precision', body);
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
        : `${code(variant.file)}, sha256 ${code(variant.sha256 ?? '')}${variant.level === 0 ? '' : `, made and measured in ${seconds(variant.seconds)}`}`,
    ]),
  ];
  return fold('Model, data and files', htmlTable(columnsOf(['', '']), rows));
}

export function machines(report: Report): string {
  const all = report.machines ?? [{ ...report.machine, measured: [] }];
  const rows = all.map((machine) => [
    escapeHtml(machineText(machine), 600),
    escapeHtml(machine.os),
    `ONNX Runtime ${escapeHtml(machine.onnxruntime)}, Node ${escapeHtml(machine.node)}`,
    machine.noise === undefined ? 'not measured' : `±${percent(machine.noise)}`,
    machine.conditions ? escapeHtml(conditionsText(machine.conditions)) : 'not measured',
    ...(report.machines ? [machine.measured.map(code).join(' ')] : []),
  ]);
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
${htmlTable(columnsOf(titles), rows)}
<p>Policy ${code(report.policy.path)}, sha256 ${code(report.policy.sha256)}. An inconclusive check is decided by: ${escapeHtml(report.gate.onInconclusive)}.</p>
${fold('Where the time went', htmlTable(columnsOf(['Stage'], ['Time', 'In ONNX Runtime']), stages))}
</section>`;
}
