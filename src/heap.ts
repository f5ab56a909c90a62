import { setFlagsFromString } from 'node:v8';

/**
 * Lets the heap grow by no more than this between two collections. V8's own choice lets it grow to four times what is alive, and
 * quantizing makes and drops a copy of the graph for every candidate: 330 MB of the main process for MobileNetV2 became 210 MB, in
 * the same time.
 */
const growthPercent = 30;

/** V8's option with which new objects keep the 16 MB that they begin with: it would make that 64 MB, twice, for 25 MB in all. */
export const fixedNewSpace = '--semi-space-growth-factor=1';

/** Keeps this process small; models and their data are in child processes, so what lives here is little. */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
  setFlagsFromString(fixedNewSpace);
}
