import type { Target } from './target.ts';
import { tensorrt } from './tensorrt.ts';

/**
 * ONNX Runtime's CUDA provider. It has no integer kernels worth having (INT8 is slower than FP32 there); the file is the one for
 * TensorRT, so that a policy with `cuda` measures what INT8 costs and the report can say to use `tensorrt`.
 */
export const cuda: Target = { ...tensorrt, name: 'cuda', description: 'NVIDIA GPU through CUDA', provider: 'cuda' };
