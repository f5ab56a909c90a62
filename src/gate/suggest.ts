import {
  type Check,
  type LatencyMeasurement,
  type Measurements,
  type Placement,
  threadsCost,
} from '../measure/contract.ts';
import type { Level, LevelPolicy } from '../policy/schema.ts';
import { counted, listed } from '../words.ts';
import { type DecidableCheck, decideCheck, type OnInconclusive } from './verdict.ts';
import { metricDifference, percent } from './words.ts';

/** What keeping nodes in FP32 did, by a run: the mixed-precision search or a trial of a suggestion. */
export interface Trial {
  keptFloat: readonly string[];
  bytes: number;
  speedup?: number;
  metricDrop?: number;
}

export interface SuggestInput {
  id: string;
  level: Level;
  /** The levels that the policy has. */
  levels: Partial<Record<Level, LevelPolicy | undefined>>;
  onInconclusive: OnInconclusive;
  checks: readonly (DecidableCheck & Pick<Check, 'low' | 'high'> & { samplesNeeded?: number | undefined })[];
  measurements: Measurements;
  placement?: Placement | undefined;
  trials?: readonly Trial[] | undefined;
  /** FP32's time on one thread over that on all of its threads. */
  oneThread?: number | undefined;
}

/** Suggestions of one kind: more would not be read. */
const mostNodes = 3;

/**
 * What would help a variant that does not pass, computed from what was measured. A number comes from a run, or the
 * sentence ends in "(estimate)".
 */
export function suggest(input: SuggestInput): string[] {
  const open = input.checks.filter((check) => check.verdict !== 'pass');
  if (open.length === 0) return [];
  const lost = (prefix: string) =>
    open.find((check) => check.name.startsWith(prefix) && decideCheck(check, input.onInconclusive) !== 'pass');
  return [
    ...moreSamples(input, open),
    ...(lost('accuracy.') ? recoverAccuracy(input, lost('accuracy.')!) : []),
    // What was not measured here, as on another CPU than the target's, no change of the model helps.
    ...((lost('latency.')?.estimate ?? null) === null ? [] : recoverLatency(input, lost('latency.')!)),
    ...(lost('size.') ? recoverSize(input) : []),
  ];
}

/** The latency at the first batch size at which it was measured. */
function firstLatency({ latency }: Measurements): LatencyMeasurement | undefined {
  return Array.isArray(latency) ? latency.find((each) => 'speedup' in each) : undefined;
}

function moreSamples({ id, measurements }: SuggestInput, open: SuggestInput['checks']): string[] {
  const { accuracy } = measurements;
  const needed = Math.max(0, ...open.map(({ samplesNeeded = 0 }) => samplesNeeded));
  if (needed === 0 || !accuracy || 'notMeasured' in accuracy) return [];
  const undecided = open.filter(({ name, verdict }) => name.startsWith('accuracy.') && verdict === 'inconclusive');
  const answered = undecided.filter(({ samplesNeeded }) => samplesNeeded !== undefined);
  // What no number of samples is known to decide is not promised.
  const what = answered.length < undecided.length ? listed(answered.map(({ name }) => name)) : 'its accuracy';
  return [
    `${id}: add about ${counted(needed, 'sample')} to the ${counted(accuracy.samples, 'validation sample')} ` +
      `to decide ${what} (estimate).`,
  ];
}

