import { escapeLine } from '../report/escape.ts';
import { bytes, count, number, percent, ratio } from '../report/format.ts';
import { sizeOf } from '../tensor.ts';
import { counted } from '../words.ts';
import type { Change, ModelDiff } from './diff.ts';
import { columns, head, section } from './table.ts';

/** Entries of a list that are shown; `--json` has them all. */
const most = 20;

/** A comparison as a terminal shows it. Within Markdown it belongs in a code block. */
export function renderDiff(diff: ModelDiff): string {
  const { before, after, nodes, constants } = diff;
  const parts = [
    section(
      'Files',
      columns(
        [
          [
            'before',
            bytes(before.bytes),
            counted(before.nodes, 'node'),
            counted(before.parameters, 'parameter'),
            before.path,
          ],
          [
            'after',
            bytes(after.bytes),
            counted(after.nodes, 'node'),
            counted(after.parameters, 'parameter'),
            after.path,
          ],
        ],
        [1, 2, 3],
      ),
    ),
  ];
  if (diff.identical) return [...parts, 'The models are the same but for names of files and metadata.\n'].join('\n');
  if (diff.quantization) parts.push(quantizationText(diff));
  if (diff.header.length > 0) parts.push(section('Versions', changeLines(diff.header)));
  parts.push(
    diff.interface.length > 0
      ? section('Inputs and outputs', changeLines(diff.interface))
      : 'Inputs and outputs are the same.\n',
  );
  const summary = operatorsText(nodes);
  if (summary) parts.push(summary);
  // What a quantizer adds and rewires is said by operator; the list would bury the rest.
  const interesting = diff.quantization ? [] : nodes.changed;
  if (interesting.length > 0) {
    const { shown, more } = head(interesting, most);
    const rows = shown.flatMap(({ node, op, changes }) =>
      changes.map(({ what, before: was, after: is }) => [op, node, what, `${was || 'none'} -> ${is || 'none'}`]),
    );
    parts.push(section('Changed nodes', [columns(rows), ...moreLine(more, 'node')].join('\n')));
  }
  const constantsPart = constantsText(constants);
  if (constantsPart) parts.push(constantsPart);
  return parts.join('\n');
}

function quantizationText({ before, after, quantization }: ModelDiff): string {
  const { weights, floatWeights, operators } = quantization!;
  const types = [...new Set(weights.map(({ type }) => type))].join(', ');
  const sqnr = weights.map((weight) => weight.sqnrDb).sort((a, b) => a - b);
  const elements = weights.reduce((sum, { dims }) => sum + sizeOf(dims), 0);
  const worst = [...weights].sort((a, b) => a.sqnrDb - b.sqnrDb);
  const { shown, more } = head(worst, 10);
  const ops = Object.entries(operators).map(([op, n]) => `${n} ${op}`);
  const lines = [
    `  ${counted(weights.length, 'weight')} (${count(elements)} numbers) became ${types}; ${counted(floatWeights, 'weight')} stayed float.`,
    `  The file is ${ratio(after.bytes / before.bytes)} of the first (${percent(1 - after.bytes / before.bytes, 0)} smaller).`,
    ...(ops.length > 0 ? [`  New operators: ${escapeLine(ops.join(', '))}.`] : []),
    `  Signal over noise of the weights: ${number(sqnr[0]!)} dB at worst, ${number(sqnr[sqnr.length >> 1]!)} dB in the middle.`,
    '',
    columns(
      [
        ['SQNR', 'type', 'scales', 'shape', 'operator', 'weight'],
        ...shown.map(({ sqnrDb, type, scales, dims, op, weight }) => [
          `${number(sqnrDb)} dB`,
          type,
          `${scales}`,
          `[${dims.join(', ')}]`,
          op,
          weight,
        ]),
      ],
      [0, 2],
    ),
    ...moreLine(more, 'weight'),
  ];
  return section('The second is a quantized version of the first', lines.join('\n'));
}

function changeLines(list: readonly Change[]): string {
  return columns(list.map(({ what, before, after }) => [what, `${before || 'none'} -> ${after || 'none'}`]));
}

function operatorsText({ added, removed, changed }: ModelDiff['nodes']): string | undefined {
  const counts = new Map<string, { added: number; removed: number; changed: number }>();
  const tally = (list: readonly { op: string }[], field: 'added' | 'removed' | 'changed') => {
    for (const { op } of list) {
      const entry = counts.get(op) ?? { added: 0, removed: 0, changed: 0 };
      entry[field] += 1;
      counts.set(op, entry);
    }
  };
  tally(added, 'added');
  tally(removed, 'removed');
  tally(changed, 'changed');
  if (counts.size === 0) return undefined;
  const rows = [...counts]
    .sort((a, b) => (a[0] < b[0] ? -1 : 1))
    .map(([op, n]) => [
      n.added ? `+${n.added}` : '',
      n.removed ? `-${n.removed}` : '',
      n.changed ? `~${n.changed}` : '',
      op,
    ]);
  return section('Nodes: added (+), removed (-), changed (~)', columns(rows, [0, 1, 2]));
}

function constantsText({ added, removed, changed, same }: ModelDiff['constants']): string | undefined {
  if (added.length + removed.length + changed.length === 0) return undefined;
  const { shown, more } = head(
    [...changed].sort((a, b) => (b.relativeChange ?? Infinity) - (a.relativeChange ?? Infinity)),
    most,
  );
  const rows = shown.map(({ name, before, after, relativeChange }) => [
    relativeChange === undefined ? '' : percent(relativeChange, 2),
    before === after ? before : `${before} -> ${after}`,
    name,
  ]);
  const line = `  ${same} the same, ${changed.length} changed, ${added.length} added, ${removed.length} removed`;
  return section(
    'Constants',
    [line, ...(rows.length > 0 ? [columns(rows, [0])] : []), ...moreLine(more, 'constant')].join('\n'),
  );
}

function moreLine(more: number, what: string): string[] {
  return more > 0 ? [`  and ${counted(more, `more ${what}`)}`] : [];
}
