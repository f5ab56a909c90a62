import type { Signals } from './signals-job.ts';
import { tellingSamples, tellsLittle } from './telling-samples.ts';

/** Samples on which candidates of a usual model are compared. */
const usualCompared = 32;
/** A light model is compared on up to so many times as many, but never on more than half of its samples: the rest is for fitting. */
const mostComparedFold = 8;
/** Where few of them count, so many times as many are looked at for those that do. */
const moreSamples = 4;
/** So many samples are seen where so many are asked for. */
const fewestSamples = 4;

export interface SampleChoiceOptions {
  /** Calibration samples. */
  total: number;
  /** The fraction of a usual model's samples that this one gets. */
  effort: number;
  /** How many times as many a light model could get. */
  share: number;
  /** Tells how much samples count in a comparison; undefined where all count alike. */
  signals: ((samples: readonly number[]) => Promise<Signals>) | undefined;
}

/** The calibration samples that candidates are compared on, by index. */
interface Compared {
  samples: readonly number[];
  /** The same by how much they count, where they were chosen for that. */
  telling?: readonly number[];
}

/** Which calibration samples are for what: some to compare candidates on, others to fit them. */
export class SampleChoice {
  readonly #options: SampleChoiceOptions;
  /** On how many samples candidates are compared: few, with few outputs each, leave the choice to chance. */
  readonly #comparedCount: number;
  #compared: Promise<Compared> | undefined;

  constructor(options: SampleChoiceOptions) {
    this.#options = options;
    const half = Math.max(usualCompared, options.total >> 1);
    const fold = Math.min(mostComparedFold, Math.max(1, options.share));
    this.#comparedCount = Math.min(half, Math.floor(usualCompared * fold));
  }

  /** Up to `count`, of heavy models fewer, spread evenly. */
  spread(count: number): number[] {
    return evenly(this.#affordable(count), this.#options.total);
  }

  /** Those that candidates are compared on; with a count, so many of them or of all. */
  async compared(count?: number): Promise<readonly number[]> {
    const { samples, telling } = await this.#choice();
    if (count === undefined) return samples;
    return telling && count < telling.length ? inOrder(telling.slice(0, count)) : this.spread(count);
  }

  /** Up to `count` that no candidate is compared on, spread evenly; of all where the others are fewer than those compared. */
  async apart(count: number): Promise<number[]> {
    const { samples, telling } = await this.#choice();
    // Images with nothing to find do not show what the layers read where there is something.
    if (telling) return this.spread(count);
    const compared = new Set(samples);
    const others = Array.from({ length: this.#options.total }, (_, index) => index).filter(
      (index) => !compared.has(index),
    );
    if (others.length < compared.size) return this.spread(count);
    return evenly(this.#affordable(count), others.length).map((index) => others[index]!);
  }

  #choice(): Promise<Compared> {
    this.#compared ??= this.#choose();
    return this.#compared;
  }

  /**
   * Where scores are rare two or three of 32 images may decide, and ranges that were chosen by those may fit no others (PP-OCRv3's
   * text detector on photographs: 16 dB on them, 4 on others). Then more are looked at, and those that count are compared.
   */
  async #choose(): Promise<Compared> {
    const samples = this.spread(this.#comparedCount);
    const seen = this.#options.signals;
    if (!seen || !(await seen(this.spread(fewestSamples))).rare) return { samples };
    const more = this.spread(moreSamples * this.#comparedCount);
    const { signals } = await seen(more);
    if (!tellsLittle(signals)) return { samples };
    const telling = tellingSamples(signals).map((at) => more[at]!);
    return { samples: inOrder(telling), telling };
  }

  #affordable(count: number): number {
    return Math.max(Math.min(count, fewestSamples), Math.round(count * this.#options.effort));
  }
}

const inOrder = (indices: readonly number[]): number[] => [...indices].sort((a, b) => a - b);

/** The same in an order of which every part is spread over the whole. */
export function interleaved(indices: readonly number[]): number[] {
  const stride = 5;
  return Array.from({ length: stride }, (_, start) => indices.filter((_, i) => i % stride === start)).flat();
}

/** Up to `count` of the numbers below `length`, spread evenly. */
function evenly(count: number, length: number): number[] {
  const taken = Math.min(count, length);
  return Array.from({ length: taken }, (_, i) => Math.floor((i * length) / taken));
}