function recoverAccuracy(input: SuggestInput, check: DecidableCheck): string[] {
  const { id, level, levels, measurements, trials = [] } = input;
  const { accuracy } = measurements;
  if (!accuracy || 'notMeasured' in accuracy) return [];
  const { metric } = accuracy;
  const drop = accuracy.drop.estimate;
  const allowed = check.name === 'accuracy.max-drop' ? check.limit : undefined;
  const change = (after: number) => `${metricDifference(metric, drop)} -> ${metricDifference(metric, after)}`;
  const tried = trials
    .filter(({ metricDrop, keptFloat }) => keptFloat.length > 0 && metricDrop !== undefined && metricDrop < drop)
    .filter(({ metricDrop }) => allowed === undefined || metricDrop! <= allowed)
    .sort((a, b) => a.keptFloat.length - b.keptFloat.length || a.metricDrop! - b.metricDrop!)[0];
  if (tried) {
    const speed = tried.speedup === undefined ? '' : ` at ${latencyChange(input, tried.speedup)}`;
    return [
      `${id}: keep ${names(tried.keptFloat)} in FP32: the drop of ${metric} goes ${change(tried.metricDrop!)}${speed}.`,
    ];
  }
  const next = ([2, 3] as const).find((each) => each > level && !levels[each]);
  if (!next) return [];
  const what = next === 2 ? 'static quantization with calibration data' : 'training with fake quantization';
  return [`${id}: add level ${next}, ${what}, to the policy; it was not tried.`];
}

function latencyChange({ measurements }: SuggestInput, speedup: number): string {
  const own = firstLatency(measurements)?.speedup.estimate;
  if (own === undefined) return `a speed-up of ${speedup.toFixed(2)}x`;
  const change = own / speedup - 1;
  return `${change >= 0 ? '+' : ''}${percent(change)} latency`;
}

function recoverLatency({ id, placement, measurements, oneThread }: SuggestInput, check: DecidableCheck): string[] {
  const suggestions: string[] = [];
  if (oneThread !== undefined && oneThread < 1 / threadsCost) {
    suggestions.push(
      `${id}: FP32 takes ${oneThread.toFixed(2)} times as long on one thread as on all: at the moment this machine's CPUs hand work to each ` +
        'other slowly, and speed-ups change with that; measure on one thread (`measure.threads: 1`), or run again.',
    );
  }
  const noise = firstLatency(measurements)?.noise;
  if (check.verdict === 'inconclusive' && check.estimate !== null) {
    const margin = Math.abs(check.estimate / check.limit - 1);
    if (noise !== undefined && noise > margin) {
      suggestions.push(
        `${id}: equal files differ by up to ${percent(noise)} on this machine, the limit is ${percent(margin)} away; ` +
          'use a quieter runner, or a limit further from what the model reaches.',
      );
    } else {
      suggestions.push(`${id}: give latency more time (\`measure.latency-budget\`) to decide ${check.name}.`);
    }
  }
  const { quantizedNodes = 0, floatNodes = [] } = placement ?? {};
  // Not those whose weights alone are integers: these are expanded when the model is loaded, and cost a run nothing.
  const unfused = floatNodes.filter(({ unfused: isUnfused }) => isUnfused);
  if (unfused.length > 0) {
    suggestions.push(
      `${id}: ${unfused.length} of ${quantizedNodes} quantized nodes (${names(unfused.map(({ node }) => node))}) run in no integer ` +
        'kernel and only add conversions; keep them in FP32.',
    );
  }
  const [why, nodes] = mostCommon(floatNodes) ?? [];
  if (why !== undefined && nodes && nodes.length > 0) {
    suggestions.push(
      `${id}: ${counted(nodes.length, 'node')} (${names(nodes.map(({ node }) => node))}) stayed in FP32: ${why}.`,
    );
  }
  return suggestions;
}

function mostCommon(nodes: Placement['floatNodes']): [string, Placement['floatNodes']] | undefined {
  const byReason = new Map<string, Placement['floatNodes']>();
  for (const node of nodes) byReason.set(node.why, [...(byReason.get(node.why) ?? []), node]);
  return [...byReason].sort((a, b) => b[1].length - a[1].length)[0];
}

function recoverSize({ id, level, levels }: SuggestInput): string[] {
  const own = levels[level];
  if (!own || own['keep-float'].length === 0) return [];
  return [
    `${id}: \`keep-float\` leaves ${listed(own['keep-float'])} at four bytes a weight; quantizing them makes the file smaller.`,
  ];
}

/** At most three names; the rest are counted. */
function names(all: readonly string[]): string {
  const shown = all.slice(0, mostNodes);
  const rest = all.length - shown.length;
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : listed(shown);
}
