import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { pathProblem, UserError } from '../errors.ts';
import { isInside, sha256File } from '../files.ts';
import { joinReports, withoutChance } from '../report/join.ts';
import type { MarkdownOptions } from '../report/markdown.ts';
import { parseReport } from '../report/parse.ts';
import type { Report } from '../report/schema.ts';
import { type Manifest, type ManifestFile, parseManifest } from './manifest.ts';
import { type OutputVariant, type WrittenOutput, writeOutput } from './write-output.ts';

/** The output of one run, as found in a folder. */
export interface FoundOutput {
  folder: string;
  report: Report;
  /** Absent where only report.json was handed over. */
  manifest?: Manifest;
}

/**
 * Joins the outputs of several runs (the shards of a matrix) into one folder, and renders everything again; one folder
 * is rendered again as it is. Models come along where the folders hold them, checked against their manifests.
 *
 * @param folders each an output folder, or a folder of such folders (as actions/download-artifact leaves them)
 * @throws UserError where a folder has no report, reports do not belong together, or a file is not what its manifest says
 */
export async function joinOutputs(
  folders: readonly string[],
  outDir: string,
  options: { version: string; comment?: MarkdownOptions },
): Promise<WrittenOutput> {
  const found = (await findOutputs(folders)).map((output) => ({ ...output, from: output.folder }));
  const parts = withoutChance(found);
  const report = joinReports(parts);
  const variants = new Map<string, OutputVariant>();
  for (const [index, part] of parts.entries()) {
    // Its manifest lists also what the joined report has of another part.
    for (const variant of await modelFiles(found[index]!)) {
      if (!holds(part.report, variant)) continue;
      const key = JSON.stringify([variant.model, variant.id]);
      // FP32 is in every part; the joined report keeps the first one's.
      if (!variants.has(key)) variants.set(key, variant);
    }
  }
  return writeOutput(outDir, { report, variants: [...variants.values()], ...options });
}

const holds = ({ models }: Report, { model, id }: OutputVariant): boolean =>
  models.some(({ name, fp32, variants }) => name === model && [fp32, ...variants].some((each) => each.id === id));

/** Every output in these folders, in the order given, then by name. */
async function findOutputs(folders: readonly string[]): Promise<FoundOutput[]> {
  const found: FoundOutput[] = [];
  for (const folder of folders) {
    const own = await readOutput(folder);
    if (own) {
      found.push(own);
      continue;
    }
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => {
      throw new UserError(`${folder} cannot be read: ${pathProblem(error) ?? error.message}`, { cause: error });
    });
    const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
    const inside = await Promise.all(names.sort().map((name) => readOutput(join(folder, name))));
    const outputs = inside.filter((each) => each !== undefined);
    if (outputs.length === 0) {
      throw new UserError(`${folder} holds no report.json; name the folder that \`quant-gate run --out\` wrote`);
    }
    if (outputs.length < inside.length) {
      const without = join(folder, names[inside.indexOf(undefined)]!);
      throw new UserError(
        `${without} holds no report.json, as a run that did not come to its end leaves it; run it again, or remove the folder`,
      );
    }
    found.push(...outputs);
  }
  return found;
}

async function readOutput(folder: string): Promise<FoundOutput | undefined> {
  const reportPath = join(folder, 'report.json');
  const text = await readIfPresent(reportPath);
  if (text === undefined) return undefined;
  const report = parseReport(text, reportPath);
  const manifestPath = join(folder, 'manifest.json');
  const manifestText = await readIfPresent(manifestPath);
  return { folder, report, ...(manifestText !== undefined && { manifest: parseManifest(manifestText, manifestPath) }) };
}

async function readIfPresent(path: string): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) return undefined;
  if (info.size > 64 * 2 ** 20) throw new UserError(`${path} has ${info.size} bytes, too many to be of Quant Gate`);
  return readFile(path, 'utf8');
}

/** The model files of one output that are there, each checked against the manifest. */
async function modelFiles({ folder, report, manifest }: FoundOutput): Promise<OutputVariant[]> {
  const variants: OutputVariant[] = [];
  for (const file of manifest?.files ?? []) {
    if (file.kind !== 'model') continue;
    const path = await verified(folder, file);
    if (path === undefined) continue;
    const model = report.models.find(({ name }) => name === file.model);
    const entry = model && [model.fp32, ...model.variants].find(({ file: place }) => place === file.path);
    if (!model || !entry) throw new UserError(`${folder}: the manifest lists ${file.path}, which the report does not`);
    const external: string[] = [];
    for (const each of manifest!.files) {
      if (each.kind !== 'external-data' || each.model !== file.model || each.variant !== file.variant) continue;
      const data = await verified(folder, each);
      if (data === undefined) throw new UserError(`${join(folder, each.path)} is missing; ${file.path} needs it`);
      external.push(relative(dirname(path), data).split(sep).join('/'));
    }
    variants.push({ model: model.name, id: entry.id, path, external });
  }
  return variants;
}

/** The file's path where it is there and is what the manifest says; undefined where it was not handed over. */
async function verified(folder: string, { path, sha256, bytes }: ManifestFile): Promise<string | undefined> {
  const root = await realpath(folder);
  const place = join(root, ...path.split('/'));
  const info = await lstat(place).catch(() => undefined);
  if (!info) return undefined;
  if (!info.isFile() || !isInside(root, await realpath(place))) {
    throw new UserError(`${place} is not a regular file inside ${folder}`);
  }
  if (info.size !== bytes || (await sha256File(place)) !== sha256) {
    throw new UserError(`${place} is not the file that the manifest lists: its size or SHA-256 differs`);
  }
  return place;
}
