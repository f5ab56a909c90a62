import type { DataSource } from '../policy/sources.ts';
import { counted } from '../words.ts';
import type { OpenedSource, OpenOptions } from './context.ts';
import type { Label } from './dataset.ts';

/** Names that are shown; a list of a thousand says no more. */
const most = 5;

/** What a user should know of how labels were read, a sentence or two each. */
export function remarksOnLabels(source: DataSource, opened: OpenedSource, options: OpenOptions): string[] {
  return [...remarkOnOrder(source, opened, options), ...remarkOnCut(opened)];
}

/** Folders count in the order of their names everywhere; labels that are names have an order of the model's own. */
function remarkOnOrder(source: DataSource, { description, classes }: OpenedSource, options: OpenOptions): string[] {
  const named = 'label' in source || ('labels' in source && source.labels !== undefined);
  const given = options.classes !== undefined || ('classes' in source && source.classes !== undefined);
  // Without an output nothing is held against the labels.
  if (!options.output || !classes || !named || given || options.task === 'detection' || options.task === 'segmentation')
    return [];
  const shown = classes.slice(0, most).map((name, index) => `${name} ${index}`);
  const rest = classes.length > most ? ', ...' : '';
  const cure = 'images' in source || 'audio' in source ? '`classes` lists another order' : 'label with class numbers';
  return [
    `The labels of ${description} are names, and count in the order of the alphabet: ${shown.join(', ')}${rest}. ` +
      `Where the model's outputs have another order, ${cure}.`,
  ];
}

/** Class folders, and files that were written class by class, begin with one class alone. */
function remarkOnCut({ description, labels, allLabels, size }: OpenedSource): string[] {
  if (!labels || !allLabels || allLabels.length === size) return [];
  const [chosen, all] = [classesIn(labels), classesIn(allLabels)];
  // Of mixed ones a cut leaves more than half of what it could.
  if (chosen === 0 || 2 * chosen > Math.min(all, size)) return [];
  return [
    `${description}: \`limit\` and \`rows\` take ${size} of ${counted(allLabels.length, 'sample')} in their order, and these are of ` +
      `${chosen} of ${all} classes. Choose them from all classes, for instance by a list in mixed order.`,
  ];
}

function classesIn(labels: readonly (Label | undefined)[]): number {
  return new Set(labels.flatMap((label) => (label?.kind === 'class' ? [label.index] : []))).size;
}
