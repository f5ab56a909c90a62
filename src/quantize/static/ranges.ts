import { parametersFor, type QuantizationParameters, type Range } from '../../calibrate/error.ts';
import { mergeStatistics, type TensorStatistics } from '../../calibrate/histogram.ts';
import { observers, type SingleObserver } from '../../calibrate/observers/index.ts';
import type { Value } from '../../onnx/value.ts';
import { operatorOf } from '../../ops/table.ts';
import type { IntegerGrid } from '../../targets/target.ts';
import type { Plan } from './plan.ts';
import { functionBehind } from './what-follows.ts';

/** The values whose statistics decide the scale of each root: those that are computed, not those that are only moved. */
export function sourcesOf(plan: Plan): Map<Value, Value[]> {
  const sources = new Map<Value, Value[]>();
  for (const [value, root] of plan.activations) {
    if (value.initializer) continue;
    const producer = plan.units.producing(value);
    const moved =
      value !== root && producer?.operator?.kind === 'pass-through' && plan.decisions.get(producer)?.mode === 'integer';
    if (moved) continue;
    const list = sources.get(root);
    if (list) list.push(value);
    else sources.set(root, [value]);
  }
  return sources;
}

/** Scale and zero point of every root, by its name, with the observer of each. Tensors never seen with data get a range of zero. */
export function chooseParameters(
  plan: Plan,
  statistics: ReadonlyMap<string, TensorStatistics>,
  observer: (root: string) => SingleObserver,
): Map<string, QuantizationParameters> {
  const chosen = new Map<string, QuantizationParameters>();
  const grid = plan.target.activation;
  for (const [root, values] of sourcesOf(plan)) {
    const seen = values.flatMap((value) => statistics.get(value.name) ?? []);
    const merged = seen.length > 0 ? seen.reduce(mergeStatistics) : undefined;
    const range = merged && merged.samples > 0 ? rangeOf(root, merged, observer(root.name), grid) : ([0, 0] as const);
    chosen.set(root.name, parametersFor(clampTo(range, usefulRange(root)), grid));
  }
  return chosen;
}

/** What was found for statistics before: candidates differ in few of their tensors, and the search is long. */
const found = new WeakMap<TensorStatistics, Map<string, Range>>();

function rangeOf(root: Value, statistics: TensorStatistics, observer: SingleObserver, grid: IntegerGrid): Range {
  const key = JSON.stringify([observer, grid]);
  const known = found.get(statistics) ?? new Map<string, Range>();
  found.set(statistics, known);
  const range = known.get(key) ?? observers[observer].range(statistics, grid, functionBehind(root));
  known.set(key, range);
  return range;
}

function clampTo([low, high]: readonly [number, number], [least, greatest]: readonly [number, number]) {
  return [Math.max(low, Math.min(least, 0)), Math.min(high, Math.max(greatest, 0))] as const;
}

/** What those that read a value can tell apart: beyond it everything is alike to them. */
function usefulRange(root: Value): readonly [number, number] {
  const everything = [-Infinity, Infinity] as const;
  if (root.isGraphOutput) return everything;
  let range: readonly [number, number] | undefined;
  for (const { node, index } of root.uses) {
    const operator = operatorOf(node);
    const useful = index === 0 && operator?.useful ? operator.useful(node) : everything;
    range = range ? [Math.min(range[0], useful[0]), Math.max(range[1], useful[1])] : useful;
  }
  return range ?? everything;
}
