import { describe, expect, it } from 'vitest';
import { cpuTargetName } from '../../src/targets/cpu-features.ts';
import { executability, resolveTarget, targets } from '../../src/targets/index.ts';

const cpuinfo = (...flags: string[]) =>
  flags
    .map(
      (line, index) => `processor\t: ${index}\nvendor_id\t: GenuineIntel\nflags\t\t: ${line}\nbugs\t\t: spectre_v1\n`,
    )
    .join('\n');

describe('the target of a processor', () => {
  it.each([
    ['Haswell', cpuinfo('fpu sse4_2 avx avx2 bmi1', 'fpu sse4_2 avx avx2 bmi1'), 'cpu-x64-avx2'],
    ['Skylake-SP, AVX-512 without VNNI', cpuinfo('avx2 avx512f avx512dq avx512bw avx512vl'), 'cpu-x64-avx2'],
    ['Cascade Lake', cpuinfo('avx2 avx512f avx512bw avx512_vnni'), 'cpu-x64-vnni'],
    ['Sapphire Rapids', cpuinfo('avx2 avx_vnni avx512_vnni amx_bf16 amx_tile amx_int8'), 'cpu-x64-vnni'],
    ['Alder Lake', cpuinfo('avx2 avx_vnni', 'avx2 avx_vnni'), 'cpu-x64-vnni'],
    ['Zen 3', cpuinfo('avx2 vaes vpclmulqdq'), 'cpu-x64-avx2'],
    ['Zen 4', cpuinfo('avx2 avx512f avx512_vnni avx512_bf16'), 'cpu-x64-vnni'],
    ['one core of two without VNNI', cpuinfo('avx2 avx_vnni', 'avx2'), 'cpu-x64-avx2'],
    [
      'an Intel Mac',
      'machdep.cpu.features: FPU SSE4.2 AVX1.0\nmachdep.cpu.leaf7_features: AVX2 BMI2 AVX512F AVX512VNNI\n',
      'cpu-x64-vnni',
    ],
    ['an older Intel Mac', 'machdep.cpu.features: FPU SSE4.2\nmachdep.cpu.leaf7_features: AVX2\n', 'cpu-x64-avx2'],
    ['a processor that says nothing', '', 'cpu-x64-avx2'],
  ])('%s', (_name, text, target) => {
    expect(cpuTargetName({ arch: 'x64', text })).toBe(target);
  });

  it('is arm64 by architecture, and an error that says what to do elsewhere', () => {
    expect(resolveTarget('cpu', { arch: 'arm64', text: '' }).name).toBe('cpu-arm64');
    expect(() => resolveTarget('cpu', { arch: 'riscv64', text: '' })).toThrow(/riscv64.*name a target/);
    expect(resolveTarget('tensorrt').name).toBe('tensorrt');
  });
});

describe('what this machine can do for a target', () => {
  it('gives a VNNI file its own arithmetic on a machine without VNNI', () => {
    expect(executability(targets['cpu-x64-vnni'], 'cpu-x64-avx2')).toMatchObject({ runs: 'emulated', exactInt8: true });
    expect(executability(targets['cpu-x64-avx2'], 'cpu-x64-vnni')).toMatchObject({
      runs: 'emulated',
      exactInt8: false,
    });
    expect(executability(targets['cpu-x64-vnni'], 'cpu-x64-vnni')).toMatchObject({ runs: 'native' });
    expect(executability(targets['tensorrt'], 'cpu-x64-vnni')).toMatchObject({ runs: 'no' });
    expect(executability(targets['tensorrt'], 'cpu-x64-vnni', true)).toMatchObject({ runs: 'native' });
  });

  it('never saturates on a CPU without VNNI: two products with the largest weights fit 16 bits', () => {
    const { weight } = targets['cpu-x64-avx2'];
    expect(2 * 255 * Math.max(-weight.qmin, weight.qmax)).toBeLessThan(2 ** 15);
  });
});
