import type { TensorInfo } from '../tensor.ts';

/** `[batch, 3, 224, 224]`; a dimension of which nothing is known is `?`. */
export function shapeText(dims: TensorInfo['dims']): string {
  return `[${dims.map((dim) => dim ?? '?').join(', ')}]`;
}

/** `input (float32 [batch, 3, 224, 224])`, for a list of what the model takes. */
export function inputText({ name, type, dims }: TensorInfo): string {
  return `"${name}" (${type} ${dims.length === 0 ? 'scalar' : shapeText(dims)})`;
}

/** Whether a shape is one that the model takes: fixed dims equal, symbolic ones anything. */
export function fits(shape: readonly number[], dims: TensorInfo['dims']): boolean {
  return (
    shape.length === dims.length && shape.every((size, axis) => typeof dims[axis] !== 'number' || dims[axis] === size)
  );
}
