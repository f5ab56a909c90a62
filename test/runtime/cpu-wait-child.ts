/** Works for a while beside a process that wants the same CPU; prints how long it worked and how long it waited, ms. */
import { spawn } from 'node:child_process';
import { cpuWaitClock } from '../../src/runtime/cpu-wait.ts';

const other = spawn(process.execPath, ['-e', 'console.log(1); for (;;);'], { stdio: ['ignore', 'pipe', 'ignore'] });
await new Promise((resolve) => other.stdout.once('data', resolve));
const wait = cpuWaitClock();
const [start, before] = [performance.now(), wait()];
while (performance.now() - start < 400);
const [wall, waited] = [performance.now() - start, wait() - before];
other.kill('SIGKILL');
console.log(JSON.stringify({ wall, waited }));
