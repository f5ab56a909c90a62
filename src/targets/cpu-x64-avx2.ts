import type { Target } from './target.ts';

/**
 * x86-64 with AVX2 or AVX-512 but no VNNI. `vpmaddubsw` adds two u8 x s8 products in 16 bits and saturates, so weights use
 * 7 bits, [-64, 63]: 2 * 255 * 64 = 32640 fits. U8U8 (zero point 128) goes through `vpmaddwd`, which is exact with all 8
 * bits and slower.
 */
export const cpuX64Avx2: Target = {
  name: 'cpu-x64-avx2',
  description: 'x86-64 CPU without VNNI',
  provider: 'cpu',
  kernels: 'cpu',
  arithmetic: 'x64-saturating',
  activation: { type: 'uint8', qmin: 0, qmax: 255 },
  weight: { type: 'int8', qmin: -64, qmax: 63, zeroPoint: 0 },
  wideWeight: { type: 'uint8', qmin: 1, qmax: 255, zeroPoint: 128 },
  depthwiseWeight: { type: 'int8', qmin: -127, qmax: 127, zeroPoint: 0 },
  dynamicWeight: { type: 'int8', qmin: -64, qmax: 63, zeroPoint: 0 },
  quantizeBias: true,
  placement: 'groups',
  minChannels: 0,
  equalConcat: false,
};
