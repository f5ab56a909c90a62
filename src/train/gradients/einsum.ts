import { einsumTerms } from '../../onnx/einsum.ts';
import type { Shape } from '../emitter.ts';
import { type Gradient, type GradientTable, Unsupported } from './gradient.ts';

/** The size of each index. */
function sizesOf(inputs: readonly string[], shapes: readonly Shape[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const [i, term] of inputs.entries()) {
    if (new Set(term).size !== term.length) throw new Unsupported('Einsum with an index twice in a term');
    for (const [axis, letter] of [...term].entries()) {
      const size = shapes[i]![axis]!;
      if ((sizes.get(letter) ?? size) !== size) throw new Unsupported('Einsum that broadcasts an index');
      sizes.set(letter, size);
    }
  }
  return sizes;
}

/**
 * An input's gradient is the product of dy and the other inputs, summed to its own indices; where an index is only summed over it is
 * the same everywhere.
 */
const einsum: Gradient = ({ e, node, dy, x, shape, needs }) => {
  const shapes = node.inputs.map((_, i) => shape(i));
  // With every rank known there are terms.
  const { inputs, output } = einsumTerms(
    node.attrString('equation', ''),
    shapes.map(({ length }) => length),
  )!;
  const sizes = sizesOf(inputs, shapes);
  const dims = (term: string) => [...term].map((letter) => sizes.get(letter)!);
  return inputs.map((term, i) => {
    if (!needs(i)) return undefined;
    const others = [...inputs.keys()].filter((at) => at !== i);
    const given = [output, ...others.map((at) => inputs[at]!)];
    const kept = [...term].filter((letter) => given.some((other) => other.includes(letter))).join('');
    const equation = `${given.join(',')}->${kept}`;
    const found = e.op('Einsum', [dy, ...others.map((at) => x(at))], dims(kept), { equation });
    if (kept === term) return found;
    const wide = [...term].map((letter) => (kept.includes(letter) ? sizes.get(letter)! : 1));
    return e.expand(e.reshape(found, wide), dims(term));
  });
};

export const einsumGradients: GradientTable = { Einsum: einsum };
