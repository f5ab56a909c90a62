import { spawnSync } from 'node:child_process';

/** The Python that peers run in: QUANT_GATE_PYTHON, or python3. */
export const python = process.env['QUANT_GATE_PYTHON'] ?? 'python3';

/** Why tests against PyTorch cannot run; undefined where they can. */
export const withoutTorch =
  spawnSync(python, ['-c', 'import torch, onnx'], { encoding: 'utf8' }).status === 0
    ? undefined
    : `${python} has no torch and onnx; name another Python with QUANT_GATE_PYTHON`;
if (withoutTorch) console.warn(`Not compared with PyTorch: ${withoutTorch}.`);
