import type { InferenceSession } from 'onnxruntime-node';
import type { Tensor } from '../tensor.ts';
import { adamStep, clipAt, gradientNorm, type Moments } from './adam.ts';
import type { Feeds } from './cache.ts';
import type { PartState } from './checkpoint.ts';
import type { TrainedPart } from './job.ts';
import type { Parameters } from './parameters.ts';
import type { Runner } from './runner.ts';

/** What a step is given besides parameters and moments. */
export interface Step {
  /** Data, targets and labels. */
  given: Feeds;
  /** On all rates. */
  factor: number;
}

/** Takes the steps of one program: changes parameters and the state's moments. */
export interface Stepper {
  /** Steps that are taken at once, at most. */
  readonly atOnce: number;
  /**
   * @param steps the next ones from `state.step` on
   * @returns the loss of each; NaN where it or a gradient is not finite: that one is the last, and parameters are as they
   *   come then
   */
  take(steps: readonly Step[], state: PartState): Promise<number[]>;
  close(): Promise<void>;
}

/** Step after step, with the gradients read back and Adam in this process: what is fastest where models run on the CPU. */
export class HostStepper implements Stepper {
  readonly atOnce = 1;
  readonly #part: TrainedPart;
  readonly #parameters: Parameters;
  readonly #runner: Runner;
  readonly #session: InferenceSession;

  static async open(part: TrainedPart, parameters: Parameters, runner: Runner): Promise<HostStepper> {
    return new HostStepper(part, parameters, runner, await runner.open(part.backward as string));
  }

  private constructor(part: TrainedPart, parameters: Parameters, runner: Runner, session: InferenceSession) {
    this.#part = part;
    this.#parameters = parameters;
    this.#runner = runner;
    this.#session = session;
  }

  async take(steps: readonly Step[], state: PartState): Promise<number[]> {
    const losses: number[] = [];
    for (const [at, step] of steps.entries()) {
      losses.push(await this.#take(step, state, state.step + at + 1));
      if (Number.isNaN(losses[at])) break;
    }
    return losses;
  }

  async #take({ given, factor }: Step, state: PartState, count: number): Promise<number> {
    const { loss: lossName, trained, gradients: names, parameters } = this.#part;
    const feeds = { ...given, ...this.#parameters.feeds(parameters) };
    const results = await this.#runner.run(this.#session, feeds, [lossName, ...names]);
    const loss = ((results[lossName] as Tensor).data as Float32Array)[0] as number;
    const gradients = names.map((name) => (results[name] as Tensor).data as Float32Array);
    const norm = gradientNorm(gradients);
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) return Number.NaN;
    const usual = state.norm === 0 ? norm : state.norm;
    const scale = norm > clipAt * usual ? (clipAt * usual) / norm : 1;
    state.norm = 0.9 * usual + 0.1 * norm * scale;
    trained.forEach((name, i) => {
      const moments = state.moments.get(name) as Moments;
      const gradient = gradients[i] as Float32Array;
      adamStep(this.#parameters.value(name), gradient, moments, count, this.#parameters.info(name), factor, scale);
    });
    return loss;
  }

  close(): Promise<void> {
    return this.#runner.close(this.#part.backward as string);
  }
}
