/**
 * Cuts GitHub's OpenAPI description down to the operations this project calls, for the tests' loopback server.
 *
 * The whole description (@octokit/openapi) is far too big to install for a test, so the result is committed.
 *
 *     npm install --prefix FOLDER @octokit/openapi
 *     node scripts/prune-openapi.mjs FOLDER/node_modules/@octokit/openapi/generated/api.github.com.json
 */
import { readFileSync, writeFileSync } from 'node:fs';

const operations = [
  'users/get-authenticated',
  'pulls/list',
  'pulls/get',
  'issues/list-comments',
  'issues/create-comment',
  'issues/update-comment',
  'issues/delete-comment',
  'checks/create',
  'checks/update',
  'checks/list-for-ref',
  'actions/list-workflow-run-artifacts',
  'actions/download-artifact',
  'repos/get-release-by-tag',
  'repos/list-releases',
  'repos/create-release',
  'repos/update-release',
  'repos/list-release-assets',
  'repos/get-release-asset',
  'repos/upload-release-asset',
  'repos/delete-release-asset',
];
const source = process.argv[2];
if (source === undefined) throw new Error('usage: node scripts/prune-openapi.mjs api.github.com.json');
const whole = JSON.parse(readFileSync(source, 'utf8'));
const target = new URL('../test/github/openapi.json', import.meta.url);

const paths = {};
for (const [path, item] of Object.entries(whole.paths)) {
  for (const [method, operation] of Object.entries(item)) {
    if (!operations.includes(operation?.operationId)) continue;
    paths[path] ??= {};
    paths[path][method] = operation;
  }
}
const found = Object.values(paths).flatMap((item) => Object.values(item).map((operation) => operation.operationId));
const missing = operations.filter((operation) => !found.includes(operation));
if (missing.length > 0) throw new Error(`not in the description: ${missing.join(', ')}`);

const prose = new Set(['description', 'summary', 'example', 'examples', 'externalDocs', 'tags', 'servers', 'title']);
/** Drops prose; a property of a schema that is named like prose stays. */
function slim(value, names = false) {
  if (Array.isArray(value)) return value.map((item) => slim(item));
  if (value === null || typeof value !== 'object') return value;
  // GitHub means null to be allowed, and a validator takes the list at its word.
  if (!names && value.nullable === true && Array.isArray(value.enum) && !value.enum.includes(null)) {
    return slim({ ...value, enum: [...value.enum, null] });
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => names || (!prose.has(key) && !key.startsWith('x-')))
      .map(([key, item]) => [key, slim(item, key === 'properties' && !names)]),
  );
}

const components = {};
function collect(value) {
  if (Array.isArray(value)) return value.forEach(collect);
  if (value === null || typeof value !== 'object') return;
  if (typeof value.$ref === 'string') {
    const [, , kind, name] = value.$ref.split('/');
    components[kind] ??= {};
    if (components[kind][name] === undefined) {
      components[kind][name] = slim(whole.components[kind][name]);
      collect(components[kind][name]);
    }
  }
  Object.values(value).forEach(collect);
}
const slimPaths = slim(paths, true);
for (const item of Object.values(slimPaths)) {
  for (const operation of Object.values(item)) operation.responses ??= {};
}
collect(slimPaths);
const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
const pruned = {
  openapi: whole.openapi,
  info: { title: whole.info.title, version: whole.info.version, license: whole.info.license },
  paths: sorted(slimPaths),
  components: Object.fromEntries(Object.entries(sorted(components)).map(([kind, all]) => [kind, sorted(all)])),
};
writeFileSync(target, `${JSON.stringify(pruned)}\n`);
console.log(`${found.length} operations, ${(JSON.stringify(pruned).length / 1e3).toFixed(0)} kB`);
