import * as z from 'zod';
import { UserError } from '../errors.ts';
import { listFiles, type OpenOptions, readText, type SourcePath, slashes, stemOf } from './context.ts';
import type { Box, Label } from './dataset.ts';
import { nearestText } from './fit.ts';
import { readImageSize } from './image/size.ts';
import { below, pairLabels } from './pairing.ts';
import { forEachParallel } from './sources/files.ts';

export interface BoxLabels {
  /** One an image; undefined where the labels do not know the image. */
  labels: readonly (Label | undefined)[];
  classes?: readonly string[];
  files: readonly SourcePath[];
}

/**
 * YOLO labels: a text file an image, a line an object, `class cx cy w h` as fractions of the image. An image without a
 * file has no objects. `pairLabels` says which file is an image's.
 *
 * @throws UserError naming file and line, or where no label file belongs to an image
 */
export async function readYolo(
  options: OpenOptions,
  folder: SourcePath,
  imageFolder: SourcePath,
  images: readonly SourcePath[],
  classes: readonly string[] | undefined,
): Promise<BoxLabels> {
  const files = await listFiles(options, folder, new Set(['.txt']));
  const pairs = pairLabels(
    images.map((image) => below(imageFolder, image)),
    files.map((file) => below(folder, file)),
  );
  const used = new Set(pairs);
  if (pairs.every((at) => at === undefined)) {
    throw new UserError(
      `${folder.name} has no label for any of the ${images.length} images; a label is named as its image, ` +
        `${stemOf(images[0]!.name)}.txt, with lines "class cx cy width height" (fractions of the image).`,
    );
  }
  const orphan = files.find(({ name }, at) => !used.has(at) && stemOf(name) !== 'classes');
  if (orphan)
    throw new UserError(`${orphan.name} belongs to no image: there is no "${stemOf(orphan.name)}" among the images.`);
  const labels: Label[] = new Array(images.length);
  await forEachParallel(images, async (image, index) => {
    const { width, height } = await readImageSize(image);
    const at = pairs[index];
    const file = at === undefined ? undefined : files[at];
    const lines = file ? (await readText(file)).split(/\r?\n/) : [];
    const boxes = lines.flatMap((line, at) =>
      line.trim() === '' ? [] : [yoloBox(line, `${file?.name}:${at + 1}`, width, height, classes)],
    );
    labels[index] = { kind: 'boxes', boxes, width, height };
  });
  return { labels, files, ...(classes && { classes }) };
}

