import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findRegistry } from '../../src/runtime/registry.ts';

const folder = mkdtempSync(join(tmpdir(), 'registry-test-'));
const npmrc = join(folder, '.npmrc');
afterAll(() => rmSync(folder, { recursive: true }));

test('npm_config_registry comes before the .npmrc, and that before the default', async () => {
  const NPM_CONFIG_USERCONFIG = npmrc;
  expect(await findRegistry({ NPM_CONFIG_USERCONFIG })).toEqual({
    url: 'https://registry.npmjs.org',
    source: 'default',
  });
  writeFileSync(npmrc, '; mirror\nregistry = "https://mirror.example/npm/"\n');
  expect(await findRegistry({ NPM_CONFIG_USERCONFIG })).toEqual({ url: 'https://mirror.example/npm', source: npmrc });
  const npm_config_registry = 'https://other.example';
  expect(await findRegistry({ NPM_CONFIG_USERCONFIG, npm_config_registry })).toMatchObject({
    url: npm_config_registry,
  });
});

test('a token goes only to the registry that it is for', async () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: npm's own syntax.
  writeFileSync(npmrc, 'registry=https://mirror.example/npm/\n//mirror.example/npm/:_authToken=${NODE_AUTH_TOKEN}\n');
  const env = { NPM_CONFIG_USERCONFIG: npmrc, NODE_AUTH_TOKEN: 'secret' };
  expect(await findRegistry(env)).toMatchObject({ token: 'secret' });
  expect(await findRegistry({ ...env, npm_config_registry: 'https://mirror.example' })).not.toHaveProperty('token');
});

test('user and password of the address are sent apart from it', async () => {
  const basic = Buffer.from('bot:s3cr3t@pw').toString('base64');
  const npm_config_registry = 'https://bot:s3cr3t%40pw@mirror.example/npm/';
  const env = { NPM_CONFIG_USERCONFIG: join(folder, 'none') };
  expect(await findRegistry({ ...env, npm_config_registry })).toEqual({
    url: 'https://mirror.example/npm',
    source: 'npm_config_registry',
    basic,
  });
  writeFileSync(npmrc, `registry=${npm_config_registry}\n`);
  expect(await findRegistry({ NPM_CONFIG_USERCONFIG: npmrc })).toMatchObject({
    url: 'https://mirror.example/npm',
    basic,
  });
  const wrong = findRegistry({ ...env, npm_config_registry: 'bot:s3cr3t@mirror.example' });
  await expect(wrong).rejects.toThrow(/npm_config_registry sets is no address/);
  await expect(wrong).rejects.not.toThrow(/s3cr3t/);
});
