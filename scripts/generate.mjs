/**
 * Writes what is generated from the schemas (schema/*.json, docs/policy.md) and from assembly/; with `--check` writes nothing and fails
 * where a file is not current. Needs Node 22.18 or newer, which reads TypeScript: `npm run generate` uses the one in
 * node_modules.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { generatedFiles } from '../src/report/reference.ts';

const root = new URL('../', import.meta.url);
const check = process.argv.includes('--check');
const stale = [];
for (const [path, text] of Object.entries({ ...generatedFiles(), ...(await compiledFiles()) })) {
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

/** What the vector code of assembly/ compiles to, as modules that need no file beside them. */
async function compiledFiles() {
  const files = {};
  for (const [name, folder] of [
    ['lattice', 'src/quantize/recover/generated'],
    ['scales', 'src/quantize/generated'],
  ]) {
    const source = `assembly/${name}.ts`;
    const { error, stderr, binary } = await compile(source);
    if (error) throw new Error(`${source}: ${stderr}`, { cause: error });
    const text = Buffer.from(binary).toString('base64');
    files[`${folder}/${name}-wasm.ts`] =
      `/** ${source} compiled by \`npm run generate\`, in base64. */\nexport const ${name}Wasm = '${text}';\n`;
  }
  return files;
}

async function compile(source) {
  let binary;
  const options = ['--optimizeLevel', '3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--importMemory'];
  const { error, stderr } = await asc.main(
    [source, '--baseDir', fileURLToPath(root), ...options, '--outFile', 'wasm'],
    {
      writeFile: (_name, contents) => {
        binary = contents;
      },
    },
  );
  return { error, stderr: stderr.toString(), binary };
}
