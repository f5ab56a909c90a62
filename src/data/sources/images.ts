import { stat } from 'node:fs/promises';
import { UserError } from '../../errors.ts';
import { type BoxLabels, readCoco, readYolo } from '../boxes.ts';
import {
  extensionOf,
  listFiles,
  locate,
  type OpenedSource,
  type OpenOptions,
  type SourceOf,
  type SourcePath,
  selectRows,
  stemOf,
} from '../context.ts';
import type { Sample } from '../dataset.ts';
import type { DecodeTask } from '../decode.ts';
import { decodeAll } from '../decode-pool.ts';
import { singleInput } from '../fit.ts';
import { formatOf } from '../image/decode.ts';
import { fixedSize } from '../image/geometry.ts';
import { checkShape, planImage } from '../image/preprocess.ts';
import { readImageSize, readStart } from '../image/size.ts';
import { readClasses } from '../labels.ts';
import { below, pairLabels } from '../pairing.ts';
import { allFiles, forEachParallel, type LabelledFiles, labelledFiles } from './files.ts';

const imageExtensions: ReadonlySet<string> = new Set(['.jpg', '.jpeg', '.png', '.webp', '.bmp']);
const maskExtensions: ReadonlySet<string> = new Set(['.png', '.bmp', '.webp']);

interface LabelledImages extends LabelledFiles {
  masks?: SourcePath[];
}

/** Opens a folder of images. @throws UserError naming the file that does not fit */
export async function openImages(source: SourceOf<'images'>, options: OpenOptions): Promise<OpenedSource> {
  const plan = planImage(options.preprocess, singleInput(options.inputs, 'Images'));
  const folder = await locate(options, 'images', source.images, 'folder');
  const found = await findLabelled(source, folder, options);
  const { from, to } = selectRows(source, found.files.length, source.images);
  const files = found.files.slice(from, to);
  const labels = found.labels?.slice(from, to);
  const masks = found.masks?.slice(from, to);
  // The first bytes tell a Git LFS pointer or a renamed file before hours of work, without decoding.
  await forEachParallel(files, async (file) => void formatOf(await readStart(file, 64), file.name));
  const first = files[0]!;
  const size = await readImageSize(first);
  if (!fixedSize(plan.preprocess) && plan.preprocess.resize === undefined) {
    checkShape(plan, size.width, size.height, `${first.name} (${size.width} x ${size.height})`);
  }
  const tasks = files.map((file, index): DecodeTask => ({ ...file, ...(masks && { mask: masks[index]! }) }));
  return {
    description: `${source.images} (${files.length} images)`,
    size: files.length,
    files: [...files, ...(masks ?? []), ...found.labelFiles],
    ...(labels && { labels }),
    ...(found.labels && { allLabels: found.labels }),
    ...(found.classes && { classes: found.classes }),
    async *samples(): AsyncGenerator<Sample> {
      let index = 0;
      for await (const { tensor, mask } of decodeAll({ kind: 'image', plan }, tasks, options)) {
        const label = mask ? ({ kind: 'tensor', tensor: mask } as const) : labels?.[index];
        yield { id: files[index]!.name, inputs: { [plan.input]: tensor }, ...(label && { label }) };
        index++;
      }
    },
  };
}

/** Which form of labels a source has follows from what `labels` is, not from an option. */
async function findLabelled(
  source: SourceOf<'images'>,
  folder: SourcePath,
  options: OpenOptions,
): Promise<LabelledImages> {
  const files = {
    folder,
    extensions: imageExtensions,
    what: 'images',
    labels: source.labels,
    labelColumn: source['label-column'],
    classes: source.classes,
  };
  if (source.labels === undefined) return labelledFiles(options, files);
  const labels = await locate(options, 'labels', source.labels);
  const isFolder = (await stat(labels.path)).isDirectory();
  if (!isFolder && extensionOf(labels.name) !== '.json') return labelledFiles(options, files);
  const images = await allFiles(options, files);
  const classes = await readClasses(options, source.classes);
  const classFiles = source.classes === undefined ? [] : [await locate(options, 'classes', source.classes, 'file')];
  if (isFolder && options.task === 'segmentation') {
    const masks = await findMasks(options, labels, folder, images);
    return { files: images, masks, labelFiles: classFiles, ...(classes && { classes }) };
  }
  const boxes: BoxLabels = isFolder
    ? await readYolo(options, labels, folder, images, classes)
    : await readCoco(labels, folder, images, classes);
  const kept = images.filter((_, index) => boxes.labels[index] !== undefined);
  if (kept.length < images.length) {
    options.progress?.note(
      `${images.length - kept.length} images of ${folder.name} are not in ${labels.name} and are left out`,
    );
  }
  return {
    files: kept,
    labels: boxes.labels.filter((label) => label !== undefined),
    labelFiles: [...boxes.files, ...classFiles],
    ...(boxes.classes && { classes: boxes.classes }),
  };
}

/** A mask has its image's name; `pairLabels` says which it is where several have. */
async function findMasks(
  options: OpenOptions,
  maskFolder: SourcePath,
  folder: SourcePath,
  images: readonly SourcePath[],
): Promise<SourcePath[]> {
  const masks = await listFiles(options, maskFolder, maskExtensions);
  const pairs = pairLabels(
    images.map((image) => below(folder, image)),
    masks.map((mask) => below(maskFolder, mask)),
  );
  const missing = images.filter((_, index) => pairs[index] === undefined);
  if (missing.length > 0) {
    throw new UserError(
      `${missing.length} of ${images.length} images have no mask in ${maskFolder.name}, the first is ${missing[0]?.name}: ` +
        `a mask is named as its image, ${stemOf(missing[0]!.name)}.png.`,
    );
  }
  return pairs.map((at) => masks[at!]!);
}
