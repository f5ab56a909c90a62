import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { getInput, info, setOutput } from '@actions/core';
import { type ManifestFile, parseManifest } from '../bundle/manifest.ts';
import { UserError } from '../errors.ts';
import { sha256File, writeAtomic } from '../files.ts';
import { connect, publish } from '../github/client.ts';
import { type RunContext, readContext } from '../github/event.ts';
import { judgeTrust } from '../github/guard.ts';
import { provenanceFile, publishRelease, type ReleaseAsset } from '../github/release.ts';
import { orFail } from './fail.ts';
import { oneOf } from './inputs.ts';
import { temporaryFolder } from './temporary.ts';

/** publish/action.yml: the variants that passed, a manifest and a provenance file, as assets of a release. */
process.exitCode = await orFail(async () => {
  const context = readContext(process.env);
  refuseStrangers(context);
  const bundle = readBundle(context);
  const manifestPath = join(bundle, 'manifest.json');
  const manifest = parseManifest(await fromBundle(manifestPath, () => readFile(manifestPath, 'utf8')), manifestPath);
  const { publish: wish } = manifest.policy;
  const variants = oneOf('variants', getInput('variants') || wish?.variants || 'passing', ['passing', 'all']);
  if (wish?.to === 'none') {
    info('nothing is published: the policy says `publish: { to: none }`');
    return 0;
  }
  const wanted = manifest.files.filter(
    ({ kind, level, verdict }) => kind === 'model' && (level === 0 || verdict === 'pass' || variants === 'all'),
  );
  const assets: ReleaseAsset[] = [];
  const subjects: { name: string; sha256: string; model?: string; variant?: string }[] = [];
  for (const file of wanted) {
    refuseExternalData(file, manifest.files);
    const path = join(bundle, file.path);
    if ((await fromBundle(path, () => sha256File(path))) !== file.sha256) {
      throw new UserError(`${path} is not the file that the manifest lists: its SHA-256 differs`);
    }
    const name = `${file.model}-${file.variant}.onnx`;
    assets.push({ name, path });
    subjects.push({
      name,
      sha256: file.sha256,
      ...(file.model && { model: file.model }),
      ...(file.variant && { variant: file.variant }),
    });
  }
  const folder = await temporaryFolder();
  const provenance = join(folder, provenanceFile);
  await writeAtomic(provenance, `${JSON.stringify(provenanceOf(context, manifest, subjects), null, 2)}\n`);
  assets.push(
    { name: 'manifest.json', path: manifestPath, record: true },
    { name: provenanceFile, path: provenance, record: true },
  );

  const tag = getInput('tag') || pushedTag() || `quant-gate-${context.headSha.slice(0, 12)}`;
  const done = await publish('The release', 'contents: write', () =>
    publishRelease(connect(getInput('github-token')), {
      ...context,
      tag,
      sha: context.headSha,
      body: `Models of ${context.headSha}, quantized and measured by Quant Gate: ${context.runUrl}`,
      prerelease: pushedTag() === undefined,
      assets,
    }),
  );
  // Here publishing is the task itself.
  if (!done.published) throw new UserError(done.notice);
  const { url, uploaded, kept, removed, draft } = done.value;
  const gone = removed.length > 0 ? `, ${removed.length} removed (${removed.join(', ')})` : '';
  info(`${url}: ${uploaded.length} uploaded, ${kept.length} unchanged${gone}`);
  if (draft) info('the release was your draft and stays one: publish it on GitHub');
  setOutput('release', url);
  setOutput('assets', assets.map(({ name }) => name).join('\n'));
  return 0;
});

/** A pull request publishes nothing, whoever's it is: it is not merged. Nor does a run that follows one's. */
function refuseStrangers(context: RunContext): void {
  const before = context.event.workflow_run?.event;
  const follows = before?.startsWith('pull_request') ?? false;
  if (!context.pullRequest && !follows && judgeTrust(context).trusted) return;
  const event = `${context.eventName} event${follows ? ` that follows a ${before}` : ''}`;
  throw new UserError(`nothing is published from a ${event}; use push, a tag or workflow_dispatch`);
}

function readBundle({ workspace }: RunContext): string {
  const bundle = getInput('bundle');
  if (bundle) return resolve(workspace, bundle);
  throw new UserError(
    'input bundle is empty: give it the output `bundle` of the gate, which is empty where the gate came to no verdict',
  );
}

/** @throws UserError where the file is not there */
async function fromBundle<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new UserError(
      `${path} cannot be read (${(error as Error).message}); the input bundle names the folder of the gate's output \`bundle\``,
      { cause: error },
    );
  }
}

function refuseExternalData(file: ManifestFile, files: readonly ManifestFile[]): void {
  const data = files.find(
    ({ kind, model, variant }) => kind === 'external-data' && model === file.model && variant === file.variant,
  );
  if (!data) return;
  throw new UserError(
    `${file.path} keeps its weights in ${data.path}; a release has no folders, so such a model is published as the ` +
      'artifact, or with a step of your own from the output `bundle`',
  );
}

function pushedTag(): string | undefined {
  return process.env['GITHUB_REF_TYPE'] === 'tag' ? process.env['GITHUB_REF_NAME'] : undefined;
}

/** Where the files come from. The manifest has what was measured. */
function provenanceOf(
  context: RunContext,
  { policy, versions, verdict }: ReturnType<typeof parseManifest>,
  files: readonly object[],
) {
  return {
    provenanceVersion: 1,
    repository: `${context.owner}/${context.repo}`,
    commit: context.headSha,
    ref: process.env['GITHUB_REF'] ?? '',
    workflow: process.env['GITHUB_WORKFLOW_REF'] ?? '',
    run: context.runUrl,
    verdict,
    policy,
    versions,
    files,
  };
}
