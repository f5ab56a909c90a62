import type { Label } from '../../data/dataset.ts';
import { UserError } from '../../errors.ts';
import type { MetricContext, Outputs, SumRecord } from './metric.ts';
import { layoutOf, numbers, outputOf, valueLabels } from './read.ts';

/**
 * An output and its label, value by value.
 *
 * @throws UserError where they are not as many, or their axes are in another order
 */
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
  if (label?.kind === 'tensor') {
    const [own, other] = [layoutOf(tensor), layoutOf(label.tensor)];
    const sizes = (dims: readonly number[]) => dims.toSorted((a, b) => a - b).join();
    // A label may be flattened; the same sizes in another order are transposed.
    if (own.join() !== other.join() && sizes(own) === sizes(other)) {
      throw new UserError(
        `metric ${metric}: output "${context.output}" is [${tensor.dims}], the label is [${label.tensor.dims}]; expected ` +
          'one order of axes',
      );
    }
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
