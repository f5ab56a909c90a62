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

/** Scale and zero point of every root, by its name, with the observer of each. What was zero in all data gets a range of zero. */
export function chooseParameters(
  plan: Plan,
  statistics: ReadonlyMap<string, TensorStatistics>,
  observer: (root: string) => SingleObserver,
): Map<string, QuantizationParameters> {
  const chosen = new Map<string, QuantizationParameters>();
  const grid = plan.target.activation;
  for (const [root, values] of sourcesOf(plan)) {
    const seen = statisticsOf(values, statistics);
    const range = seen ? rangeOf(root, seen, observer(root.name), grid) : ([0, 0] as const);
    const useful = clampTo(range, usefulRange(root));
    chosen.set(root.name, parametersFor(values.map((value) => leastRange(value, plan)).reduce(union, useful), grid));
  }
  return chosen;
}

/** Of less there is no scale that is a normal number of float32. */
const leastSeen = 2 ** -118;

/** What calibration saw of values together; undefined where it saw nothing, or nothing but zeros. */
function statisticsOf(
  values: readonly Value[],
  statistics: ReadonlyMap<string, TensorStatistics>,
): TensorStatistics | undefined {
  const seen = values.flatMap((value) => statistics.get(value.name) ?? []);
  const merged = seen.length > 0 ? seen.reduce(mergeStatistics) : undefined;
  return merged && merged.samples > 0 && Math.max(-merged.min, merged.max) > leastSeen ? merged : undefined;
}

/**
 * The integer nodes that calibration tells to be left in float, by name with the reason: those around tensors that were zero in all of
 * its data, so that no scale is known that would serve other data, and each Softmax that got nothing from one of its samples.
 */
export function unfitNodes(
  plan: Plan,
  statistics: ReadonlyMap<string, TensorStatistics>,
  samples: number,
): Map<string, string> {
  const nodes = new Map<string, string>();
  for (const { unit, mode } of plan.decisions.values()) {
    if (mode !== 'integer' || !unit.head.is('Softmax')) continue;
    const seen = statistics.get(unit.outputs[0]!.name);
    // QLinearSoftmax of ONNX Runtime 1.30 gives no tensor then, and its reader ends the run.
    if (seen && seen.samples < samples) nodes.set(unit.head.name, emptySoftmax);
  }
  const sources = sourcesOf(plan);
  for (const [value, root] of plan.activations) {
    const values = sources.get(root);
    if (!values || statisticsOf(values, statistics)) continue;
    for (const unit of [plan.units.producing(value), ...plan.units.reading(value)]) {
      if (!unit || nodes.has(unit.head.name) || plan.decisions.get(unit)?.mode !== 'integer') continue;
      nodes.set(unit.head.name, `${root.name} was zero in all calibration data: no scale is known for it`);
    }
  }
  return nodes;
}

const emptySoftmax = 'for some calibration data it has nothing to compute: ONNX Runtime has no integer kernel for that';

const union = ([a, b]: Range, [c, d]: Range): Range => [Math.min(a, c), Math.max(b, d)];

function leastRange(value: Value, { units, infos }: Plan): Range {
  const { head, operator } = units.producing(value) ?? {};
  return (head && operator?.leastRange?.(head, (of) => infos.get(of?.name ?? '')?.dims)) ?? [0, 0];
}

/** What was found for statistics before: candidates differ in few of their tensors, and the search is long. */
const found = new WeakMap<TensorStatistics, Map<string, Range>>();

function rangeOf(root: Value, statistics: TensorStatistics, observer: SingleObserver, grid: IntegerGrid): Range {
  const key = JSON.stringify([observer, grid]);
  const known = found.get(statistics) ?? new Map<string, Range>();
  found.set(statistics, known);
  const range = known.get(key) ?? observers[observer].range(statistics, grid, functionBehind(root));
  known.set(key, range);
  // What is not zero once in ten thousand is an outlier to some observers.
  return range.every((end) => end === 0) ? [statistics.min, statistics.max] : range;
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
