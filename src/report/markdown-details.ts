import { counted } from '../words.ts';
import { codeSpan, escapeMarkdown } from './escape.ts';
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
import { fold, list, longTable } from './markdown-parts.ts';
import type { Report, VariantReport } from './schema.ts';
import {
  accuracyOf,
  allVariants,
  checkStatus,
  conditionsText,
  hasManyTargets,
  icons,
  latencyOf,
  metricOf,
  weightsOf,
} from './view.ts';

/**
 * The folded sections of the comment, the most asked for first.
 *
 * @param most entries of any one list
 */
export function details(report: Report, most: number): string[] {
  return [
    ...policyChanges(report, most),
    ...checks(report, most),
    ...flips(report, most),
    ...latency(report, most),
    ...floatNodes(report, most),
    ...decisions(report, most),
    ...sensitivity(report, most),
    ...environment(report, most),
  ];
}

const label = (model: { name: string }, variant: VariantReport, report: Report) =>
  `${codeSpan(model.name, 80)} ${variant.level === 0 ? 'FP32' : `level ${variant.level}`}${hasManyTargets(report) ? ` (${escapeMarkdown(variant.target, 40)})` : ''}`;

function policyChanges(report: Report, most: number): string[] {
  const changes = report.policy.changes ?? [];
  return fold(
    `Changes of the policy (${changes.length})`,
    list(
      changes.map(
        (change) => `${change.startsWith('loosened') ? `${icons.inconclusive} ` : ''}${escapeMarkdown(change)}`,
      ),
      most,
    ),
  );
}

function checks(report: Report, most: number): string[] {
  const rows = allVariants(report).flatMap(({ model, variant }) =>
    variant.checks.map((check) => {
      const format = checkFormat(check, metricOf(variant, model));
      return [
        icons[checkStatus(check)],
        label(model, variant, report),
        codeSpan(check.name, 60),
        escapeMarkdown(check.estimate === null ? check.message : measured(check, format)),
        escapeMarkdown(format.limit),
      ];
    }),
  );
  const head = ['', 'Variant', 'Check', `Measured (${percent(report.gate.confidence, 0)} interval)`, 'Limit'];
  return rows.length === 0 ? [] : fold(`All checks (${rows.length})`, longTable(head, rows, Math.max(most * 4, 20)));
}

function flips(report: Report, most: number): string[] {
  const parts = allVariants(report).flatMap(({ model, variant }) => {
    const accuracy = accuracyOf(variant);
    if (!accuracy) return [];
    const lines: string[] = [];
    if (accuracy.flips) {
      const { lost, gained, lostSamples, gainedSamples } = accuracy.flips;
      const names = (samples: readonly string[], all: number) =>
        samples.length === 0
          ? ''
          : `: ${samples
              .slice(0, most)
              .map((each) => codeSpan(each, 80))
              .join(', ')}${all > Math.min(most, samples.length) ? ', …' : ''}`;
      lines.push(
        `lost ${count(lost)}${names(lostSamples, lost)}`,
        `gained ${count(gained)}${names(gainedSamples, gained)}`,
      );
    }
    for (const each of (accuracy.perClass ?? [])
      .filter(({ drop }) => drop.estimate > 0)
      .toSorted((one, other) => other.drop.estimate - one.drop.estimate)
      .slice(0, Math.min(most, 5))) {
      const change = metricChange(accuracy.metric, -each.drop.estimate || 0);
      lines.push(
        `class ${codeSpan(each.name, 80)}: ${escapeMarkdown(`${change}${metricUnit(accuracy.metric)}`)} on ${counted(each.samples, 'sample')}`,
      );
    }
    const extra = [
      ...(accuracy.sqnrDb === undefined ? [] : [`fidelity of the outputs ${number(accuracy.sqnrDb)} dB SQNR`]),
      ...(accuracy.note === undefined ? [] : [accuracy.note]),
    ];
    lines.push(...extra.map((each) => escapeMarkdown(each)));
    if (lines.length === 0) return [];
    const values = `${metricValue(accuracy.metric, accuracy.value)} against ${metricValue(accuracy.metric, accuracy.fp32)} over ${counted(accuracy.samples, 'sample')}`;
    return [
      `**${label(model, variant, report)}**: ${escapeMarkdown(`${accuracy.metric} ${values}`)}\n\n${list(lines, 40)}`,
    ];
  });
  return fold('Samples lost and gained', parts.slice(0, Math.max(most, 1)).join('\n\n'));
}

