import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isInside } from '../files.ts';
import type { OpenedBase } from '../github/base.ts';
import { type LoadedPolicy, loadPolicy } from '../policy/load.ts';
import { expandModels, type PolicyModel } from '../policy/paths.ts';

/** Characters; what is longer names no file on any system. */
const longestPath = 4096;

/**
 * Whether the pull request can change the gate's result. A workflow with a `paths:` filter does not start at all, and
 * its required check then hangs forever; so the workflow always starts, and this looks.
 *
 * @throws UserError where the policy is wrong
 */
export async function hasWork(policyPath: string, names: readonly string[] | undefined, base: OpenedBase) {
  const loaded = await loadPolicy(policyPath);
  const models = (await expandModels(loaded)).filter(({ name }) => names?.includes(name) ?? true);
  // A wrong name is for the engine to say.
  if (models.length === 0 || models.length < (names?.length ?? 0)) return true;
  return (await changedModels(loaded, models, base)).length > 0;
}

/** The models whose result the pull request can change. */
export async function changedModels(loaded: LoadedPolicy, models: readonly PolicyModel[], base: OpenedBase) {
  const shared = ['.github', '.gitattributes'].map((name) => join(loaded.root, name));
  const unchanged = async (paths: readonly string[]) => {
    const present = paths.filter((path) => existsSync(path));
    // What the base has and the head has no more is a change, too.
    const gone = paths.filter((path) => !present.includes(path));
    return (await base.unchanged(present)) && !(await base.hasAny(gone));
  };
  if (!(await unchanged([join(loaded.folder, basename(loaded.path)), ...shared]))) return [...models];
  const changed: PolicyModel[] = [];
  for (const model of models) {
    const paths = await filesOf(loaded, model);
    if (!paths || !(await unchanged(paths))) changed.push(model);
  }
  return changed;
}

/**
 * Files and folders that the model's result depends on, and texts that may name some; undefined where a command may read
 * anything.
 */
async function filesOf(loaded: LoadedPolicy, { file, policy }: PolicyModel): Promise<string[] | undefined> {
  const strings: string[] = [];
  const collect = (value: unknown, key = ''): boolean => {
    if (key === 'command') return false;
    if (typeof value === 'string') strings.push(value);
    else if (value !== null && typeof value === 'object') {
      return Object.entries(value).every(([name, item]) => collect(item, name));
    }
    return true;
  };
  // Levels name files too (`levels.3.model`) and commands.
  if (!collect(policy) || !collect(loaded.policy.levels)) return undefined;
  const named = strings
    .filter((text) => text.length < longestPath && !text.includes('\0'))
    .map((text) => resolve(loaded.folder, text))
    .filter((path) => isInside(loaded.root, path));
  const found = await unnamedFiles(loaded, policy.data);
  // External data lies beside the model, under any name.
  return found && [...new Set([resolve(file, '..'), ...named, ...found])];
}

/** Folders in which a source finds files that the policy does not name; undefined where those may be anywhere. */
async function unnamedFiles(loaded: LoadedPolicy, data: PolicyModel['policy']['data']): Promise<string[] | undefined> {
  const folders: string[] = [];
  for (const source of [data.calibration, data.validation, data.training]) {
    if (!source) continue;
    const at = (name: string) => resolve(loaded.folder, name);
    // A tokenizer beside the texts, and a tokenizer's own settings.
    if ('jsonl' in source)
      folders.push(...[source.jsonl, source.tokenizer ?? source.jsonl].map((name) => dirname(at(name))));
    const labels = 'labels' in source ? source.labels : undefined;
    if (labels === undefined || !('images' in source || 'audio' in source) || !existsSync(at(labels))) continue;
    if (!(await stat(at(labels))).isFile()) continue;
    // Its rows name files relative to itself, too.
    if ((await readFile(at(labels), 'utf8')).includes('..')) return undefined;
    folders.push(dirname(at(labels)));
  }
  return folders;
}
