/**
 * Bundles the program into dist/, which is committed: a runner has the checkout and nothing else.
 *
 *     node scripts/build.mjs [--out FOLDER]     writes FOLDER (default: dist)
 *     node scripts/build.mjs --check            fails where the committed dist differs from what src gives
 *     ... --entry NAME=SOURCE                   with a program that is no part of dist, a bench for instance
 *
 * The output depends on src, the lock file and nothing else: no time, no path of this machine.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { collectLicences } from './licences.mjs';
import { onnxruntimePlugin } from './onnxruntime-plugin.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');

/** Output file -> source. */
const entries = {
  index: 'src/action/main.ts',
  post: 'src/action/post.ts',
  cli: 'src/cli/main.ts',
  worker: 'src/worker/main.ts',
  'decode-thread': 'src/data/decode-thread.ts',
  plan: 'src/action/plan.ts',
  report: 'src/action/report.ts',
  publish: 'src/action/publish.ts',
};
/** Files that the bundled code reads beside itself. */
const assets = {
  'mozjpeg_dec.wasm': 'node_modules/@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  'webp_dec.wasm': 'node_modules/@jsquash/webp/codec/dec/webp_dec.wasm',
};

/** CommonJS packages inside an ES module still ask for these; under other names, as one package declares its own. */
const banner = `import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));`;
const define = { __filename: 'filenameOfBundle', __dirname: 'dirnameOfBundle' };

/**
 * @actions/artifact unpacks downloads with unzip-stream, one of whose packages declares no licence. Downloads are taken
 * as they are and unpacked by src/github/unzip.ts, which also writes nothing that it was not asked for.
 * @type {import('esbuild').Plugin}
 */
const withoutUnzipStream = {
  name: 'without-unzip-stream',
  setup(plugin) {
    plugin.onResolve({ filter: /^unzip-stream$/ }, () => ({ path: 'unzip-stream', namespace: 'left-out' }));
    plugin.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
      contents:
        "export default { Extract() { throw new Error('unzip-stream is not bundled: pass skipDecompress'); } };",
    }));
  },
};

/**
 * @param {Record<string, string>} further programs beside those of dist
 * @returns {Promise<Map<string, Uint8Array>>} name in dist -> contents
 */
export async function bundle(further = {}) {
  const present = Object.entries({ ...entries, ...further }).filter(([, source]) => existsSync(join(root, source)));
  const result = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(present),
    outdir: 'dist',
    bundle: true,
    // The programs share most of their code; the worker loads the code of a job when it gets one.
    splitting: true,
    chunkNames: 'chunk-[hash]',
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: { js: banner },
    define,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'error',
    plugins: [onnxruntimePlugin(), withoutUnzipStream],
  });
  const files = new Map();
  for (const { path, contents } of result.outputFiles) files.set(path.slice(join(root, 'dist').length + 1), contents);
  for (const [name, source] of Object.entries(assets)) files.set(name, await readFile(join(root, source)));
  files.set('package.json', Buffer.from('{ "type": "module" }\n'));
  const inputs = [...Object.keys(result.metafile.inputs), ...Object.values(assets)];
  files.set('LICENSES.txt', Buffer.from(await collectLicences(root, inputs)));
  for (const [name, contents] of files) {
    if (Buffer.from(contents).includes(root)) throw new Error(`${name} contains the path of this machine, ${root}`);
  }
  return files;
}

/** Writes beside the folder first: a build that fails leaves the old one. */
async function write(files, folder) {
  const temporary = `${folder}.tmp-${process.pid}`;
  await mkdir(dirname(folder), { recursive: true });
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary);
  for (const [name, contents] of files) await writeFile(join(temporary, name), contents);
  await rm(folder, { recursive: true, force: true });
  await rename(temporary, folder);
}

async function check(files) {
  const folder = join(root, 'dist');
  const committed = existsSync(folder) ? await readdir(folder) : [];
  const wrong = [];
  for (const name of new Set([...files.keys(), ...committed])) {
    if (!files.has(name)) wrong.push(`dist/${name} is not built any more`);
    else if (!committed.includes(name)) wrong.push(`dist/${name} is missing`);
    else if (!(await readFile(join(folder, name))).equals(files.get(name))) wrong.push(`dist/${name} differs`);
  }
  if (wrong.length === 0) return;
  console.error(
    `${wrong.sort().join('\n')}\ndist/ is not what src/ gives. Run \`npm ci && npm run build\`, commit dist/.`,
  );
  process.exitCode = 1;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, check: { type: 'boolean' }, entry: { type: 'string', multiple: true } },
  });
  const files = await bundle(Object.fromEntries((values.entry ?? []).map((entry) => entry.split('='))));
  if (values.check) await check(files);
  else await write(files, resolve(values.out ?? join(root, 'dist')));
  for (const [name, contents] of files) console.log(`${(contents.length / 1024).toFixed(0).padStart(7)} KiB  ${name}`);
}