function yoloBox(
  line: string,
  where: string,
  width: number,
  height: number,
  classes: readonly string[] | undefined,
): Box {
  const numbers = line.trim().split(/\s+/).map(Number);
  const [classIndex = -1, cx = 0, cy = 0, w = 0, h = 0] = numbers;
  // A sixth column is a prediction's confidence.
  if ((numbers.length !== 5 && numbers.length !== 6) || numbers.some((value) => !Number.isFinite(value))) {
    throw new UserError(`${where}: "${line.trim()}" is not "class cx cy width height".`);
  }
  if (!Number.isInteger(classIndex) || classIndex < 0 || (classes && classIndex >= classes.length)) {
    throw new UserError(
      `${where}: ${classIndex} is not a class${classes ? `; \`classes\` lists ${classes.length}` : ''}.`,
    );
  }
  if (w < 0 || h < 0) throw new UserError(`${where}: the box has a negative size, ${w} x ${h}.`);
  const slack = 0.01;
  if (
    [cx - w / 2, cy - h / 2].some((low) => low < -slack) ||
    [cx + w / 2, cy + h / 2].some((high) => high > 1 + slack)
  ) {
    throw new UserError(
      `${where}: the box lies outside of the image; cx cy width height are fractions from 0 to 1, not pixels.`,
    );
  }
  return {
    classIndex,
    x0: (cx - w / 2) * width,
    y0: (cy - h / 2) * height,
    x1: (cx + w / 2) * width,
    y1: (cy + h / 2) * height,
  };
}

const cocoSchema = z.object({
  images: z.array(z.object({ id: z.number(), file_name: z.string(), width: z.number(), height: z.number() })),
  annotations: z.array(
    z.object({
      image_id: z.number(),
      category_id: z.number(),
      bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]),
      iscrowd: z.union([z.number(), z.boolean()]).optional(),
    }),
  ),
  categories: z.array(z.object({ id: z.number(), name: z.string() })),
});

/**
 * COCO instances: boxes [x, y, width, height] in pixels. Without a `classes` file the class index is the category's
 * place in the order of ids (80 classes from COCO's ids 1 to 90). An entry's `file_name` is relative to the folder of
 * images; `pairLabels` says what else may be. The sizes of images are those of the files as they are seen.
 *
 * @throws UserError naming the file and the entry or the image that is wrong
 * Source: https://cocodataset.org/#format-data
 */
export async function readCoco(
  file: SourcePath,
  folder: SourcePath,
  images: readonly SourcePath[],
  classes: readonly string[] | undefined,
): Promise<BoxLabels> {
  let json: unknown;
  try {
    json = JSON.parse(await readText(file));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file.name} is not JSON: ${(error as Error).message}.`, { cause: error });
  }
  const parsed = cocoSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new UserError(`${file.name} is not a COCO instances file: ${issue.path.join('.')}: ${issue.message}.`);
  }
  const { data } = parsed;
  const categories = [...data.categories].sort((one, other) => one.id - other.id);
  const names = classes ?? categories.map(({ name }) => name);
  const indexOf = new Map<number, number>();
  for (const { id, name } of categories) {
    const index = names.indexOf(name);
    if (index < 0)
      throw new UserError(
        `${file.name}: category "${name}" is not in \`classes\`; ${nearestText(name, names, 'classes are')}`,
      );
    indexOf.set(id, index);
  }
  const boxesOf = new Map<number, Box[]>(data.images.map(({ id }) => [id, []]));
  for (const [at, { image_id, category_id, bbox, iscrowd }] of data.annotations.entries()) {
    const boxes = boxesOf.get(image_id);
    const classIndex = indexOf.get(category_id);
    if (!boxes)
      throw new UserError(`${file.name}: annotations[${at}] is of image ${image_id}, which is not in \`images\`.`);
    if (classIndex === undefined)
      throw new UserError(
        `${file.name}: annotations[${at}] has category ${category_id}, which is not in \`categories\`.`,
      );
    const [x, y, width, height] = bbox;
    if (width < 0 || height < 0)
      throw new UserError(`${file.name}: annotations[${at}] has a box of negative size, ${width} x ${height}.`);
    boxes.push({ classIndex, x0: x, y0: y, x1: x + width, y1: y + height, ...(iscrowd && { crowd: true }) });
  }
  const pairs = pairLabels(
    images.map((image) => below(folder, image)),
    data.images.map(({ id, file_name }) => ({
      path: slashes(file_name),
      name: `"${file_name}" (id ${id} of ${file.name})`,
    })),
  );
  const labels: (Label | undefined)[] = new Array(images.length).fill(undefined);
  await forEachParallel(images, async (image, index) => {
    const at = pairs[index];
    if (at === undefined) return;
    const { id, width, height } = data.images[at]!;
    const seen = await readImageSize(image);
    if (seen.width !== width || seen.height !== height) {
      throw new UserError(
        `${image.name} is ${seen.width} x ${seen.height} pixels, turned as its EXIF orientation says, and ${file.name} has ${width} x ${height} ` +
          'for it; boxes count pixels of the image as it is.',
      );
    }
    labels[index] = { kind: 'boxes', boxes: boxesOf.get(id)!, width, height };
  });
  if (labels.every((label) => label === undefined))
    throw new UserError(
      `${file.name} knows none of the ${images.length} images of ${folder.name}, for instance ${images[0]?.name}.`,
    );
  return { labels, classes: names, files: [file] };
}