function latency(report: Report, most: number): string[] {
  const rows = report.models.flatMap((model) =>
    [model.fp32, ...model.variants].flatMap((variant) =>
      latencyOf(variant).map((each) => {
        const interval = intervalOf(each.speedup, { value: factor, flipped: false });
        return [
          label(model, variant, report),
          count(each.batch),
          milliseconds(each.p50Ms),
          milliseconds(each.p90Ms),
          milliseconds(each.p99Ms),
          variant.level === 0 ? '' : `${factor(each.speedup.estimate)}${interval ? ` (${interval})` : ''}`,
          count(each.runs),
          each.loadMs === undefined ? '' : milliseconds(each.loadMs),
        ];
      }),
    ),
  );
  const head = ['Variant', 'Batch', 'p50', 'p90', 'p99', 'Speed-up', 'Runs', 'Load'];
  return rows.length === 0 ? [] : fold('Latency', longTable(head, rows, Math.max(most * 2, 10), [1, 2, 3, 4, 6, 7]));
}

function floatNodes(report: Report, most: number): string[] {
  const parts = allVariants(report).flatMap(({ model, variant }) => {
    const { placement } = variant;
    if (!placement) return [];
    const providers = Object.entries(placement.providers)
      .map(([name, nodes]) => `${name} ${nodes}`)
      .join(', ');
    const summary = `${counted(placement.quantizedNodes, 'node')} quantized, ${placement.integerKernels} in integer kernels; ran on ${providers || 'nothing'}`;
    const reasons = sameReasons(placement.floatNodes).map(
      ({ op, why, nodes }) =>
        `${count(nodes.length)} ${escapeMarkdown(op, 40)}: ${escapeMarkdown(why)}: ${named(nodes)}`,
    );
    const rest = reasons.length > 0 ? `\n\nIn FP32:\n\n${list(reasons, most)}` : '';
    return [`**${label(model, variant, report)}**: ${escapeMarkdown(summary)}${rest}`];
  });
  return fold('Which nodes stayed in FP32, and why', parts.slice(0, Math.max(most, 1)).join('\n\n'));
}

/** Nodes of one operator with one reason, in the order of the first of each. */
function sameReasons(nodes: readonly { node: string; op: string; why: string }[]) {
  const groups = new Map<string, { op: string; why: string; nodes: string[] }>();
  for (const { node, op, why } of nodes) {
    const key = JSON.stringify([op, why]);
    const group = groups.get(key) ?? { op, why, nodes: [] };
    group.nodes.push(node);
    groups.set(key, group);
  }
  return [...groups.values()];
}

const fewNames = 5;
function named(nodes: readonly string[]): string {
  const names = nodes.slice(0, fewNames).map((node) => codeSpan(node, 100));
  const rest = nodes.length - names.length;
  return names.join(', ') + (rest > 0 ? ` and ${count(rest)} more` : '');
}

/** What the quantizer and the trainer decided, with the search's frontier. */
function decisions(report: Report, most: number): string[] {
  const parts = allVariants(report).flatMap(({ model, variant }) => {
    const body: string[] = [];
    if (variant.notes.length > 0)
      body.push(
        list(
          variant.notes.map((note) => escapeMarkdown(note)),
          most,
        ),
      );
    if (variant.search) body.push(frontier(variant, most));
    if (variant.training) {
      const { training } = variant;
      const what =
        training.trainedNodes > 0 ? `${counted(training.trainedNodes, 'node')} trained` : 'no node is changed';
      const summary = `Training: ${counted(training.steps, 'step')} in ${seconds(training.seconds)}, ${what}`;
      const lines = [
        ...training.tiers.map(
          ({ name, lossBefore, lossAfter, kept }) =>
            `${name}: loss ${number(lossBefore)} to ${number(lossAfter)}, ${kept ? 'kept' : 'dropped'}`,
        ),
        ...training.untrained.map(({ node, op, why }) => `not trained: ${node} (${op}), ${why}`),
      ];
      const entries = lines.map((line) => escapeMarkdown(line));
      body.push(`${summary}\n\n${list(entries, Math.max(most, 4))}`);
    }
    return body.length === 0 ? [] : [`**${label(model, variant, report)}**\n\n${body.join('\n\n')}`];
  });
  return fold('What the quantizer decided', parts.slice(0, Math.max(most, 1)).join('\n\n'));
}

