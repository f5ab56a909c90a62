import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { logProgress } from '../log-progress.ts';
import type { Progress, Stage } from '../progress.ts';

/** Progress on standard error, so that standard output stays a result: bars on a terminal, else a line now and then. */
export function cliProgress(stream: NodeJS.WriteStream = process.stderr): Progress & { stop(): void } {
  return stream.isTTY ? terminalProgress(stream) : { ...logProgress((line) => stream.write(`${line}\n`)), stop() {} };
}

function terminalProgress(stream: NodeJS.WriteStream): Progress & { stop(): void } {
  const bars = new MultiBar(
    {
      stream,
      clearOnComplete: true,
      hideCursor: true,
      barsize: 24,
      format: '{name} {bar} {value}/{total} {unit} {detail}',
      forceRedraw: true,
    },
    Presets.shades_classic,
  );
  return {
    stage(name: string, total?: number, unit = ''): Stage {
      const started = Date.now();
      const bar: SingleBar = bars.create(total ?? 1, 0, { name, unit: total === undefined ? '' : unit, detail: '' });
      return {
        advance(by = 1, detail = '') {
          bar.increment(total === undefined ? 0 : by, { detail });
        },
        done(detail = '') {
          bars.remove(bar);
          const seconds = (Date.now() - started) / 1000;
          if (seconds >= 2 || detail) bars.log(`${name}: ${detail || 'done'} (${seconds.toFixed(1)} s)\n`);
        },
      };
    },
    note(message: string) {
      bars.log(`${message}\n`);
    },
    stop() {
      bars.stop();
    },
  };
}
