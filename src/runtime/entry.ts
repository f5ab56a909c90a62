import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How the child process is started. */
export interface WorkerEntry {
  execPath: string;
  execArgv: string[];
  file: string;
}

/**
 * The one place that knows how this program is laid out: from source the child runs `src/worker/main.ts`, in the bundle
 * `worker.js` beside the running file.
 */
export function workerEntry(): WorkerEntry {
  if (import.meta.url.endsWith('.ts')) return sourceEntry(new URL('../worker/main.ts', import.meta.url));
  return { execPath: process.execPath, execArgv: [], file: fileURLToPath(new URL('./worker.js', import.meta.url)) };
}

/** A TypeScript entry under a Node that strips types: the running one, or the one in node_modules. */
export function sourceEntry(url: URL): WorkerEntry {
  const file = fileURLToPath(url);
  // Node 20 does not know the word.
  const { typescript } = process.features as { typescript?: unknown };
  return {
    execPath: typescript ? process.execPath : nearestNode(file),
    execArgv: ['--no-warnings'],
    file,
  };
}

function nearestNode(from: string): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const node = join(folder, 'node_modules/.bin/node');
    if (existsSync(node)) return node;
    if (folder === dirname(folder)) throw new Error('running from source needs Node 22.18 or later');
  }
}
