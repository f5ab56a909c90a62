import { groupBy } from '../groups.ts';
import { commonReason, counted } from '../words.ts';
import {
  accuracyText,
  checkTable,
  classesOf,
  frontierTable,
  latencyTable,
  placementText,
  searchText,
  sensitivityTable,
  trainingText,
} from './detail-tables.ts';
import { codeSpan, escapeMarkdown } from './escape.ts';
import { bytes, count, dropText, percent, seconds } from './format.ts';
import { fold, label, list, longTable, names } from './markdown-parts.ts';
import type { ModelReport, Report, VariantReport } from './schema.ts';
import { accuracyOf, allVariants, conditionsText, icons, machineText, metricOf } from './view.ts';

/**
 * The folded sections of the comment, the most asked for first.
 *
 * @param most entries of any one list
 */
export function details(report: Report, most: number): string[] {
  const checks = checkTable(report.models, report.gate.confidence);
  return [
    ...policyChanges(report, most),
    ...fold(`All checks (${checks.rows.length})`, longTable(checks, Math.max(most * 4, 20), report)),
    ...flips(report, most),
    ...fold('Latency', longTable(latencyTable(report.models, false), Math.max(most * 2, 10), report)),
    ...floatNodes(report, most),
    ...decisions(report, most),
    ...sensitivity(report, most),
    ...environment(report, most),
  ];
}

function policyChanges(report: Report, most: number): string[] {
  const { changes = [], loosened = [] } = report.policy;
  return fold(
    `Changes of the policy (${changes.length})`,
    list(
      changes.map((change) => `${loosened.includes(change) ? `${icons.inconclusive} ` : ''}${escapeMarkdown(change)}`),
      most,
    ),
  );
}

/** Each variant that there is something to say of, behind its name; of many only the first. */
function perVariant(
  report: Report,
  most: number,
  body: (variant: VariantReport, model: ModelReport) => string | undefined,
): string {
  const parts = allVariants(report).flatMap(({ model, variant }) => {
    const said = body(variant, model);
    return said === undefined ? [] : [`**${label(model, variant, report)}**${said}`];
  });
  return parts.slice(0, Math.max(most, 1)).join('\n\n');
}

function flips(report: Report, most: number): string[] {
  const body = perVariant(report, most, (variant) => {
    const accuracy = accuracyOf(variant);
    if (!accuracy) return undefined;
    const { value, more } = accuracyText(accuracy);
    const samples = (word: string, all: number, some: readonly string[]) =>
      `${word} ${count(all)}${some.length === 0 ? '' : `: ${names(some, most, 80, all)}`}`;
    const { flips } = accuracy;
    const lines = [
      ...(flips
        ? [samples('lost', flips.lost, flips.lostSamples), samples('gained', flips.gained, flips.gainedSamples)]
        : []),
      ...classesOf(accuracy)
        .filter(({ drop }) => drop.estimate > 0)
        .slice(0, Math.min(most, 5))
        .map(
          ({ name, drop, samples }) =>
            `class ${codeSpan(name, 80)}: ${escapeMarkdown(dropText(accuracy, drop.estimate))} on ${counted(samples, 'sample')}`,
        ),
      ...more.map((each) => escapeMarkdown(each)),
    ];
    return lines.length === 0 ? undefined : `: ${escapeMarkdown(value)}\n\n${list(lines, 40)}`;
  });
  return fold('Samples lost and gained', body);
}

function floatNodes(report: Report, most: number): string[] {
  const body = perVariant(report, most, ({ placement }) => {
    if (!placement) return undefined;
    const reasons = sameReasons(placement.floatNodes).map(
      ({ op, why, nodes }) =>
        `${count(nodes.length)} ${escapeMarkdown(op, 40)}: ${escapeMarkdown(why)}: ${named(nodes)}`,
    );
    const rest = reasons.length > 0 ? `\n\nIn FP32:\n\n${list(reasons, most)}` : '';
    return `: ${escapeMarkdown(placementText(placement))}${rest}`;
  });
  return fold('Which nodes stayed in FP32, and why', body);
}

/** Nodes of one operator with one reason, in the order of the first of each; where they differ in no more than names and sizes, without these. */
function sameReasons(nodes: readonly NonNullable<VariantReport['placement']>['floatNodes'][number][]) {
  return [...groupBy(nodes, ({ op, why }) => JSON.stringify([op, commonReason(why)])).values()].map((alike) => {
    const { op, why } = alike[0]!;
    return {
      op,
      why: alike.every((each) => each.why === why) ? why : commonReason(why),
      nodes: alike.map(({ node }) => node),
    };
  });
}

const fewNames = 5;
function named(nodes: readonly string[]): string {
  const names = nodes.slice(0, fewNames).map((node) => codeSpan(node, 100));
  const rest = nodes.length - names.length;
  return names.join(', ') + (rest > 0 ? ` and ${count(rest)} more` : '');
}

/** What the quantizer and the trainer decided, with the search's frontier. */
function decisions(report: Report, most: number): string[] {
  const body = perVariant(report, most, (variant, model) => {
    const notes = variant.notes.map((note) => escapeMarkdown(note));
    const parts = notes.length > 0 ? [list(notes, most)] : [];
    if (variant.search) {
      const frontier = frontierTable(variant.search, metricOf(variant, model));
      parts.push(
        `Search over mixed precision: ${searchText(variant.search)}, the best of them:`,
        longTable(frontier, Math.max(most, 5), report),
      );
    }
    if (variant.training) {
      const { summary, lines } = trainingText(variant.training);
      const entries = lines.map((line) => escapeMarkdown(line));
      parts.push(summary, list(entries, Math.max(most, 4)));
    }
    return parts.length === 0 ? undefined : `\n\n${parts.join('\n\n')}`;
  });
  return fold('What the quantizer decided', body);
}

function sensitivity(report: Report, most: number): string[] {
  const parts = report.models.flatMap((model) => {
    const table = longTable(sensitivityTable(model), Math.max(most, 3), report);
    return table === ''
      ? []
      : [`**${codeSpan(model.name, 80)}**: the nodes that lose most when only they are quantized\n\n${table}`];
  });
  return fold('Sensitivity', parts.slice(0, Math.max(most, 1)).join('\n\n'));
}

function environment(report: Report, most: number): string[] {
  const machines = report.machines ?? [{ ...report.machine, measured: [] }];
  const lines = machines.map(
    ({ noise, conditions, measured, ...machine }) =>
      escapeMarkdown(
        `${machineText(machine)}; ${machine.os}; ONNX Runtime ${machine.onnxruntime}; Node ${machine.node}`,
        600,
      ) +
      (noise === undefined ? '' : `; noise of an A/A pair ±${percent(noise, 1)}`) +
      (conditions ? `; ${escapeMarkdown(conditionsText(conditions), 300)}` : '') +
      (measured.length > 0 ? `; measured ${names(measured, most, 100)}` : ''),
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
