/**
 * Writes src/runtime/pinned.json: the onnxruntime-node that this program is built for, as package-lock.json has it, and
 * the sha256 of each native file of the installed package. With `--check` writes nothing and fails where it differs.
 *
 *     node scripts/pin-runtime.mjs [--check]
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'src/runtime/pinned.json');
const name = 'onnxruntime-node';

export async function pinned() {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const { version, integrity } = lock.packages[`node_modules/${name}`];
  const installed = JSON.parse(await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8'));
  if (installed.version !== version) throw new Error(`${name} ${installed.version} is installed, locked is ${version}`);
  const folder = join(root, 'node_modules', name, 'bin/napi-v6');
  const platforms = {};
  for (const entry of (await readdir(folder, { recursive: true, withFileTypes: true })).sort(byPath)) {
    if (!entry.isFile()) continue;
    const platform = entry.parentPath.slice(folder.length + 1).replace(sep, '-');
    const hash = createHash('sha256').update(await readFile(join(entry.parentPath, entry.name)));
    platforms[platform] ??= {};
    platforms[platform][entry.name] = hash.digest('hex');
  }
  return `${JSON.stringify({ name, version, integrity, platforms }, null, 2)}\n`;
}

function byPath(a, b) {
  const [first, second] = [join(a.parentPath, a.name), join(b.parentPath, b.name)];
  return first < second ? -1 : first > second ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await pinned();
  if (!process.argv.includes('--check')) await writeFile(target, text);
  else if ((await readFile(target, 'utf8')) !== text)
    throw new Error(`${target} is not current: run scripts/pin-runtime.mjs`);
}
