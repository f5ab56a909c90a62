import type { Node } from '../onnx/node.ts';
import { reaches } from '../onnx/reaches.ts';
import { reshaping } from '../onnx/reshaping.ts';
import { readTensor } from '../onnx/tensor.ts';
import type { Value } from '../onnx/value.ts';

/** Whether a Softmax reads what a node gives, by itself or with what is added to it. */
export function isSoftened(node: Node): boolean {
  return reaches(
    node,
    (reader) => reader.is('Softmax'),
    (reader) => reader.is('Add', 'Where', 'Max', ...reshaping),
  );
}

/**
 * Masks of attention are of this or less: Swin's -100, -10000, the least float16 or float32. In the range of the scores they take the levels
 * of what is not masked: CLIP's text encoder, with the least float32, had 15 dB left of 36.
 */
const greatestMask = -100;

/** Whether a constant that is added to scores, or put in the place of some, is a mask. */
export function masks({ initializer }: Value): boolean {
  const { data } = readTensor(initializer!);
  return data instanceof Float32Array && data.some((x) => x <= greatestMask);
}
