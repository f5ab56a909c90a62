import { type Progress, progressCount, type Stage } from './progress.ts';

/** How long a stage may be silent in a log. */
const intervalMs = 5_000;
/** Characters of a line that is written. */
export const longestLine = 500;

/** Progress for a log: a line when a stage ends, and one every few seconds while it lasts. */
export function logProgress(write: (line: string) => void, now: () => number = () => performance.now()): Progress {
  return {
    stage(name: string, total?: number, unit = ''): Stage {
      const started = now();
      let written = started;
      let count = 0;
      return {
        advance(by = 1, detail = '') {
          count += by;
          if (now() - written < intervalMs) return;
          written = now();
          write(`${name}: ${[progressCount(count, total, unit), detail].filter(Boolean).join(', ')}`);
        },
        done(detail = '') {
          const seconds = (now() - started) / 1000;
          if (seconds >= 2 || detail) write(`${name}: ${detail || 'done'} (${seconds.toFixed(1)} s)`);
        },
      };
    },
    note: write,
  };
}
