/** Seconds spent in each stage of a run; stages do not overlap. */
export class StageClock {
  readonly #seconds = new Map<string, number>();

  async time<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const begin = performance.now();
    try {
      return await work();
    } finally {
      this.#seconds.set(stage, (this.#seconds.get(stage) ?? 0) + (performance.now() - begin) / 1000);
    }
  }

  get seconds(): Record<string, number> {
    return Object.fromEntries([...this.#seconds].map(([stage, seconds]) => [stage, Math.round(seconds * 1000) / 1000]));
  }
}
