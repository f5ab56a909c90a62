import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Licences that allow a bundle under Apache-2.0; another one fails the build until somebody has read it. */
const allowed = new Set([
  'MIT',
  'MIT/X11',
  'ISC',
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'MIT AND ISC',
]);

/**
 * The licence texts of every package of which something is in the bundle.
 * @param {string} root
 * @param {string[]} inputs bundled files, relative to `root`
 */
export async function collectLicences(root, inputs) {
  const folders = new Set(
    inputs.flatMap((path) => {
      const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path);
      return match ? [match[1]] : [];
    }),
  );
  const packages = new Map();
  for (const folder of folders) {
    const manifest = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    const declared = manifest.license ?? manifest.licenses?.[0];
    const licence = typeof declared === 'string' ? declared : declared?.type;
    const id = `${manifest.name} ${manifest.version}`;
    const parts = licence?.replace(/[()]/g, '').split(' AND ') ?? [];
    if (parts.length === 0 || !parts.every((part) => allowed.has(part)))
      throw new Error(`${id}: licence ${licence} is not in the list of scripts/licences.mjs`);
    packages.set(id, { licence, text: await licenceText(join(root, folder)), repository: address(manifest) });
  }
  return [...packages]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { licence, text, repository }]) => `${id} (${licence})\n${repository}\n\n${text}`)
    .join(`\n\n${'-'.repeat(80)}\n\n`)
    .concat('\n');
}

async function licenceText(folder) {
  const names = (await readdir(folder))
    .filter((name) => /^(licen[cs]e|copying|notice|thirdpartynotices)/i.test(name))
    .sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return (
    texts.map((text) => text.replaceAll('\r\n', '\n').trim()).join('\n\n') || '(The package holds no licence text.)'
  );
}

function address({ repository, homepage }) {
  const url = typeof repository === 'string' ? repository : repository?.url;
  return (url ?? homepage ?? '').replace(/^git\+/, '');
}
