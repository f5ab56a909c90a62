import { expect, it } from 'vitest';
import { memoryDecided } from '../../src/engine/memory.ts';
import { checkVariant } from '../../src/gate/checks.ts';
import { memoryMeasurement, mostRepeats, type PeakMemory } from '../../src/measure/memory.ts';
import { Random } from '../../src/random.ts';

it('passes what is just beyond a limit no more often than stated, though it looks again and again', () => {
  const random = new Random(5);
  const memory = { 'max-ratio': 0.9 };
  const confidence = 0.95;
  /** Megabytes of two processes more, which differ by 0.4. */
  const more = (mean: number, known: PeakMemory = { peaks: [], devicePeaks: [] }, count = 2): PeakMemory => ({
    peaks: [...known.peaks, ...Array.from({ length: count }, () => mean + 0.4 * random.normal())],
    devicePeaks: [],
  });
  /** FP32 takes 50 MB beyond the 50 of the runtime without a model. */
  const gate = (ratio: number) => {
    const mean = 50 + 50 * ratio;
    let [own, fp32Memory, emptyMemory] = [mean, 100, 50].map((each) => more(each, undefined, 3)) as [
      PeakMemory,
      PeakMemory,
      PeakMemory,
    ];
    while (own.peaks.length < mostRepeats && !memoryDecided({ fp32Memory, emptyMemory }, own, { memory, confidence })) {
      own = more(mean, own);
      fp32Memory = more(100, fp32Memory);
      emptyMemory = more(50, emptyMemory);
    }
    const measured = memoryMeasurement(fp32Memory, own, emptyMemory, confidence);
    return checkVariant({ limits: { memory }, measurements: { memory: measured }, confidence })[0]!.verdict;
  };
  const share = (ratio: number, verdict: string) =>
    Array.from({ length: 2000 }, () => gate(ratio)).filter((each) => each === verdict).length / 2000;
  // 2.5 %, and what chance and the last look, at the stated confidence, add to it.
  expect(share(0.9001, 'pass')).toBeLessThan(0.04);
  expect(share(0.8999, 'fail')).toBeLessThan(0.04);
  expect(share(0.88, 'pass')).toBeGreaterThan(0.99);
});
