import { lstat, mkdir, readFile, realpath, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDiskFull, UserError } from '../errors.ts';
import {
  copyAtomic,
  isInside,
  isSafePath,
  realpathOfExisting,
  removeStale,
  replaceFile,
  sha256,
  sha256File,
  temporaryPath,
  writeAtomic,
} from '../files.ts';
import { renderHtml } from '../report/html.ts';
import { type MarkdownOptions, renderMarkdown } from '../report/markdown.ts';
import { type ModelReport, type Report, reportSchema, type VariantReport } from '../report/schema.ts';
import { type Manifest, type ManifestFile, readManifest } from './manifest.ts';

/** A model file that goes into the bundle. */
export interface OutputVariant {
  /** The model's name in the report. */
  model: string;
  /** The variant's id in the report; `fp32` for the baseline. */
  id: string;
  /** Where the ONNX file is now. */
  path: string;
  /** Its external data, relative to the folder of `path`, spelled as the model spells it. */
  external?: readonly string[];
}

export interface OutputContents {
  report: Report;
  variants: readonly OutputVariant[];
  /** The version of Quant Gate. */
  version: string;
  comment?: MarkdownOptions;
}

export interface WrittenOutput {
  /** The report as written: `file`, `sha256` and `bytes` of each variant are those of the bundle. */
  report: Report;
  manifest: Manifest;
}

/**
 * Writes the output folder: report.json, report.html, comment.md, models/ and, last, manifest.json.
 *
 * Everything is prepared in a temporary folder inside `outDir` and then renamed into place, so that each file is whole
 * or not there. While files are replaced the manifest says `complete: false`; a run that is killed meanwhile leaves a
 * folder that no reader takes for a result and that the next run can tell as ours. Files that an earlier manifest
 * lists and this run does not write are removed; nothing else is ever removed or overwritten.
 *
 * @throws UserError where a file that is not ours stands in the way, or a symlink leads out of the folder
 */
export async function writeOutput(outDir: string, contents: OutputContents): Promise<WrittenOutput> {
  try {
    await mkdir(outDir, { recursive: true });
    const root = await realpath(outDir);
    await removeStale(root);
    const earlier = await earlierManifest(root);
    const staging = temporaryPath(join(root, 'output'));
    await mkdir(staging);
    try {
      const written = await stage(staging, contents);
      await checkPlaces(
        root,
        written.manifest.files.map(({ path }) => path),
        earlier,
      );
      await replace(root, staging, written.manifest, earlier);
      return written;
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  } catch (error) {
    throw asOutputError(outDir, error);
  }
}

/**
 * Finds out whether an output can be written, before the work that it is the result of. Touches nothing.
 *
 * @param models the models by name, each with the ids of its variants and the places of its external data
 * @throws UserError as writeOutput
 */
export async function checkOutput(
  outDir: string,
  models: readonly { name: string; ids: readonly string[]; external: readonly string[] }[],
): Promise<void> {
  const texts = ['report.json', 'report.html', 'comment.md'];
  const paths = models.flatMap(({ name, ids, external }) => [
    ...ids.map((id) => variantPath(name, id)),
    ...external.map((location) => externalPath(name, location)),
  ]);
  try {
    const root = await realpath(outDir);
    await checkPlaces(root, [...texts, ...paths], await earlierManifest(root));
  } catch (error) {
    // A folder that is not there holds nothing that could be in the way.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw asOutputError(outDir, error);
  }
}

/** What keeps an output from being written as the user's mistake; other errors as they are. */
export function asOutputError(outDir: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  const theirs = ['EACCES', 'EPERM', 'EROFS', 'EEXIST', 'ENOTDIR', 'EISDIR'].includes(code ?? '');
  if (!theirs && !isDiskFull(error)) return error;
  return new UserError(`cannot write to the output folder ${outDir}: ${message}; name another with --out`, {
    cause: error,
  });
}

/** Where a variant's file lies, relative to the output folder. */
function variantPath(model: string, id: string): string {
  return `models/${model}/${id}.onnx`;
}

/** @throws UserError where the data would lie elsewhere than beside the model */
function externalPath(model: string, location: string): string {
  const path = `models/${model}/${location}`;
  if (isSafePath(path)) return path;
  throw new UserError(`the external data ${JSON.stringify(location)} of ${model} does not lie beside the model`);
}

// ---- making the files ----

async function stage(
  staging: string,
  { report: draft, variants, version, comment }: OutputContents,
): Promise<WrittenOutput> {
  const files: ManifestFile[] = [];
  const report = structuredClone(draft);
  for (const { model, id, path, external = [] } of variants) {
    const owner = report.models.find(({ name }) => name === model);
    const entry = owner && [owner.fp32, ...owner.variants].find((each) => each.id === id);
    if (!owner || !entry) throw new Error(`the report has no variant ${model}/${id}`);
    files.push(...(await stageVariant(staging, owner, entry, path, external)));
  }
  files.push(
    await stageText(staging, 'report.json', 'report', serialiseReport(report)),
    await stageText(staging, 'report.html', 'page', renderHtml(report)),
    await stageText(staging, 'comment.md', 'comment', renderMarkdown(report, comment)),
  );
  const { path, sha256: digest, publish: published } = report.policy;
  const manifest: Manifest = {
    manifestVersion: 1,
    complete: true,
    createdAt: report.startedAt,
    verdict: report.verdict,
    policy: { path, sha256: digest, ...(published && { publish: published }) },
    versions: { quantGate: version, node: report.machine.node, onnxruntime: report.machine.onnxruntime },
    files,
  };
  return { report, manifest };
}

/**
 * report.json as text.
 *
 * @throws Error for a report that its own schema refuses: NaN and infinities would turn into null in JSON and read as
 *   something else
 */
export function serialiseReport(report: Report): string {
  const result = reportSchema.safeParse(report);
  if (!result.success) {
    const wrong = result.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`the report is not well-formed: ${wrong.join('; ')}`);
  }
  return `${JSON.stringify(report, null, 2)}\n`;
}

