import type { InferenceSession } from 'onnxruntime-node';
import { stackFeeds } from '../data/batch.ts';
import type { Tensor } from '../tensor.ts';
import { corrections, type Moments } from './adam.ts';
import type { Feeds } from './cache.ts';
import type { PartState } from './checkpoint.ts';
import type { TrainedPart } from './job.ts';
import { loopNames } from './loop-program.ts';
import type { Parameters } from './parameters.ts';
import type { Runner } from './runner.ts';
import type { Step, Stepper } from './stepper.ts';

/** Several steps in one run of a model (see loopProgram): parameters and moments cross to the device and back once. */
export class LoopStepper implements Stepper {
  readonly atOnce: number;
  readonly #part: TrainedPart;
  readonly #loop: NonNullable<TrainedPart['loop']>;
  readonly #parameters: Parameters;
  readonly #runner: Runner;
  readonly #session: InferenceSession;

  /** @param part with a loop */
  static async open(part: TrainedPart, parameters: Parameters, runner: Runner): Promise<LoopStepper> {
    const loop = part.loop as NonNullable<TrainedPart['loop']>;
    return new LoopStepper(part, loop, parameters, runner, await runner.open(loop.model));
  }

  private constructor(
    part: TrainedPart,
    loop: NonNullable<TrainedPart['loop']>,
    parameters: Parameters,
    runner: Runner,
    session: InferenceSession,
  ) {
    this.atOnce = loop.steps;
    this.#part = part;
    this.#loop = loop;
    this.#parameters = parameters;
    this.#runner = runner;
    this.#session = session;
  }

  async take(steps: readonly Step[], state: PartState): Promise<number[]> {
    const { trained, parameters } = this.#part;
    const perStep = steps.map(({ factor }, at) => corrections(state.step + at + 1, factor));
    const feeds: Feeds = {
      [loopNames.steps]: { type: 'int64', dims: [], data: BigInt64Array.of(BigInt(steps.length)) },
      [loopNames.factor]: vector(perStep.map(([first]) => first)),
      [loopNames.correction]: vector(perStep.map(([, second]) => second)),
      ...this.#parameters.feeds(parameters.filter((name) => !trained.includes(name))),
      ...stacked(steps),
    };
    const carried = this.#carried(state);
    for (const [name, tensor] of carried) feeds[loopNames.start(name)] = tensor;
    const ends = [...carried.keys()].map(loopNames.end);
    const results = await this.#runner.run(this.#session, feeds, [...ends, loopNames.losses]);
    for (const [name, { data }] of carried) {
      (data as Float32Array).set((results[loopNames.end(name)] as Tensor).data as Float32Array);
    }
    state.norm = (carried.get(loopNames.norm) as Tensor).data[0] as number;
    return [...((results[loopNames.losses] as Tensor).data as Float32Array)];
  }

  /** What the steps change, over the arrays that are to hold it afterwards. */
  #carried(state: PartState): Map<string, Tensor> {
    const carried = new Map<string, Tensor>();
    for (const [name, tensor] of Object.entries(this.#parameters.feeds(this.#part.trained))) {
      const { dims } = tensor;
      const { first, second } = state.moments.get(name) as Moments;
      carried.set(name, tensor);
      carried.set(loopNames.first(name), { type: 'float32', dims, data: first });
      carried.set(loopNames.second(name), { type: 'float32', dims, data: second });
    }
    return carried.set(loopNames.norm, { type: 'float32', dims: [], data: Float32Array.of(state.norm) });
  }

  close(): Promise<void> {
    return this.#runner.close(this.#loop.model);
  }
}

function vector(values: readonly number[]): Tensor {
  return { type: 'float32', dims: [values.length], data: Float32Array.from(values) };
}

/** The feeds of all steps along a new first axis. */
function stacked(steps: readonly Step[]): Feeds {
  const samples = steps.map(({ given }, at) => {
    const inputs = Object.entries(given).map(([name, tensor]) => [
      loopNames.each(name),
      { ...tensor, dims: [1, ...tensor.dims] },
    ]);
    return { id: `step ${at}`, inputs: Object.fromEntries(inputs) as Feeds };
  });
  return stackFeeds(samples);
}
