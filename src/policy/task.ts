import type { MetricName, ModelPolicy, Task } from './schema.ts';

/** What the gate knows about a metric before it sees data. */
interface MetricTraits {
  /** Lies between 0 and 1, shown in percent; a difference is in points. */
  fraction?: true;
  /** Needs no labels: compares with FP32's outputs. */
  labelFree?: true;
  /** FP32 against itself has no finite or no positive value, so that a drop has no meaning and only `min` does. */
  absolute?: true;
  /** Lower is better. */
  lower?: true;
  /** Is an average over samples of one class each. */
  perClass?: true;
}

export const metricTraits: Readonly<Record<MetricName, MetricTraits>> = {
  top1: { fraction: true, perClass: true },
  top5: { fraction: true, perClass: true },
  accuracy: { fraction: true, perClass: true },
  f1: { fraction: true, perClass: true },
  auc: { fraction: true },
  mae: { lower: true },
  rmse: { lower: true },
  r2: {},
  cosine: { labelFree: true },
  spearman: {},
  psnr: {},
  map50: { fraction: true, perClass: true },
  map: { fraction: true, perClass: true },
  miou: { fraction: true, perClass: true },
  perplexity: { lower: true },
  agreement: { fraction: true, labelFree: true },
  kl: { labelFree: true, lower: true },
  sqnr: { labelFree: true, absolute: true },
};

const fidelity = ['agreement', 'kl', 'sqnr', 'cosine'] as const;

/** The metrics that make sense for a task, the default first. */
export const taskMetrics: Readonly<Record<Task, readonly MetricName[]>> = {
  classification: ['top1', 'top5', 'accuracy', 'f1', 'auc', ...fidelity],
  regression: ['rmse', 'mae', 'r2', 'spearman', 'psnr', 'cosine', 'sqnr'],
  embedding: ['cosine', 'spearman', 'auc', 'accuracy', 'mae', 'rmse', 'r2', 'sqnr'],
  detection: ['map50', 'map', 'sqnr', 'cosine'],
  segmentation: ['miou', 'accuracy', 'f1', ...fidelity],
  'language-model': ['perplexity', 'top1', 'top5', 'accuracy', ...fidelity],
  generic: [
    'sqnr',
    ...(Object.keys(metricTraits) as MetricName[]).filter((metric): metric is MetricName => metric !== 'sqnr'),
  ],
};

/** The metric of a task where the policy names none. */
export function defaultMetric(task: Task): MetricName {
  return taskMetrics[task][0]!;
}

/** The metric of a model: the policy's or the task's. */
export function metricOf(model: Pick<ModelPolicy, 'task' | 'metric'>): NonNullable<ModelPolicy['metric']> {
  return model.metric ?? defaultMetric(model.task);
}

/** Whether a smaller value of the model's metric is better. */
export function lowerIsBetter(model: Pick<ModelPolicy, 'task' | 'metric'>): boolean {
  const metric = metricOf(model);
  return typeof metric === 'string' ? metricTraits[metric].lower === true : metric.direction === 'lower';
}
