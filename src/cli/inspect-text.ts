import { shapeText } from '../data/shape.ts';
import { escapeLine } from '../report/escape.ts';
import { bytes, count, milliseconds, percent, ratio } from '../report/format.ts';
import type { Inspection, LevelPreview } from './inspect.ts';
import { columns, head, section } from './table.ts';

/** An inspection as a terminal shows it. Within Markdown it belongs in a code block. */
export function renderInspection(inspection: Inspection): string {
  const { inputs, outputs, operators } = inspection;
  const opsets = Object.entries(inspection.opsets).map(([domain, version]) => `${domain} ${version}`);
  const info = (list: Inspection['inputs']) =>
    columns(list.map(({ name, type, dims }) => [name, type, shapeText(dims)]));
  const parts = [
    section(
      escapeLine(inspection.path),
      columns([
        ['size', `${bytes(inspection.bytes)}, ${count(inspection.parameters)} parameters`],
        ['made by', `${inspection.producer || 'unknown'}, IR version ${inspection.irVersion}`],
        ['opset', opsets.join(', ')],
        ...(inspection.functions > 0 ? [['functions', `${inspection.functions}`]] : []),
      ]),
    ),
    section('Inputs', info(inputs)),
    section('Outputs', info(outputs)),
    section(
      'Operators',
      columns(
        Object.entries(operators).map(([op, n]) => [`${n}`, op]),
        [0],
      ),
    ),
    ...inspection.remarks.map((remark) => escapeLine(remark)),
    ...inspection.levels.map((level, at) => levelText(level, inspection, inspection.levels[at - 1])),
    runText(inspection.run),
  ];
  return `${parts.join('\n')}`;
}

const titles = { 1: 'dynamic', 2: 'static', 3: 'quantization-aware training' } as const;

function levelText(preview: LevelPreview, inspection: Inspection, cheaper: LevelPreview | undefined): string {
  const { level, operators, notes, problems = notes, bytes: size } = preview;
  const rows = operators.flatMap(({ op, quantized, float }) => [
    ...Object.entries(quantized).map(([how, n]) => [`${n}`, op, `int8: ${how}`]),
    ...Object.entries(float).map(([why, n]) => [`${n}`, op, `float: ${why}`]),
  ]);
  const same = cheaper && JSON.stringify(cheaper.operators) === JSON.stringify(operators);
  const all = rows.length > 0 ? columns(rows, [0]) : '  nothing that it could quantize';
  const body = same ? `  the same nodes as Level ${cheaper.level}` : all;
  const sizes = size === undefined ? [] : [`File: ${bytes(size)}, ${ratio(size / inspection.bytes)} of FP32.`];
  const lines = [...problems, ...sizes].map((line) => `  ${escapeLine(line)}`);
  return section(`Level ${level}, ${titles[level]}, for ${inspection.target}`, [body, ...lines].join('\n'));
}

function runText(run: Inspection['run']): string {
  if ('notRun' in run)
    return section('Kernels', `  It could not be run on generated inputs: ${escapeLine(run.notRun)}`);
  const share = (microseconds: number) => percent(run.microseconds > 0 ? microseconds / run.microseconds : 0, 0);
  const { shown, more } = head(run.kernels, 25);
  const providers = Object.entries(run.providers).map(([name, n]) => `${n} on ${name}`);
  const integer = run.integerKernels > 0 ? `; ${run.integerKernels} in integer kernels` : '';
  return [
    section(
      `Kernels that ran on generated inputs: ${providers.join(', ')}${integer}; ${milliseconds(run.microseconds / 1000)} a run`,
      [
        columns(
          shown.map(({ op, count: n, microseconds }) => [`${n}`, op, share(microseconds)]),
          [0, 2],
        ),
        ...(more > 0 ? [`  and ${more} more kinds`] : []),
      ].join('\n'),
    ),
    section(
      'Slowest nodes',
      columns(
        run.slowest.map(({ node, op, kernel, microseconds }) => [
          share(microseconds),
          milliseconds(microseconds / 1000),
          kernel === op ? op : `${op} in ${kernel}`,
          node,
        ]),
        [0, 1],
      ),
    ),
  ].join('\n');
}
