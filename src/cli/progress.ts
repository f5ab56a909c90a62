import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { logProgress, longestLine } from '../log-progress.ts';
import { noteOnce, type Progress, progressCount, type Stage } from '../progress.ts';
import { escapeLine } from '../report/escape.ts';

/** Progress on standard error, so that standard output stays a result: bars on a terminal, else a line now and then. */
export function cliProgress(stream: NodeJS.WriteStream = process.stderr): Progress & { stop(): void } {
  const { stop, ...progress } = stream.isTTY
    ? terminalProgress(stream)
    : { ...logProgress((line) => stream.write(`${escapeLine(line, longestLine)}\n`)), stop() {} };
  return { ...noteOnce(progress), stop };
}

const barWidth = 24;

function terminalProgress(stream: NodeJS.WriteStream): Progress & { stop(): void } {
  const bars = new MultiBar(
    {
      stream,
      clearOnComplete: true,
      hideCursor: true,
      forceRedraw: true,
      format({ barCompleteString = '', barIncompleteString = '' }, { value, progress }, { name, total, unit, detail }) {
        const done = Math.round(Math.min(1, progress) * barWidth);
        const bar = barCompleteString.slice(0, done) + barIncompleteString.slice(0, barWidth - done);
        return [name, total !== undefined && bar, progressCount(value, total, unit), detail].filter(Boolean).join(' ');
      },
    },
    { ...Presets.shades_classic },
  );
  const say = (line: string) => {
    const text = `${escapeLine(line, longestLine)}\n`;
    // Nothing draws what the library is given before the first bar.
    if (bars.isActive) bars.log(text);
    else stream.write(text);
  };
  let stopped = false;
  const stop = () => {
    if (stopped) return;
    stopped = true;
    if (!bars.isActive) return;
    // What was said last is drawn only now.
    bars.update();
    bars.stop();
  };
  // An interrupted process gives the terminal its cursor back.
  process.once('exit', stop);
  return {
    stage(name: string, total?: number, unit = ''): Stage {
      const started = performance.now();
      // A bar of the library needs a total; `format` shows ours.
      const payload = { name: escapeLine(name), total, unit, detail: '' };
      const bar: SingleBar = bars.create(total ?? Number.MAX_SAFE_INTEGER, 0, payload);
      return {
        advance(by = 1, detail = '') {
          bar.increment(by, { detail: escapeLine(detail) });
        },
        done(detail = '') {
          const seconds = (performance.now() - started) / 1000;
          // Before the bar goes: removing it draws what is said.
          if (seconds >= 2 || detail) say(`${name}: ${detail || 'done'} (${seconds.toFixed(1)} s)`);
          bars.remove(bar);
        },
      };
    },
    note: say,
    stop,
  };
}
