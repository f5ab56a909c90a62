import { UserError } from '../errors.ts';
import type { OnnxModel } from '../onnx/model.ts';

/**
 * Looks whether onnxruntime-node can take every input of a model and give every output, which it does as objects by name: what sets an
 * object's prototype holds no tensor, and what an object has by itself is taken for an output that is asked for.
 *
 * @param what names the model in the message
 * @throws UserError
 */
export function checkNames({ graph }: OnnxModel, what: string): void {
  const input = graph.inputs.find(({ name }) => name === '__proto__');
  const output = graph.outputs.find(({ name }) => name in Object.prototype);
  const kind = input ? 'input' : 'output';
  const lost = input ?? output;
  if (!lost) return;
  throw new UserError(
    `${what} has an ${kind} "${lost.name}", which onnxruntime-node cannot ${input ? 'take' : 'give'} under this name: ` +
      'rename it in the model',
  );
}
