import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deviceBytes, gpuState } from '../../src/measure/gpu.ts';

/** What nvidia-smi prints for `--format=csv,noheader,nounits`. */
const gpu = 'NVIDIA H100 80GB HBM3, 81559, 1204, 1980, 34, 0x0000000000000001';
const processes = '4711, 1190\n4712, [N/A]\n4711, 10';

describe.runIf(process.platform === 'linux')('what nvidia-smi tells', () => {
  let folder: string;
  const path = process.env['PATH'];
  const install = (script: string) => {
    const file = join(folder, 'nvidia-smi');
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quant-gate-gpu-'));
    process.env['PATH'] = `${folder}${delimiter}${path}`;
    install(`case "$1" in
      --query-gpu=*) echo '${gpu}' ;;
      --query-compute-apps=*) echo '${processes}' ;;
    esac`);
  });
  afterEach(() => {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true });
  });

  it('is the state of the first GPU', async () => {
    expect(await gpuState()).toEqual({
      name: 'NVIDIA H100 80GB HBM3',
      memoryBytes: 81559 * 2 ** 20,
      usedBytes: 1204 * 2 ** 20,
      clockMhz: 1980,
      temperatureC: 34,
      throttle: '0x0000000000000001',
    });
  });

  it('is the device memory of a process; none where the driver does not say', async () => {
    expect(await deviceBytes(4711)).toBe(1200 * 2 ** 20);
    expect(await deviceBytes(4712)).toBeUndefined();
    expect(await deviceBytes(1)).toBeUndefined();
  });

  it('is nothing where no device answers', async () => {
    install("echo 'No devices were found'; exit 6");
    expect(await gpuState()).toBeUndefined();
  });
});
