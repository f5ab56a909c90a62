import type { Target } from './target.ts';

/** x86-64 with AVX-VNNI, AVX-512 VNNI or AMX: `vpdpbusd` sums u8 x s8 in 32 bits, so weights use all 8 bits. */
export const cpuX64Vnni: Target = {
  name: 'cpu-x64-vnni',
  description: 'x86-64 CPU with VNNI or AMX',
  provider: 'cpu',
  kernels: 'cpu',
  arithmetic: 'x64-vnni',
  activation: { type: 'uint8', qmin: 0, qmax: 255 },
  weight: { type: 'int8', qmin: -127, qmax: 127, zeroPoint: 0 },
  dynamicWeight: { type: 'int8', qmin: -127, qmax: 127, zeroPoint: 0 },
  elsewhere:
    'on an x86-64 CPU without VNNI, sums of its integer kernels saturate and its results are wrong. A file for cpu-x64-avx2 ' +
    'is right on every CPU',
  quantizeBias: true,
  placement: 'groups',
  minChannels: 0,
  equalConcat: false,
};
