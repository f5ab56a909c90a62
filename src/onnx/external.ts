import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { pathProblem, UserError } from '../errors.ts';
import { isInside } from '../files.ts';
import { foreignFormat } from './foreign.ts';
import type { ModelProto, TensorProto } from './proto.ts';
import { OpenFile, Slice } from './source.ts';
import { elementCount, isExternal, rawLength, setTensorSource } from './tensor.ts';
import { tensorsOf } from './walk.ts';

/** Checks every external tensor of a model and connects it with its slice of its file. */
export async function bindExternalData(model: ModelProto, path: string, root: string): Promise<void> {
  const files = new Map<string, OpenFile>();
  for (const tensor of tensorsOf(model)) {
    if (!isExternal(tensor)) continue;
    const { location, offset, length } = entries(tensor, path);
    let file = files.get(location);
    if (file === undefined) {
      file = await openInside(location, tensor, path, root);
      files.set(location, file);
    }
    const needed = rawLength(tensor.dataType, elementCount(tensor));
    if (length !== undefined && length !== needed) {
      throw new UserError(`tensor '${tensor.name}' needs ${needed} bytes, its external data has ${length}`, {
        position: { file: path },
      });
    }
    if (offset + needed > file.length) {
      const why = foreignFormat(file) ?? 'the file is truncated, or of another model';
      throw new UserError(
        `tensor '${tensor.name}' is said to lie at bytes ${offset} to ${offset + needed} of '${location}', which has ${file.length}: ${why}`,
        { position: { file: path } },
      );
    }
    setTensorSource(tensor, new Slice(file, offset, needed));
  }
}

/** The distinct places of external data, relative to the model's folder, as its tensors name them. */
export function externalLocations(model: ModelProto): string[] {
  const locations = new Set<string>();
  for (const tensor of tensorsOf(model)) {
    if (!isExternal(tensor)) continue;
    const location = tensor.externalData.find(({ key }) => key === 'location')?.value;
    if (location) locations.add(location);
  }
  return [...locations];
}

/** The distinct external files of a model. */
export async function externalFiles(model: ModelProto, path: string, root: string): Promise<OpenFile[]> {
  const files = new Map<string, OpenFile>();
  for (const tensor of tensorsOf(model)) {
    if (!isExternal(tensor)) continue;
    const { location } = entries(tensor, path);
    if (files.has(location)) continue;
    const file = await openInside(location, tensor, path, root);
    if (![...files.values()].some((other) => other.path === file.path)) files.set(location, file);
  }
  return [...files.values()];
}

function entries(tensor: TensorProto, path: string): { location: string; offset: number; length: number | undefined } {
  const map = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const location = map.get('location');
  if (!location)
    throw new UserError(`tensor '${tensor.name}' has external data without a location`, { position: { file: path } });
  const count = (key: string): number | undefined => {
    const text = map.get(key);
    if (text === undefined) return undefined;
    const number = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
      throw new UserError(
        `tensor '${tensor.name}': external data has the ${key} '${text}', which is no number of bytes`,
        { position: { file: path } },
      );
    }
    return number;
  };
  return { location, offset: count('offset') ?? 0, length: count('length') };
}

async function openInside(location: string, tensor: TensorProto, path: string, root: string): Promise<OpenFile> {
  const refuse = (why: string, cause?: unknown): UserError =>
    new UserError(`tensor '${tensor.name}' has its data in '${location}', ${why}`, { position: { file: path }, cause });
  if (isAbsolute(location) || /^[a-zA-Z]:|^[\\/]/.test(location) || location.includes('\0')) {
    throw refuse('an absolute path; only files beside the model are read');
  }
  const wanted = resolve(dirname(path), location);
  const realRoot = await realpath(root);
  if (!isInside(resolve(root), wanted) && !isInside(realRoot, wanted)) {
    throw refuse(`which is outside of '${root}'; move it there`);
  }
  let real: string;
  try {
    real = await realpath(wanted);
  } catch (cause) {
    throw refuse('which does not exist; commit it beside the model (with Git LFS: check out with `lfs: true`)', cause);
  }
  if (!isInside(realRoot, real)) throw refuse(`a link to '${real}' outside of '${root}'; put the file itself there`);
  try {
    return new OpenFile(real);
  } catch (cause) {
    throw refuse(`which cannot be opened: ${pathProblem(cause) ?? (cause as NodeJS.ErrnoException).code}`, cause);
  }
}
