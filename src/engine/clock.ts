import { type RuntimeTime, runtimeTime } from '../runtime/meter.ts';

/** Seconds inside ONNX Runtime. */
export interface InRuntime {
  /** Running models. */
  run: number;
  /** Making sessions. */
  load: number;
}

/** Seconds spent in each stage of a run, and how many of them in ONNX Runtime; stages do not overlap. */
export class StageClock {
  readonly #seconds = new Map<string, number>();
  readonly #inRuntime = new Map<string, InRuntime>();

  async time<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const begin = performance.now();
    const before: RuntimeTime = { ...runtimeTime };
    try {
      return await work();
    } finally {
      this.#seconds.set(stage, (this.#seconds.get(stage) ?? 0) + (performance.now() - begin) / 1000);
      const { run, load } = this.#inRuntime.get(stage) ?? { run: 0, load: 0 };
      this.#inRuntime.set(stage, {
        run: run + (runtimeTime.runMs - before.runMs) / 1000,
        load: load + (runtimeTime.loadMs - before.loadMs) / 1000,
      });
    }
  }

  get seconds(): Record<string, number> {
    return Object.fromEntries([...this.#seconds].map(([stage, seconds]) => [stage, rounded(seconds)]));
  }

  get inRuntime(): Record<string, InRuntime> {
    return Object.fromEntries(
      [...this.#inRuntime].map(([stage, { run, load }]) => [stage, { run: rounded(run), load: rounded(load) }]),
    );
  }
}

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
