import type { InferenceSession } from 'onnxruntime-node';
import type { ProviderName, SessionSpec } from '../runtime/contract.ts';
import type { JobContext } from '../runtime/job.ts';
import { fromOrt, toOrt } from '../runtime/tensors.ts';
import { firstLine } from '../words.ts';
import type { Feeds } from './cache.ts';
import { wrongBy } from './gradient-check.ts';

/** Opens and runs the models of a training, all with the same session options. */
export class Runner {
  readonly #context: JobContext;
  #session: Omit<SessionSpec, 'model'>;

  constructor(context: JobContext, session: Omit<SessionSpec, 'model'>) {
    this.#context = context;
    this.#session = session;
  }

  open(model: string): Promise<InferenceSession> {
    return this.#context.sessions.open({ ...this.#session, model });
  }

  close(model: string): Promise<void> {
    return this.#context.sessions.release({ ...this.#session, model });
  }

  async run(session: InferenceSession, feeds: Feeds, outputs: readonly string[]): Promise<Feeds> {
    const { ort } = this.#context;
    const given = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
    const results = await session.run(given, outputs);
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)]));
  }

  /**
   * Moves to another provider, if that gives the gradients that the present one gives: some providers ignore attributes
   * (`reduction` of ScatterElements) or lack operators.
   *
   * @param outputs the loss first, then all gradients
   * @returns why it stays where it is
   */
  async moveTo(
    provider: ProviderName,
    model: string,
    feeds: Feeds,
    outputs: readonly string[],
  ): Promise<string | undefined> {
    const present = this.#session;
    const expected = await this.#once(model, feeds, outputs);
    this.#session = { ...present, provider };
    try {
      const found = await this.#once(model, feeds, outputs);
      const wrong = wrongBy(found, expected, outputs[0]!);
      if (wrong === undefined) return undefined;
      this.#session = present;
      return `gradients on ${provider} differ by ${(100 * wrong).toPrecision(3)} % from those on ${present.provider}`;
    } catch (error) {
      this.#session = present;
      return `${provider} cannot run it (${firstLine((error as Error).message).slice(0, 200)})`;
    }
  }

  async #once(model: string, feeds: Feeds, outputs: readonly string[]): Promise<Feeds> {
    const session = await this.open(model);
    const results = await this.run(session, feeds, outputs);
    await this.close(model);
    return results;
  }
}
