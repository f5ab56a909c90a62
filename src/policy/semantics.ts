import { basename, extname } from 'node:path';
import type * as z from 'zod';
import { isRecord, noLevel, type Problem, show, valueAt } from './explain.ts';
import type { PolicyPath } from './positions.ts';
import {
  accuracyLimits,
  type Level,
  type MetricName,
  type ModelPolicy,
  modelSchema,
  type Policy,
  policySchema,
} from './schema.ts';
import { metricOf, metricTraits, taskMetrics } from './task.ts';

type Accuracy = z.output<typeof accuracyLimits>;

/**
 * What is wrong although every value has the right type. Works on whatever parts of the policy are well-formed, so
 * that one run names all mistakes.
 */
export function semanticProblems(data: unknown): Problem[] {
  const raw = isRecord(data) ? data : {};
  const models = (Array.isArray(raw['models']) ? raw['models'] : []).map((each) => modelSchema.safeParse(each).data);
  const { gate, targets } = policySchema.shape;
  const levels = raw['levels'] === undefined ? { 2: {} } : raw['levels'];
  const { require, regression } = gate.safeParse(raw['gate']).data ?? {};
  return [
    ...duplicateNames(models),
    ...models.flatMap((model, index) => (model ? metricProblems(model, index) : [])),
    ...(isRecord(levels) ? levelProblems(levels, models) : []),
    ...(isRecord(levels) && Array.isArray(require) ? requireProblems(require, levels) : []),
    ...regressionProblems(regression?.accuracy, models),
    ...duplicateTargets(targets.safeParse(raw['targets']).data),
  ];
}

/** As many characters as a name in the policy; the end of a path says more than its beginning. */
const longestName = 100;

/** The name of a model whose policy gives none: the file's stem, in the characters that a name may have. */
export function defaultName(path: string): string {
  const stem = basename(path, extname(path));
  const allowed = stem.replace(/[^A-Za-z0-9._-]+/g, '-').slice(-longestName);
  return allowed.replace(/^[^A-Za-z0-9]+/, '') || 'model';
}

