import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sourceEntry } from '../../src/runtime/entry.ts';
import { findProgram } from '../../src/runtime/launch.ts';

const taskset = findProgram('taskset');

test.runIf(taskset && existsSync('/proc/thread-self/schedstat'))(
  'the time in which another process had the CPU is told apart from work',
  () => {
    const { execPath, execArgv, file } = sourceEntry(new URL('cpu-wait-child.ts', import.meta.url));
    const printed = execFileSync(taskset!, ['-c', '0', execPath, ...execArgv, file], { encoding: 'utf8' });
    const { wall, waited } = JSON.parse(printed) as { wall: number; waited: number };
    // The other process is due half of the CPU; that it gets a tenth leaves no doubt.
    expect(waited).toBeGreaterThan(wall / 10);
    expect(waited).toBeLessThan(wall);
  },
);
