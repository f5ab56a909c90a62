import { readFile } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { type AudioPlan, decodeAudio } from './audio.ts';
import { decodeImage, decodeMask } from './image/decode.ts';
import { type ImagePlan, imageTensor, maskTensor } from './image/preprocess.ts';

/** One file to decode into one sample. Plain values: it crosses to a thread. */
export interface DecodeTask {
  /** Absolute path. */
  path: string;
  /** The file as messages name it. */
  name: string;
  mask?: { path: string; name: string };
}

/** How every file of a source is decoded; sent to a thread once. */
export type DecodePlan = { kind: 'image'; plan: ImagePlan } | { kind: 'audio'; plan: AudioPlan };

export interface Decoded {
  tensor: Tensor;
  /** The label that a mask gives. */
  mask?: Tensor;
}

/** Decodes one file; the same code in a thread and inline. @throws UserError naming the file */
export async function decode(plan: DecodePlan, task: DecodeTask): Promise<Decoded> {
  const bytes = await readSourceFile(task.path, task.name);
  if (plan.kind === 'audio') return { tensor: decodeAudio(bytes, plan.plan, task.name) };
  const pixels = await decodeImage(bytes, task.name);
  const tensor = imageTensor(pixels, plan.plan, task.name);
  if (!task.mask) return { tensor };
  const mask = await decodeMask(await readSourceFile(task.mask.path, task.mask.name), task.mask.name);
  if (mask.width !== pixels.width || mask.height !== pixels.height) {
    throw new UserError(
      `${task.mask.name} is ${mask.width} x ${mask.height} pixels, its image ${task.name} ${pixels.width} x ` +
        `${pixels.height}; a mask has the size of its image.`,
    );
  }
  return { tensor, mask: maskTensor(mask, plan.plan.preprocess) };
}

async function readSourceFile(path: string, name: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UserError(`${name} cannot be read (${(error as NodeJS.ErrnoException).code}).`, { cause: error });
  }
}
