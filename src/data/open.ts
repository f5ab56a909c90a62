import { createHash } from 'node:crypto';
import { sha256File } from '../files.ts';
import type { DataSource } from '../policy/sources.ts';
import type { OpenedSource, OpenOptions, SourcePath } from './context.ts';
import type { Dataset } from './dataset.ts';
import { remarksOnScale } from './image/preprocess.ts';
import { remarksOnLabels } from './label-remarks.ts';
import { openArrays } from './sources/arrays.ts';
import { openAudio } from './sources/audio.ts';
import { openCommand } from './sources/command.ts';
import { openCsv } from './sources/csv.ts';
import { openImages } from './sources/images.ts';
import { openJsonl } from './sources/jsonl.ts';
import { storeFormat } from './store.ts';

export type { OpenOptions } from './context.ts';

/** A new kind of source is a row here, a variant of the schema, and a file with its test. */
const sources: Record<string, (source: never, options: OpenOptions) => Promise<OpenedSource>> = {
  images: openImages,
  arrays: openArrays,
  jsonl: openJsonl,
  csv: openCsv,
  audio: openAudio,
  command: openCommand,
};

/** Kinds that never give images; arrays are told one by one. */
const withoutImages = ['jsonl', 'csv', 'audio'];

/**
 * Opens a data source of the policy and checks whatever can be checked without decoding it: files exist and are what
 * they should be, labels fit them, names and shapes fit the model.
 *
 * @throws UserError naming the file, the row and the value that is wrong, and the cure
 */
export async function openDataset(source: DataSource, options: OpenOptions): Promise<Dataset> {
  const kind = Object.keys(sources).find((key) => key in source);
  if (kind === undefined) throw new Error(`no such data source: ${Object.keys(source).join(', ')}`);
  const opened = await sources[kind]!(source as never, options);
  if (options.preprocess && withoutImages.includes(kind)) {
    options.progress?.note(`${opened.description}: \`preprocess\` is for images, and nothing of it is done here`);
  }
  const { description, size, classes, files } = opened;
  const remarks = [
    ...remarksOnLabels(source, opened, options),
    ...(withoutImages.includes(kind) ? [] : remarksOnScale(options.preprocess)),
  ];
  return {
    description,
    size,
    ...(classes && { classes }),
    ...(remarks.length > 0 && { remarks }),
    samples: () => opened.samples(),
    cacheKey: () =>
      keyOf(files, [storeFormat, source, options.preprocess, options.task, options.inputs, options.classes]),
  };
}

/** sha256 over the settings and the names and bytes of the files, in their order. */
async function keyOf(files: readonly SourcePath[], settings: readonly unknown[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (const { path, name } of files) hash.update(JSON.stringify([name, await sha256File(path)]));
  return hash.digest('hex');
}
