import { readdir } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import picomatch from 'picomatch';
import { pathProblem, UserError } from '../errors.ts';
import { isInside, realpathOfExisting } from '../files.ts';
import { show } from './explain.ts';
import type { LoadedPolicy } from './load.ts';
import type { PolicyPath } from './positions.ts';
import type { ModelPolicy } from './schema.ts';
import { defaultName } from './semantics.ts';

/** One model of the policy after its glob was resolved. */
export interface PolicyModel {
  /** Unique in the policy; also the folder of its files in the output. */
  name: string;
  /** Relative to the policy's folder, with `/`. */
  path: string;
  /** Absolute, without symlinks, inside the policy's root. */
  file: string;
  /** Where it stands in `policy.models`: for positions. */
  index: number;
  policy: ModelPolicy;
}

/**
 * A path of the policy as an absolute one, symlinks resolved. It need not exist.
 *
 * @param at where the policy names it, for the message
 * @throws UserError where it is absolute or leads out of the policy's root, also by a symlink
 */
export async function resolveInside(
  loaded: Pick<LoadedPolicy, 'folder' | 'root' | 'positions'>,
  path: string,
  at?: PolicyPath,
): Promise<string> {
  const refuse = (why: string) =>
    new UserError(`the path ${show(path)} ${why}`, at ? { position: loaded.positions.value(at) } : {});
  if (path === '') throw refuse('is empty');
  if (path.includes('\0')) throw refuse('holds a NUL character');
  // A policy is read on every system: what one of them calls absolute is refused on all.
  if (isAbsolute(path) || /^([A-Za-z]:|[\\/])/.test(path)) {
    throw refuse('is absolute; paths are relative to the folder of the policy');
  }
  const wanted = resolve(loaded.folder, path);
  if (!isInside(loaded.root, wanted)) throw refuse(`leads out of ${loaded.root}, which holds the policy`);
  const real = await realpathOfExisting(wanted).catch((error: unknown) => {
    const problem = pathProblem(error);
    throw problem === undefined ? error : refuse(`cannot be used: ${problem}`);
  });
  if (!isInside(loaded.root, real)) {
    throw refuse(`is a symlink that leads out of ${loaded.root}, which holds the policy`);
  }
  return real;
}

/**
 * The models that the policy names, a glob's matches in the order of their paths.
 *
 * A literal path need not exist here: `build` may write it, and whoever reads it says what is wrong with it.
 *
 * @param ignore absolute folders that globs do not enter, such as the output of an earlier run
 * @throws UserError for a glob without a match and for paths that leave the repository
 */
export async function expandModels(loaded: LoadedPolicy, ignore: readonly string[] = []): Promise<PolicyModel[]> {
  const found: (Omit<PolicyModel, 'name'> & { wanted: string; glob: boolean })[] = [];
  const isKnown = (policy: ModelPolicy, file: string) =>
    loaded.added?.includes(policy) &&
    found.some((other) => other.file === file && !loaded.added?.includes(other.policy));
  for (const [index, policy] of loaded.policy.models.entries()) {
    const at = ['models', index, 'path'];
    const pattern = policy.path.replace(/^\.\//, '');
    if (!picomatch.scan(pattern).isGlob) {
      const file = await resolveInside(loaded, policy.path, at);
      if (isKnown(policy, file)) continue;
      found.push({ path: pattern, file, index, policy, wanted: policy.name ?? defaultName(pattern), glob: false });
      continue;
    }
    if (policy.build) {
      throw new UserError(`\`build\` writes one file, but the path ${show(policy.path)} is a glob; name the file`, {
        position: loaded.positions.value(at),
      });
    }
    const matches = await glob(loaded, pattern, at, ignore);
    if (matches.length === 0) {
      throw new UserError(`no file matches ${show(policy.path)} in ${loaded.folder}`, {
        position: loaded.positions.value(at),
      });
    }
    for (const path of matches) {
      const file = await resolveInside(loaded, path, at);
      if (isKnown(policy, file)) continue;
      const stem = defaultName(path);
      const wanted = policy.name === undefined ? stem : matches.length === 1 ? policy.name : `${policy.name}-${stem}`;
      found.push({ path, file, index, policy, wanted, glob: true });
    }
  }
  return unique(found).map(({ wanted: _wanted, glob: _glob, ...model }) => model);
}

async function glob(
  loaded: LoadedPolicy,
  pattern: string,
  at: PolicyPath,
  ignore: readonly string[],
): Promise<string[]> {
  const matches = picomatch(pattern, { dot: false });
  const base = picomatch.scan(pattern).base;
  const start = await resolveInside(loaded, base === '' ? '.' : base, at);
  // The walk keeps the way that the pattern spells (`../models`), also where a symlink leads elsewhere.
  const found: string[] = [];
  const walk = async (folder: string, way: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
      const problem = pathProblem(error);
      if (problem === undefined) throw error;
      throw new UserError(`the files that match ${show(pattern)} cannot be found: ${folder}: ${problem}`, {
        position: loaded.positions.value(at),
      });
    });
    const names = new Set(entries.map(({ name }) => name));
    if (names.has('manifest.json') && names.has('report.json') && names.has('comment.md')) return; // an earlier output
    for (const entry of entries) {
      const path = way === '' ? entry.name : `${way}/${entry.name}`;
      const full = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (entry.name === '.git' || entry.name === 'node_modules' || ignore.includes(full)) continue;
        await walk(full, path);
      } else if (matches(path)) {
        found.push(path);
      }
    }
  };
  await walk(start, relative(loaded.folder, resolve(loaded.folder, base)).split(sep).join('/'));
  return found.sort();
}

/** Equal names get their folder in front: `a/model.onnx` and `b/model.onnx` become `a-model` and `b-model`. */
function unique<T extends { wanted: string; path: string; glob: boolean }>(
  models: readonly T[],
): (T & { name: string })[] {
  const count = (name: string, names: readonly string[]) =>
    names.filter((each) => each.toLowerCase() === name.toLowerCase()).length;
  const wanted = models.map((model) => model.wanted);
  const longer = models.map((model) => {
    if (!model.glob || count(model.wanted, wanted) === 1) return model.wanted;
    const folders = model.path
      .split('/')
      .slice(0, -1)
      .filter((part) => part !== '..' && part !== '.');
    return defaultName(`${[...folders, model.wanted].join('-')}.onnx`);
  });
  const taken = new Set<string>();
  return models.map((model, index) => {
    const name = longer[index]!;
    let free = name;
    for (let number = 2; taken.has(free.toLowerCase()); number += 1) free = `${name}-${number}`;
    taken.add(free.toLowerCase());
    return { ...model, name: free };
  });
}
