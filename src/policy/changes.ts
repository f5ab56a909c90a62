import { formatPath, isRecord, show } from './explain.ts';
import type { PolicyPath } from './positions.ts';
import type { ModelPolicy, Policy } from './schema.ts';
import { defaultName } from './semantics.ts';
import { lowerIsBetter } from './task.ts';

/** What a pull request changes in the policy, a sentence each. */
export interface PolicyChanges {
  all: string[];
  /**
   * Those that make the gate easier to pass: a limit raised or removed, a level no longer required, validation data or a
   * metric exchanged. They stand first among all, and say so.
   */
  loosened: string[];
}

export function describeChanges(base: Policy, head: Policy): PolicyChanges {
  const [before, after] = [byName(base), byName(head)];
  const lower = new Set(head.models.map(lowerIsBetter));
  const changes = difference(before, after, []).map((change) => {
    // `accuracy.min` is the most that is allowed where lower is better.
    if (change.minimum && lower.has(true)) {
      return { ...change, loosened: lower.size > 1 || change.minimum === 'raised' };
    }
    return change.newLevel && head.gate.require === 'any' ? { ...change, loosened: true } : change;
  });
  const loosened = changes.filter((change) => change.loosened).map(({ text }) => `loosened: ${text}`);
  return { all: [...loosened, ...changes.filter((change) => !change.loosened).map(({ text }) => text)], loosened };
}

interface Change {
  loosened: boolean;
  text: string;
  /** For a changed `accuracy.min`, whose sense depends on the metric. */
  minimum?: 'raised' | 'lowered';
  /** A level that was not there, which may be enough by itself where any is. */
  newLevel?: true;
}

/** Models by name rather than by place in the list, so that an inserted model is one change; those that share one by path. */
function byName(policy: Policy): Record<string, unknown> {
  const nameOf = (model: ModelPolicy) => model.name ?? defaultName(model.path);
  const names = policy.models.map(nameOf);
  const keyOf = (model: ModelPolicy) => {
    const name = nameOf(model);
    return names.indexOf(name) === names.lastIndexOf(name) ? name : model.path;
  };
  return { ...policy, models: Object.fromEntries(policy.models.map((model) => [keyOf(model), model])) };
}

function difference(before: unknown, after: unknown, path: PolicyPath): Change[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isRecord(before) && isRecord(after) && !isSource(path)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => difference(before[key], after[key], [...path, key]));
  }
  const where = formatPath(path);
  const loosened = loosens(path, before, after);
  if (before === undefined) {
    // A whole new map (a level's limits, say) is told key by key, so that each limit is named.
    if (isRecord(after) && isLimit(path)) return expand(after, path, (value, at) => difference(undefined, value, at));
    return [{ loosened, text: `${where} added: ${show(after)}`, ...(isLevel(path) && { newLevel: true as const }) }];
  }
  if (after === undefined) {
    if (isRecord(before) && isLimit(path)) return expand(before, path, (value, at) => difference(value, undefined, at));
    return [{ loosened, text: `${where} removed (was ${show(before)})` }];
  }
  const minimum =
    path.at(-2) === 'accuracy' && path.at(-1) === 'min' && typeof before === 'number' && typeof after === 'number'
      ? { minimum: after > before ? ('raised' as const) : ('lowered' as const) }
      : {};
  return [{ loosened, text: `${where} from ${show(before)} to ${show(after)}`, ...minimum }];
}

function expand(map: Record<string, unknown>, path: PolicyPath, tell: (value: unknown, at: PolicyPath) => Change[]) {
  return Object.entries(map).flatMap(([key, value]) => tell(value, [...path, key]));
}

const isSource = (path: PolicyPath) => path.length === 4 && path[2] === 'data' && path[3] !== 'preprocess';
const isLevel = (path: PolicyPath) => path.length === 2 && path[0] === 'levels';
const isLimit = (path: PolicyPath) => path.includes('limits') || formatPath(path).startsWith('gate.regression');

/** Whether a change lets a result pass that would not have passed before. */
function loosens(path: PolicyPath, before: unknown, after: unknown): boolean {
  const key = String(path.at(-1));
  const where = formatPath(path);
  if (isLimit(path)) {
    // `at` and `batch` choose what is compared: another choice is another limit.
    if (key === 'at' || key === 'batch') return before !== undefined && after !== undefined;
    if (after === undefined) return before !== undefined;
    if (before === undefined || typeof before !== 'number' || typeof after !== 'number') return false;
    return key.startsWith('min') ? after < before : after > before;
  }
  if (where === 'gate.require') return requires(before) && !covers(after, before);
  if (where === 'gate.on-inconclusive') return strictness(after) < strictness(before);
  if (where === 'gate.confidence') return typeof before === 'number' && typeof after === 'number' && after < before;
  if (where === 'gate.limits-from') return after === 'head';
  // Fewer models, levels or targets are held to limits; other validation data or another metric is another question.
  if (path.length === 2 && path[0] === 'models') return after === undefined;
  // One that says `stop` is enough by itself where it passes.
  if (isLevel(path)) return after === undefined || (after as { stop: boolean }).stop;
  if (path.length === 3 && path[0] === 'levels' && key === 'stop') return after === true;
  if (where === 'targets')
    return Array.isArray(before) && Array.isArray(after) && before.some((each) => !after.includes(each));
  if (path[0] === 'models') {
    const rest = path.slice(2).join('.');
    return ['task', 'output', 'border', 'data.validation'].includes(rest) || /^(metric|decoder)\b/.test(rest);
  }
  return false;
}

const requires = (value: unknown) => value === 'any' || value === 'all' || Array.isArray(value);

/** Whether what `after` requires includes all that `before` requires. */
function covers(after: unknown, before: unknown): boolean {
  if (after === 'all') return true;
  if (before === 'all' || after === 'any') return false;
  if (before === 'any') return Array.isArray(after);
  return Array.isArray(after) && Array.isArray(before) && before.every((level) => after.includes(level));
}

function strictness(value: unknown): number {
  return ['warn', 'estimate', 'fail'].indexOf(String(value));
}
