import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Tensor, TensorType, TensorValues } from '../tensor.ts';
import type { Ort } from './load.ts';

/** A tensor for onnxruntime-node; the values are shared, not copied. */
export function toOrt(ort: Ort, { type, data, dims }: Tensor): OrtTensor {
  const tensor = new ort.Tensor(type as 'float32', data as Float32Array, dims);
  // Where the JavaScript engine has Float16Array, the bits are wrapped in one, and the native part (1.30) finds nothing in it.
  return type === 'float16' ? Object.assign(tensor, { cpuData: data }) : tensor;
}

/** A tensor that onnxruntime-node returned; the values are shared, not copied. */
export function fromOrt({ type, dims, data }: OrtTensor): Tensor {
  // Where the JavaScript engine has Float16Array, float16 comes as that; between our stages it travels as its bits.
  const bits = type === 'float16' && !(data instanceof Uint16Array);
  const values = bits
    ? new Uint16Array((data as Float32Array).buffer, (data as Float32Array).byteOffset, data.length)
    : data;
  return { type: type as TensorType, dims, data: values as TensorValues };
}
