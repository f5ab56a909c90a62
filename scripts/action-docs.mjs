/**
 * Writes the tables of docs/action.md from action.yml, the one place that says what inputs and outputs there are.
 *
 *     node scripts/action-docs.mjs [--check]     --check fails where the page is out of date
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const page = resolve(root, 'docs/action.md');

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ').trim();

function tables(manifest) {
  const { inputs = {}, outputs = {} } = parse(readFileSync(resolve(root, manifest), 'utf8'));
  const rows = (head, lines) => [head, head.replace(/[^|]+/g, ' --- '), ...lines].join('\n');
  return {
    inputs: rows(
      '| input | default | meaning |',
      Object.entries(inputs).map(
        ([name, { default: value, description }]) =>
          `| \`${name}\` | ${value === undefined ? '' : `\`${value}\``} | ${cell(description)} |`,
      ),
    ),
    outputs: rows(
      '| output | meaning |',
      Object.entries(outputs).map(([name, { description }]) => `| \`${name}\` | ${cell(description)} |`),
    ),
  };
}

/** The page with its tables brought up to date: between `<!-- action.yml inputs -->` and `<!-- end -->`. */
function update(text) {
  return text.replace(
    /<!-- (\S+action\.yml|action\.yml) (inputs|outputs) -->[\s\S]*?<!-- end -->/g,
    (_, manifest, part) => `<!-- ${manifest} ${part} -->\n${tables(manifest)[part]}\n<!-- end -->`,
  );
}

const before = readFileSync(page, 'utf8');
const after = update(before);
if (process.argv.includes('--check')) {
  if (after !== before) {
    console.error('docs/action.md is out of date: run `node scripts/action-docs.mjs`, commit the page.');
    process.exitCode = 1;
  }
} else writeFileSync(page, after);
