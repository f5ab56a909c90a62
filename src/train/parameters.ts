import type { Tensor } from '../tensor.ts';
import type { Feeds } from './cache.ts';
import type { TrainedParameter } from './job.ts';
import { settleWeights } from './settle.ts';

/** The trained numbers while they are trained. */
export class Parameters {
  readonly values = new Map<string, Float32Array>();
  readonly #info = new Map<string, TrainedParameter>();

  constructor(parameters: readonly TrainedParameter[]) {
    for (const parameter of parameters) {
      this.#info.set(parameter.name, parameter);
      this.values.set(parameter.name, Float32Array.from(parameter.initial));
    }
  }

  value(name: string): Float32Array {
    const value = this.values.get(name);
    if (!value) throw new Error(`no parameter '${name}'`);
    return value;
  }

  info(name: string): TrainedParameter {
    return this.#info.get(name) as TrainedParameter;
  }

  feeds(names: readonly string[]): Feeds {
    return Object.fromEntries(
      names.map((name) => {
        const { dims } = this.info(name);
        return [name, { type: 'float32', dims, data: this.value(name) } satisfies Tensor];
      }),
    );
  }

  snapshot(names: readonly string[]): Map<string, Float32Array> {
    return new Map(names.map((name) => [name, this.value(name).slice()]));
  }

  restore(values: ReadonlyMap<string, Float32Array>): void {
    for (const [name, data] of values) this.value(name).set(data);
  }

  /** What the quantized model has. */
  setInitial(): void {
    for (const [name, { initial }] of this.#info) this.value(name).set(initial);
  }

  /** What the float model has, where that is known. */
  setFloat(names: readonly string[]): void {
    for (const name of names) {
      const { float } = this.info(name);
      if (float) this.value(name).set(float);
    }
  }

  /**
   * Moves weights towards the middle of the level that they round to. Straight-through training leaves many of them at the
   * edge between two levels, where the smallest step flips them (Nagel et al., ICML 2022, on oscillations); what is
   * computed stays as it is.
   */
  settle(names: readonly string[]): void {
    for (const name of names) {
      const { levels, inner } = this.info(name);
      if (levels) settleWeights(this.value(name), this.value(levels.logScale), inner, levels);
    }
  }
}
