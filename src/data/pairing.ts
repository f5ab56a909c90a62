import { UserError } from '../errors.ts';
import { groupBy } from '../groups.ts';
import { listed } from '../words.ts';
import { type SourcePath, slashes, stemOf } from './context.ts';

/** An image or what labels it: where it lies below its folder, and how messages name it. */
export interface PairedName {
  /** Relative to the folder, with `/`. */
  path: string;
  name: string;
}

/** A file as it lies below its folder. */
export function below(folder: SourcePath, { path, name }: SourcePath): PairedName {
  return { path: slashes(path).slice(slashes(folder.path).length + 1), name };
}

/** What an image and its label have in common, from the surest to the least sure. */
const keys: readonly ((path: string) => string)[] = [
  (path) => path,
  (path) => path.replace(/\.[^./]+$/, ''),
  (path) => stemOf(path),
];

/**
 * Which label belongs to which image: the one at the same path below its folder, else the same path with another
 * extension, else the one of the same name in any subfolder, where only one image and one label have that name.
 *
 * @returns the place of each image's label; undefined where an image has none
 * @throws UserError naming images and labels of one name that cannot be told apart
 */
export function pairLabels(
  images: readonly PairedName[],
  labels: readonly PairedName[],
): readonly (number | undefined)[] {
  const found = new Array<number | undefined>(images.length).fill(undefined);
  const taken = new Set<number>();
  for (const keyOf of keys) {
    const imagesOf = groupBy(images.keys(), (index) => keyOf(images[index]!.path));
    const free = [...labels.keys()].filter((index) => !taken.has(index));
    const labelsOf = groupBy(free, (index) => keyOf(labels[index]!.path));
    for (const [index, { path }] of images.entries()) {
      if (found[index] !== undefined) continue;
      const same = imagesOf.get(keyOf(path))!;
      const candidates = labelsOf.get(keyOf(path)) ?? [];
      if (candidates.length === 0) continue;
      if (same.length > 1 || candidates.length > 1) {
        throw new UserError(
          `${names(same.map((each) => images[each]!))} may belong to ${names(candidates.map((each) => labels[each]!))}, ` +
            'and nothing tells which to which; a label has the name of its image and lies in the same subfolder.',
        );
      }
      found[index] = candidates[0];
      taken.add(candidates[0]!);
    }
  }
  return found;
}

/** The first few. */
function names(items: readonly PairedName[]): string {
  const most = 3;
  const shown = items.slice(0, most).map(({ name }) => name);
  return listed(items.length > most ? [...shown, `${items.length - most} more`] : shown);
}
