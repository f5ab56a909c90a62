import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Tensor, TensorType, TensorValues } from '../tensor.ts';
import type { Ort } from './load.ts';

/** A tensor for onnxruntime-node; the values are shared, not copied. */
export function toOrt(ort: Ort, { type, data, dims }: Tensor): OrtTensor {
  return new ort.Tensor(type as 'float32', data as Float32Array, dims);
}

/** A tensor that onnxruntime-node returned; the values are shared, not copied. */
export function fromOrt(tensor: OrtTensor): Tensor {
  return { type: tensor.type as TensorType, dims: tensor.dims, data: tensor.data as TensorValues };
}
