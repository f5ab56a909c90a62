/** The indices of each input and of the output of an Einsum, every one a letter. */
export interface EinsumTerms {
  inputs: string[];
  output: string;
}

const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/**
 * Reads an equation; an ellipsis becomes letters of its own, which needs the rank of the inputs that have one.
 * https://onnx.ai/onnx/operators/onnx__Einsum.html
 *
 * @returns undefined where a rank is missing
 */
export function einsumTerms(equation: string, ranks: readonly (number | undefined)[]): EinsumTerms | undefined {
  const [left = '', right] = equation.replace(/\s/g, '').split('->');
  const unused = letters.filter((letter) => !equation.includes(letter));
  const terms = left.split(',');
  const hidden = terms.map((term, i) => (term.includes('...') ? (ranks[i] ?? Number.NaN) - (term.length - 3) : 0));
  if (hidden.some(Number.isNaN)) return undefined;
  // Counted from the end, as in broadcasting.
  const spelled = (term: string, count: number) => term.replace('...', count > 0 ? unused.slice(-count).join('') : '');
  const once = [...new Set(left.replace(/[,.]/g, ''))].filter((letter) => left.split(letter).length === 2);
  const implied = `${left.includes('...') ? '...' : ''}${once.sort().join('')}`;
  return {
    inputs: terms.map((term, i) => spelled(term, hidden[i]!)),
    output: spelled(right ?? implied, Math.max(...hidden)),
  };
}
