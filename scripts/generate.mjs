/**
 * Writes what is generated from the schemas (schema/*.json, docs/policy.md); with `--check` writes nothing and fails
 * where a file is not current. Needs Node 22.18 or newer, which reads TypeScript: `npm run generate` uses the one in
 * node_modules.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from '../src/report/reference.ts';

const root = new URL('../', import.meta.url);
const check = process.argv.includes('--check');
const stale = [];
for (const [path, text] of Object.entries(generatedFiles())) {
  const file = fileURLToPath(new URL(path, root));
  const current = await readFile(file, 'utf8').catch(() => undefined);
  if (current === text) continue;
  stale.push(path);
  if (!check) await writeFile(file, text);
}
if (check && stale.length > 0) {
  console.error(`not current: ${stale.join(', ')}; run \`npm run generate\` and commit the result`);
  process.exitCode = 1;
} else {
  console.log(stale.length > 0 ? `wrote ${stale.join(', ')}` : 'everything is current');
}
