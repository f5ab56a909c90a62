import type { Shape } from '../emitter.ts';
import { type Gradient, type GradientTable, Unsupported } from './gradient.ts';

/** The indices of each input and of the output, every one a letter. */
interface Terms {
  inputs: string[];
  output: string;
  /** Size of each index. */
  sizes: ReadonlyMap<string, number>;
}

const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** Reads an equation (https://onnx.ai/onnx/operators/onnx__Einsum.html); an ellipsis becomes letters of its own. */
function termsOf(equation: string, shapes: readonly Shape[], rank: number): Terms {
  const [left = '', right] = equation.replace(/\s/g, '').split('->');
  const unused = letters.filter((letter) => !equation.includes(letter));
  // Counted from the end, as in broadcasting.
  const spelled = (term: string, length: number): string => {
    const hidden = length - (term.length - 3);
    return term.replace('...', hidden > 0 ? unused.slice(-hidden).join('') : '');
  };
  const terms = left.split(',');
  const inputs = terms.map((term, i) => (term.includes('...') ? spelled(term, shapes[i]!.length) : term));
  const once = [...new Set(left.replace(/[,.]/g, ''))].filter((letter) => left.split(letter).length === 2);
  const implied = `${left.includes('...') ? '...' : ''}${once.sort().join('')}`;
  const written = right ?? implied;
  const output = written.includes('...') ? spelled(written, rank) : written;
  const sizes = new Map<string, number>();
  for (const [i, term] of inputs.entries()) {
    if (new Set(term).size !== term.length) throw new Unsupported('Einsum with an index twice in a term');
    for (const [axis, letter] of [...term].entries()) {
      const size = shapes[i]![axis]!;
      if ((sizes.get(letter) ?? size) !== size) throw new Unsupported('Einsum that broadcasts an index');
      sizes.set(letter, size);
    }
  }
  return { inputs, output, sizes };
}

/**
 * An input's gradient is the product of dy and the other inputs, summed to its own indices; where an index is only summed over it is
 * the same everywhere.
 */
const einsum: Gradient = ({ e, node, dy, x, shape, needs }) => {
  const shapes = node.inputs.map((_, i) => shape(i));
  const { inputs, output, sizes } = termsOf(node.attrString('equation', ''), shapes, e.shape(dy).length);
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
