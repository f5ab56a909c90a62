import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../errors.ts';
import { type Progress, silent } from '../progress.ts';
import type { RuntimeLocation } from './contract.ts';
import { bindingFile, pinned, thisPlatform } from './pinned.ts';
import { provisionRuntime, wrongFiles } from './provision.ts';

export interface LocateOptions {
  /**
   * The `runtime-path` input: a folder with the native files, or an unpacked onnxruntime-node. Taken as it is, so that
   * it may be a build of the operator's own, with GPU providers for instance.
   */
  runtimePath?: string | undefined;
  progress?: Progress;
}

/**
 * Finds ONNX Runtime's native files: in `runtimePath`, in node_modules, in the cache, or from the npm registry. All but
 * the first are of the pinned version and have the recorded hashes.
 *
 * @throws UserError where `runtimePath` holds no runtime, or where nothing is found and nothing can be downloaded
 */
export async function locateRuntime(options: LocateOptions = {}): Promise<RuntimeLocation> {
  if (options.runtimePath !== undefined) return atPath(options.runtimePath);
  inModules ??= inNodeModules(options.progress ?? silent);
  const found = await inModules;
  if (found) return found;
  const { folder, downloaded } = await provisionRuntime({ ...(options.progress && { progress: options.progress }) });
  return {
    binding: join(folder, bindingFile),
    version: pinned.version,
    source: downloaded ? 'downloaded' : 'tool cache',
  };
}

function atPath(path: string): RuntimeLocation {
  const inPackage = join('bin/napi-v6', process.platform, process.arch);
  const candidates = ['', inPackage, join('package', inPackage), join('node_modules', pinned.name, inPackage)];
  const folder = candidates.map((part) => join(path, part)).find((each) => existsSync(join(each, bindingFile)));
  if (!folder) {
    throw new UserError(
      `runtime-path ${path}: there is no ${bindingFile} for ${thisPlatform} in it. Unpack ${pinned.name} ${pinned.version} ` +
        `there (npm pack ${pinned.name}@${pinned.version}), or name its folder ${inPackage}.`,
    );
  }
  const version = packageVersion(join(folder, '../../../..')) ?? pinned.version;
  if (version !== pinned.version) {
    throw new UserError(`runtime-path ${path}: it is ${pinned.name} ${version}; this program needs ${pinned.version}`);
  }
  return { binding: join(folder, bindingFile), version, source: 'runtime-path' };
}

/** Hashing takes a while and node_modules does not change under a running program. */
let inModules: Promise<RuntimeLocation | undefined> | undefined;

/** Walks up from this file, as Node does: the development checkout, or an installation from npm. */
async function inNodeModules(progress: Progress): Promise<RuntimeLocation | undefined> {
  const hashes = pinned.platforms[thisPlatform];
  if (!hashes) return undefined;
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const root = join(folder, 'node_modules', pinned.name);
    const native = join(root, 'bin/napi-v6', process.platform, process.arch);
    if (packageVersion(root) === pinned.version) {
      const wrong = await wrongFiles(native, hashes);
      if (wrong?.length === 0) {
        return { binding: join(native, bindingFile), version: pinned.version, source: 'node_modules' };
      }
      if (wrong) progress.note(`${native} is not used: ${wrong.join(', ')} is not as published`);
    }
    if (folder === dirname(folder)) return undefined;
  }
}

function packageVersion(root: string): string | undefined {
  const file = join(root, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version : undefined;
}
