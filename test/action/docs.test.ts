import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './runner.ts';

it('docs/action.md says what action.yml says', () => {
  const run = spawnSync(process.execPath, [join(root, 'scripts/action-docs.mjs'), '--check'], { encoding: 'utf8' });
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
});

it('every local link of the action’s pages leads to a file', () => {
  for (const name of ['action.md', 'security.md', 'troubleshooting.md']) {
    const text = readFileSync(join(root, 'docs', name), 'utf8');
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      expect(() => readFileSync(join(root, 'docs', target!)), `${name}: ${target}`).not.toThrow();
    }
  }
});
