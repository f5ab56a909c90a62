import type { Label } from '../../data/dataset.ts';
import { UserError } from '../../errors.ts';
import type { MetricContext, Outputs, SumRecord } from './metric.ts';
import { numbers, outputOf, valueLabels } from './read.ts';

/** An output and its label, value by value. */
export function pairedValues(
  context: MetricContext,
  outputs: Outputs,
  label: Label | undefined,
  metric: string,
): { values: ArrayLike<number>; expected: ArrayLike<number> } {
  const tensor = outputOf(context, outputs);
  const values = numbers(tensor);
  const expected = valueLabels(label, metric);
  if (values.length !== expected.length) {
    throw new UserError(
      `metric ${metric}: output "${context.output}" is [${tensor.dims}], ${values.length} values; ` +
        `the label has ${expected.length}`,
    );
  }
  return { values, expected };
}

/** Sum of `loss(output - label)` over the values of a sample. */
export function summedError(
  context: MetricContext,
  outputs: Outputs,
  label: Label | undefined,
  metric: string,
  loss: (difference: number) => number,
): SumRecord {
  const { values, expected } = pairedValues(context, outputs, label, metric);
  let sum = 0;
  for (let index = 0; index < values.length; index++)
    sum += loss((values[index] as number) - (expected[index] as number));
  return { sum, count: values.length };
}
