import { UserError } from '../errors.ts';
import { nearest } from '../policy/explain.ts';
import type { TensorInfo } from '../tensor.ts';
import { inputText } from './shape.ts';

/** `, did you mean "x"?` where one of the known names is near, else the list of them. */
export function nearestText(wanted: string, known: readonly string[], what: string): string {
  const near = nearest(wanted, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  const shown = known.slice(0, 20).map((name) => `"${name}"`);
  return known.length === 0 ? `there is none` : `${what}: ${shown.join(', ')}${known.length > 20 ? ', ...' : ''}.`;
}

/**
 * The model's single input.
 *
 * @throws UserError naming all inputs where the model has several, or none
 */
export function singleInput(inputs: readonly TensorInfo[], what: string): TensorInfo {
  const [input, ...others] = inputs;
  if (!input) throw new UserError('the model has no inputs, so there is nothing to feed.');
  if (others.length > 0) {
    throw new UserError(
      `${what} feed a model of one input, and this one has ${inputs.length}: ${inputs.map(inputText).join(', ')}. ` +
        'Use `arrays` (or a `command` that writes them), with a key or a number for each input.',
    );
  }
  return input;
}
