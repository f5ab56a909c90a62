import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RuntimeLocation } from './contract.ts';

export interface LocateOptions {
  /** A folder that holds the runtime's native files: the `runtime-path` input, `--runtime-path`. */
  runtimePath?: string;
}

/** Finds ONNX Runtime's native files. */
export async function locateRuntime(_options: LocateOptions = {}): Promise<RuntimeLocation> {
  const found = await inNodeModules();
  if (!found) throw new Error('onnxruntime-node is not in node_modules');
  return found;
}

/** Walks up from this file, as Node does: the development checkout, or an installation from npm. */
async function inNodeModules(): Promise<RuntimeLocation | undefined> {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const root = join(folder, 'node_modules/onnxruntime-node');
    const binding = join(root, 'bin/napi-v6', process.platform, process.arch, 'onnxruntime_binding.node');
    if (existsSync(binding)) {
      const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
      return { binding, version, source: 'node_modules' };
    }
    if (folder === dirname(folder)) return undefined;
  }
}
