import { setFlagsFromString } from 'node:v8';

/**
 * Lets the heap grow by no more than this between two collections. V8's own choice lets it grow to four times what is alive, and
 * quantizing makes and drops a copy of the graph for every candidate: 330 MB of the main process for MobileNetV2 became 210 MB, in
 * the same time.
 */
const growthPercent = 30;

/** Keeps V8's space for new objects at its first 16 MB. It would grow to two halves of 64 MB, in a process that holds about 25 MB. */
export const fixedNewSpace = '--semi-space-growth-factor=1';

/** Keeps the heap of this process small: models and their data live in child processes. */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
  setFlagsFromString(fixedNewSpace);
}