function frontier(variant: VariantReport, most: number): string {
  const { tried, seconds: spent, frontier: points } = variant.search!;
  const metric = accuracyOf(variant)?.metric ?? '';
  const rows = points.map((point) => [
    point.chosen ? '➡️' : '',
    `${keptFloat(point.keptFloat)}${weightsOf(point)}`,
    bytes(point.bytes),
    point.speedup === undefined ? '' : factor(point.speedup),
    point.metricDrop === undefined
      ? ''
      : escapeMarkdown(`${metricChange(metric, -point.metricDrop || 0)}${metricUnit(metric)}`),
    point.sqnrDb === undefined ? '' : `${number(point.sqnrDb)} dB`,
  ]);
  const head = ['', 'Nodes in FP32', 'Size', 'Speed-up', 'Accuracy', 'SQNR'];
  return `Search over mixed precision: ${counted(tried, 'candidate')} in ${seconds(spent)}, the best of them:\n\n${longTable(head, rows, Math.max(most, 5), [2, 3, 4, 5])}`;
}

function keptFloat(nodes: readonly string[]): string {
  if (nodes.length === 0) return 'none';
  const shown = nodes.slice(0, 3).map((node) => codeSpan(node, 60));
  return `${count(nodes.length)}: ${shown.join(', ')}${nodes.length > shown.length ? ', …' : ''}`;
}

function sensitivity(report: Report, most: number): string[] {
  const parts = report.models.flatMap((model) => {
    const rows = (model.sensitivity ?? []).toSorted((one, other) => one.sqnrDb - other.sqnrDb);
    if (rows.length === 0) return [];
    const metric =
      model.variants.map((variant) => accuracyOf(variant)?.metric).find((name) => name !== undefined) ?? '';
    const body = rows.map(({ node, op, sqnrDb, metricDrop }) => [
      codeSpan(node, 100),
      escapeMarkdown(op, 40),
      `${number(sqnrDb)} dB`,
      metricDrop === undefined ? '' : escapeMarkdown(`${metricChange(metric, -metricDrop || 0)}${metricUnit(metric)}`),
    ]);
    return [
      `**${codeSpan(model.name, 80)}**: the nodes that lose most when only they are quantized\n\n${longTable(['Node', 'Operator', 'SQNR', 'Accuracy'], body, Math.max(most, 3), [2, 3])}`,
    ];
  });
  return fold('Sensitivity', parts.slice(0, Math.max(most, 1)).join('\n\n'));
}

function environment(report: Report, most: number): string[] {
  const machines = report.machines ?? [{ ...report.machine, measured: [] }];
  const lines = machines.map(
    ({ cpu, isa, cores, memoryBytes, gpu, os, node, onnxruntime, noise, conditions, measured: names }) =>
      escapeMarkdown(
        `${cpu} (${isa}), ${counted(cores, 'core')}, ${bytes(memoryBytes)}${gpu ? `, ${gpu}` : ''}; ${os}; ONNX Runtime ${onnxruntime}; Node ${node}`,
        600,
      ) +
      (noise === undefined ? '' : `; noise of an A/A pair ±${percent(noise, 1)}`) +
      (conditions ? `; ${escapeMarkdown(conditionsText(conditions), 300)}` : '') +
      (names.length > 0
        ? `; measured ${names
            .slice(0, most)
            .map((name) => codeSpan(name, 100))
            .join(', ')}`
        : ''),
  );
  const models = report.models.map(
    ({ name, source, data }) =>
      `${codeSpan(name, 80)}: ${codeSpan(source.path)} (${bytes(source.bytes)}, opset ${source.opset}, ${counted(source.parameters, 'parameter')}, sha256 ${codeSpan(source.sha256.slice(0, 12))}); calibration ${escapeMarkdown(data.calibration ?? 'on generated inputs')}, validation ${escapeMarkdown(data.validation ?? 'on nothing: accuracy not measured')}`,
  );
  const stages = Object.entries(report.stages)
    .map(([name, spent]) => `${name} ${seconds(spent)}`)
    .join(', ');
  return fold(
    'Environment',
    list(
      [
        ...lines,
        ...models.slice(0, Math.max(most, 1)),
        `policy ${codeSpan(report.policy.path)}, sha256 ${codeSpan(report.policy.sha256.slice(0, 12))}; ${escapeMarkdown(report.gate.reason)}`,
        `time: ${escapeMarkdown(stages, 600)}`,
      ],
      Math.max(most, 6),
    ),
  );
}
