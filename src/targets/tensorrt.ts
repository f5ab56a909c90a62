import type { Target } from './target.ts';

/**
 * NVIDIA TensorRT with explicit quantization: everything symmetric int8 with zero point 0, biases float, Q/DQ on the
 * inputs of operators that gain; the compiler fuses the rest
 * (https://docs.nvidia.com/deeplearning/tensorrt/latest/inference-library/work-quantized-types.html).
 */
export const tensorrt: Target = {
  name: 'tensorrt',
  description: 'NVIDIA GPU through TensorRT',
  provider: 'tensorrt',
  kernels: 'tensorrt',
  arithmetic: 'gpu',
  activation: { type: 'int8', qmin: -127, qmax: 127, zeroPoint: 0 },
  weight: { type: 'int8', qmin: -127, qmax: 127, zeroPoint: 0 },
  dynamicWeight: { type: 'int8', qmin: -127, qmax: 127, zeroPoint: 0 },
  quantizeBias: false,
  placement: 'inputs',
  minChannels: 16,
  equalConcat: true,
};