async function stageVariant(
  staging: string,
  model: ModelReport,
  entry: VariantReport,
  from: string,
  external: readonly string[],
): Promise<ManifestFile[]> {
  const path = variantPath(model.name, entry.id);
  if (!isSafePath(path)) throw new Error(`${path} is no path for a file of the output`);
  const about = {
    model: model.name,
    variant: entry.id,
    level: entry.level,
    method: entry.method,
    target: entry.target,
    verdict: entry.verdict,
  };
  const files: ManifestFile[] = [await stageCopy(staging, path, from, { kind: 'model', ...about })];
  for (const location of external) {
    const place = externalPath(model.name, location);
    files.push(await stageCopy(staging, place, join(dirname(from), location), { kind: 'external-data', ...about }));
  }
  entry.file = path;
  entry.sha256 = files[0]!.sha256;
  entry.bytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return files;
}

async function stageCopy(
  staging: string,
  path: string,
  from: string,
  about: Omit<ManifestFile, 'path' | 'sha256' | 'bytes'>,
): Promise<ManifestFile> {
  const to = join(staging, ...path.split('/'));
  if (await exists(to)) throw new Error(`two files of the output are called ${path}`);
  await copyAtomic(from, to);
  return { path, sha256: await sha256File(to), bytes: (await stat(to)).size, ...about };
}

async function stageText(
  staging: string,
  path: string,
  kind: ManifestFile['kind'],
  text: string,
): Promise<ManifestFile> {
  await writeAtomic(join(staging, path), text);
  return { path, sha256: sha256(text), bytes: Buffer.byteLength(text), kind };
}

// ---- putting them in place ----

async function earlierManifest(root: string): Promise<Manifest | undefined> {
  const path = join(root, 'manifest.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return readManifest(text, path);
  } catch (error) {
    throw new UserError(`${(error as Error).message}. It is not ours to replace: choose another --out, or remove it`);
  }
}

/** Refuses before anything is touched: every file that would be overwritten must be one that an earlier run wrote. */
async function checkPlaces(root: string, paths: readonly string[], earlier: Manifest | undefined): Promise<void> {
  const ours = new Set(earlier?.files.map(({ path }) => path));
  const inTheWay = (place: string) =>
    new UserError(`${place} is in the way: no earlier run of Quant Gate wrote it; choose another --out, or remove it`);
  for (const path of paths) {
    const parts = path.split('/');
    const place = join(root, ...parts);
    for (const at of parts.slice(1).keys()) {
      const folder = join(root, ...parts.slice(0, at + 1));
      const found = await stat(folder).catch(() => undefined);
      if (found && !found.isDirectory()) throw inTheWay(folder);
    }
    if (!isInside(root, await realpathOfExisting(dirname(place)))) {
      throw new UserError(
        `${dirname(place)} is a symlink that leads out of ${root}; remove it, or choose another --out`,
      );
    }
    const found = await lstat(place).catch(() => undefined);
    if (!found) continue;
    if (!ours.has(path) || found.isDirectory()) throw inTheWay(place);
  }
}

async function replace(
  root: string,
  staging: string,
  manifest: Manifest,
  earlier: Manifest | undefined,
): Promise<void> {
  const place = join(root, 'manifest.json');
  const paths = new Set(manifest.files.map(({ path }) => path));
  const stale = (earlier?.files ?? []).filter(({ path }) => !paths.has(path));
  await writeAtomic(place, text({ ...manifest, complete: false, files: [...manifest.files, ...stale] }));
  for (const file of stale) await removeStaleFile(root, file);
  for (const path of paths) {
    const to = join(root, ...path.split('/'));
    await mkdir(dirname(to), { recursive: true });
    await replaceFile(join(staging, ...path.split('/')), to);
  }
  await writeAtomic(place, text(manifest));
}

/** Removes a file that an earlier run wrote, unless someone has changed it since, and folders that this empties. */
async function removeStaleFile(root: string, { path, bytes, sha256: digest }: ManifestFile): Promise<void> {
  const place = join(root, ...path.split('/'));
  const found = await lstat(place).catch(() => undefined);
  if (!found?.isFile() || found.size !== bytes) return;
  if (!isInside(root, await realpath(dirname(place))) || (await sha256File(place)) !== digest) return;
  await rm(place);
  for (let folder = dirname(place); folder !== root; folder = dirname(folder)) {
    const removed = await rmdir(folder).then(
      () => true,
      () => false, // not empty
    );
    if (!removed) return;
  }
}

function text(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
