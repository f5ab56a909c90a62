import { readFileSync } from 'node:fs';
import type { Label } from '../../../src/data/dataset.ts';
import type { Metric, MetricContext, Outputs } from '../../../src/measure/metrics/metric.ts';
import { outputTraits } from '../../../src/measure/metrics/read.ts';
import type { Task } from '../../../src/policy/schema.ts';
import type { Tensor } from '../../../src/tensor.ts';

/** Inputs and published implementations' values; test/vectors/make_vectors.py wrote them. */
export const vectors = JSON.parse(readFileSync(new URL('../../vectors/metrics.json', import.meta.url), 'utf8'));

export const float32 = (dims: number[], data: readonly number[]): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from(data),
});

export const output = (dims: number[], data: readonly number[]): Outputs => ({ output: float32(dims, data) });

export const classLabel = (index: number): Label => ({ kind: 'class', index });
export const valueLabel = (values: readonly number[]): Label => ({ kind: 'values', values });

export function contextOf(task: Task, reference: readonly Outputs[], rest: Partial<MetricContext> = {}): MetricContext {
  const name = Object.keys(reference[0] ?? { output: 0 })[0]!;
  return {
    task,
    output: name,
    outputNamed: false,
    border: 0,
    traits: outputTraits(
      reference.map((outputs) => outputs[name]!),
      task,
    ),
    ...rest,
  };
}

/** The metric's value over all samples; without `reference` the outputs are FP32's own. */
export function metricOn(
  metric: Metric,
  context: MetricContext,
  outputs: readonly Outputs[],
  labels: readonly (Label | undefined)[] = [],
  reference: readonly Outputs[] = outputs,
): number {
  const records = outputs.map((each, index) => metric.record(context, each, labels[index], reference[index]!));
  return metric.estimator(records).evaluate(new Uint16Array(records.length).fill(1));
}
