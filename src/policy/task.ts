import type { MetricName, ModelPolicy, Task } from './schema.ts';

/** What the gate knows about a metric before it sees data. */
interface MetricTraits {
  /** `fraction`: lies between 0 and 1, shown in percent; a difference is in points. */
  unit?: 'fraction' | 'decibel';
  /** Needs no labels: compares with FP32's outputs. */
  labelFree?: true;
  /** FP32 against itself has no finite or no positive value, so that a drop has no meaning and only `min` does. */
  absolute?: true;
  /** FP32 against itself is 0, of which there is no fraction. */
  zero?: true;
  /** Lower is better. */
  lower?: true;
  /** Is an average over samples of one class each. */
  perClass?: true;
}

export const metricTraits: Readonly<Record<MetricName, MetricTraits>> = {
  top1: { unit: 'fraction', perClass: true },
  top5: { unit: 'fraction', perClass: true },
  accuracy: { unit: 'fraction', perClass: true },
  f1: { unit: 'fraction', perClass: true },
  auc: { unit: 'fraction' },
  mae: { lower: true },
  rmse: { lower: true },
  r2: {},
  cosine: { labelFree: true },
  spearman: {},
  psnr: { unit: 'decibel' },
  map50: { unit: 'fraction', perClass: true },
  map: { unit: 'fraction', perClass: true },
  miou: { unit: 'fraction', perClass: true },
  perplexity: { lower: true },
  agreement: { unit: 'fraction', labelFree: true },
  kl: { labelFree: true, lower: true, zero: true },
  sqnr: { unit: 'decibel', labelFree: true, absolute: true },
};

/** What is known of a metric of this name; nothing of a command's. */
export function traitsOf(metric: string): MetricTraits {
  return Object.hasOwn(metricTraits, metric) ? metricTraits[metric as MetricName] : {};
}

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
