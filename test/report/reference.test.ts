import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parsePolicy } from '../../src/policy/load.ts';
import { generatedFiles } from '../../src/report/reference.ts';

test.each(Object.entries(generatedFiles()))('%s is what `npm run generate` writes', async (path, text) => {
  const current = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
  expect(current === text, `${path} is not current: run \`npm run generate\``).toBe(true);
});

test('the JSON Schema closes every map of the policy and keeps the descriptions', () => {
  const schema = JSON.parse(generatedFiles()['schema/quant.schema.json']!);
  expect(schema.additionalProperties).toBe(false);
  expect(schema.properties.models.items.additionalProperties).toBe(false);
  expect(
    schema.properties.levels.properties['2'].properties.limits.properties.size.properties['max-ratio'],
  ).toMatchObject({
    type: 'number',
    description: expect.stringContaining('INT8 bytes over FP32 bytes'),
  });
  expect(schema.required).toEqual(['version', 'models']);
});

test('the example on the reference page is a policy', () => {
  const example = /```yaml\n([\s\S]*?)```/.exec(generatedFiles()['docs/policy.md']!)![1]!;
  expect(parse(example).version).toBe(1);
  expect(() => parsePolicy(example, { path: 'quant.yml', folder: '/r', root: '/r' })).not.toThrow();
});
