import type { Target } from './target.ts';

/**
 * 64-bit Arm: sums in 32 bits, nothing saturates. Activations are unsigned, so that ReLU folds into the zero point; the
 * kernels take U8S8 as they take S8S8.
 */
export const cpuArm64: Target = {
  name: 'cpu-arm64',
  description: '64-bit Arm CPU',
  provider: 'cpu',
  kernels: 'cpu',
  arithmetic: 'arm64',
  activation: { type: 'uint8', qmin: 0, qmax: 255 },
  weight: { type: 'int8', qmin: -127, qmax: 127, zeroPoint: 0 },
  dynamicWeight: { type: 'int8', qmin: -127, qmax: 127, zeroPoint: 0 },
  quantizeBias: true,
  placement: 'groups',
  minChannels: 0,
  equalConcat: false,
};
