import type { GradientTable } from './gradient.ts';

export const linearGradients: GradientTable = {
  /** y = a b: da = dy b^T, db = a^T dy, summed over broadcast batch axes. */
  MatMul: (c) => {
    const { e } = c;
    // numpy: a vector is a row on the left and a column on the right.
    const [left, right] = [c.shape(0), c.shape(1)];
    const a = left.length === 1 ? e.reshape(c.x(0), [1, left[0] as number]) : c.x(0);
    const b = right.length === 1 ? e.reshape(c.x(1), [right[0] as number, 1]) : c.x(1);
    const rows = e.shape(a).at(-2) as number;
    const columns = e.shape(b).at(-1) as number;
    const batch = e.shape(c.dy).slice(0, e.shape(c.dy).length - (left.length > 1 ? 1 : 0) - (right.length > 1 ? 1 : 0));
    const dy = e.reshape(c.dy, [...batch, rows, columns]);
    const da = () => e.reshape(e.unbroadcast(e.matmul(dy, e.swap(b)), e.shape(a)), left);
    const db = () => {
      // A weight of two dimensions: all rows at once, one product and no sum over the batch.
      if (right.length === 2 && e.shape(a).length > 2) {
        const [k, n] = right as [number, number];
        const count = e
          .shape(dy)
          .slice(0, -1)
          .reduce((product, dim) => product * dim, 1);
        return e.matmul(e.swap(e.reshape(a, [count, k])), e.reshape(dy, [count, n]));
      }
      return e.reshape(e.unbroadcast(e.matmul(e.swap(a), dy), e.shape(b)), right);
    };
    return [c.needs(0) ? da() : undefined, c.needs(1) ? db() : undefined];
  },

  /** y = alpha A B + beta C */
  Gemm: (c) => {
    const { e, node } = c;
    const [transA, transB] = [node.attrInt('transA', 0) === 1, node.attrInt('transB', 0) === 1];
    const dy = e.scale(c.dy, node.attrFloat('alpha', 1));
    const [a, b] = [c.x(0), c.x(1)];
    const da = () => {
      const plain = e.matmul(dy, transB ? b : e.swap(b));
      return transA ? e.swap(plain) : plain;
    };
    const db = () => {
      const plain = e.matmul(transA ? a : e.swap(a), dy);
      return transB ? e.swap(plain) : plain;
    };
    return [
      c.needs(0) ? da() : undefined,
      c.needs(1) ? db() : undefined,
      node.input(2) && c.needs(2) ? e.unbroadcast(e.scale(c.dy, node.attrFloat('beta', 1)), c.shape(2)) : undefined,
    ];
  },
};
