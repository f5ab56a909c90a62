/** Runs one benchmark: `npm run bench -- NAME [arguments]` is bench/NAME.ts. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [name = '', ...rest] = process.argv.slice(2);
const file = join(import.meta.dirname, `${name}.ts`);
if (!/^[a-z0-9-]+$/.test(name) || name === 'main' || !existsSync(file)) {
  const names = readdirSync(import.meta.dirname)
    .filter((each) => each.endsWith('.ts') && each !== 'main.ts')
    .map((each) => each.slice(0, -'.ts'.length));
  console.error(`usage: npm run bench -- NAME [arguments]; NAME is one of ${names.join(', ')}`);
  process.exit(2);
}
// A benchmark finds its own arguments where a program finds them.
process.argv = [process.argv[0]!, file, ...rest];
await import(pathToFileURL(file).href);