function duplicateNames(models: readonly (ModelPolicy | undefined)[]): Problem[] {
  const first = new Map<string, number>();
  return models.flatMap((model, index) => {
    if (!model || (model.name === undefined && /[*?[{(!]/.test(model.path))) return [];
    const name = model.name ?? defaultName(model.path);
    const earlier = first.get(name.toLowerCase());
    first.set(name.toLowerCase(), earlier ?? index);
    if (earlier === undefined) return [];
    const cure = model.name === undefined ? 'give one of them a `name`' : 'choose another';
    return [
      {
        path: ['models', index, model.name === undefined ? 'path' : 'name'],
        message: `models[${index}] has the same name as models[${earlier}], ${show(name)}; ${cure}`,
      },
    ];
  });
}

function metricProblems(model: ModelPolicy, index: number): Problem[] {
  const { metric, task } = model;
  if (typeof metric !== 'string' || taskMetrics[task].includes(metric)) return [];
  return [
    {
      path: ['models', index, 'metric'],
      message: `the metric ${show(metric)} does not fit the task ${show(task)}; use one of ${taskMetrics[task].join(', ')}`,
    },
  ];
}

function levelProblems(levels: Record<string, unknown>, models: readonly (ModelPolicy | undefined)[]): Problem[] {
  const problems: Problem[] = [];
  if (Object.keys(levels).length === 0) {
    problems.push({ path: ['levels'], message: noLevel });
  }
  const third = levels[3];
  if (isRecord(third) && third['command'] !== undefined && third['model'] !== undefined) {
    problems.push({
      path: ['levels', 3, 'model'],
      atKey: true,
      message: 'levels.3 has both `command`, which trains a model, and `model`, which is trained already; keep one',
    });
  }
  for (const level of [1, 2, 3] as const) {
    const path = ['levels', level, 'limits', 'accuracy'];
    const accuracy = accuracyLimits.safeParse(valueAt({ levels }, path)).data;
    if (accuracy) problems.push(...accuracyProblems(accuracy, path, models));
  }
  return problems;
}

/** A limit on accuracy must be one that the model's metric and data can answer, or it would never be held. */
function accuracyProblems(limit: Accuracy, path: PolicyPath, models: readonly (ModelPolicy | undefined)[]): Problem[] {
  const kinds = (['max-drop', 'max-relative-drop', 'min', 'per-class'] as const).filter(
    (kind) => limit[kind] !== undefined,
  );
  const [firstKind] = kinds;
  if (firstKind === undefined) return [];
  return models.flatMap((model, index): Problem[] => {
    if (!model) return [];
    const metric = metricOf(model);
    const name = model.name ?? model.path;
    const at = (kind: string, message: string): Problem => ({ path: [...path, kind], atKey: true, message });
    const why = unmeasurable(model, index);
    if (why !== undefined) return [at(firstKind, why)];
    if (typeof metric !== 'string') return [];
    const traits = metricTraits[metric];
    return kinds.flatMap((kind): Problem[] => {
      if (traits.absolute && kind !== 'min') {
        return [
          at(kind, `${metric} compares with FP32 itself, so there is no ${kind}; use \`min\`, for instance min: 30`),
        ];
      }
      if (traits.zero && kind === 'max-relative-drop') {
        return [at(kind, `${metric} of FP32 is 0, and there is no fraction of it; use \`max-drop\``)];
      }
      if (kind === 'per-class') {
        if (!traits.perClass) return [at(kind, `${metric} of ${show(name)} has no value per class; drop per-class`)];
      }
      const value = kind === 'per-class' ? limit[kind]!['max-drop'] : limit[kind]!;
      if (kind === 'min' && traits.unit === 'fraction' && value > 1) {
        return [at(kind, inPoints('min', value, `${metric} is at most 1`))];
      }
      if ((kind === 'max-drop' || kind === 'per-class') && allowsAnyDrop(metric, value)) {
        return [at(kind, inPoints(kind === 'per-class' ? 'per-class.max-drop' : kind, value, anyDrop(metric)))];
      }
      if (kind === 'max-relative-drop' && value >= 1) {
        return [
          at(kind, `max-relative-drop: ${value} allows any drop: it is a fraction of FP32; write for instance 0.01`),
        ];
      }
      return [];
    });
  });
}

/** Why no limit on a model's accuracy can be held: what generated inputs or FP32's own answers say of it is not that. */
function unmeasurable(model: ModelPolicy, index: number): string | undefined {
  const metric = metricOf(model);
  const name = model.name ?? model.path;
  const { validation } = model.data;
  if (!validation) {
    return `a limit on accuracy needs data to measure it on; add models[${index}].data.validation (${show(name)}), or drop the limit`;
  }
  if (typeof metric !== 'string' || metricTraits[metric].labelFree || hasLabels(validation)) return undefined;
  return (
    `${metric} of ${show(name)} needs labels, and models[${index}].data.validation has none; add ` +
    `${labelsKey(validation)}, or set a metric without labels (agreement, kl, sqnr)`
  );
}

/** Against the base branch, too, accuracy is measured, and a metric that lies between 0 and 1 cannot drop by 1 or more. */
function regressionProblems(limit: number | undefined, models: readonly (ModelPolicy | undefined)[]): Problem[] {
  if (limit === undefined) return [];
  const at = ['gate', 'regression', 'accuracy'];
  const unmeasured = models.flatMap((model, index): Problem[] => {
    const message = model && unmeasurable(model, index);
    return message === undefined ? [] : [{ path: at, atKey: true, message }];
  });
  const metric = models
    .flatMap((model) => (model ? [metricOf(model)] : []))
    .find((each): each is MetricName => typeof each === 'string' && allowsAnyDrop(each, limit));
  if (metric === undefined) return unmeasured;
  return [...unmeasured, { path: at, message: inPoints('gate.regression.accuracy', limit, anyDrop(metric)) }];
}

const allowsAnyDrop = (metric: MetricName, drop: number) => metricTraits[metric].unit === 'fraction' && drop >= 1;
const anyDrop = (metric: MetricName) => `${metric} lies between 0 and 1, so any drop is allowed`;
const inPoints = (key: string, value: number, why: string) =>
  `${key}: ${value} cannot be meant: ${why}; one point is 0.01: write ${value / 100}`;

/** Whether a source has labels as far as the policy tells; folders of classes are seen when they are opened. */
function hasLabels(source: NonNullable<ModelPolicy['data']['validation']>): boolean {
  if ('arrays' in source || 'command' in source) return source.labels !== undefined;
  if ('csv' in source) return source.label !== undefined;
  return true;
}

function labelsKey(source: NonNullable<ModelPolicy['data']['validation']>): string {
  return 'csv' in source ? '`label: COLUMN`' : '`labels: KEY`';
}

function requireProblems(require: readonly Level[], levels: Record<string, unknown>): Problem[] {
  const defined = Object.keys(levels);
  return require.flatMap((level, index) =>
    Object.hasOwn(levels, level)
      ? []
      : [
          {
            path: ['gate', 'require', index],
            message: `gate.require names level ${level}, which is not defined; defined are ${defined.join(', ') || 'none'}`,
          },
        ],
  );
}

function duplicateTargets(targets: Policy['targets'] | undefined): Problem[] {
  return (targets ?? []).flatMap((target, index) =>
    targets!.indexOf(target) === index
      ? []
      : [{ path: ['targets', index], message: `the target ${show(target)} stands twice; keep one` }],
  );
}
