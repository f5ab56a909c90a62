import type { Value } from '../../onnx/value.ts';
import type { Emitter, Shape } from '../emitter.ts';
import { type GradientContext, type GradientTable, Unsupported } from './gradient.ts';

const zeros = (e: Emitter, like: Shape) => e.expand(e.float(0), like);

/** What is written over gets no gradient, what is written gets that of where it is; of a sum, both get all. */
function scatter(
  { e, dy, node, x, shape, needs }: GradientContext,
  write: (to: Value, indices: Value, updates: Value) => Value,
  read: (from: Value, indices: Value) => Value,
): (Value | undefined)[] {
  const reduction = node.attrString('reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add')
    throw new Unsupported(`${node.op} with reduction ${reduction} has no gradient`);
  return [
    needs(0) ? (reduction === 'add' ? dy : write(dy, x(1), zeros(e, shape(2)))) : undefined,
    undefined,
    needs(2) ? read(dy, x(1)) : undefined,
  ];
}

/** Reading and writing at indices, which may name the same place twice: what is read from there more than once is added up. */
export const indexingGradients: GradientTable = {
  GatherElements: ({ e, dy, node, x, shape }) => {
    const attributes = { axis: node.attrInt('axis', 0), reduction: 'add' };
    return [e.op('ScatterElements', [zeros(e, shape(0)), x(1), dy], shape(0), attributes)];
  },

  GatherND: ({ e, dy, node, x, shape }) => {
    if (node.attrInt('batch_dims', 0) !== 0) throw new Unsupported('GatherND with batch_dims has no gradient');
    return [e.op('ScatterND', [zeros(e, shape(0)), x(1), dy], shape(0), { reduction: 'add' })];
  },

  ScatterElements: (c) => {
    const { e, node, shape } = c;
    const axis = { axis: node.attrInt('axis', 0) };
    return scatter(
      c,
      (to, indices, updates) => e.op('ScatterElements', [to, indices, updates], shape(0), axis),
      (from, indices) => e.op('GatherElements', [from, indices], shape(2), axis),
    );
  },

  ScatterND: (c) => {
    const { e, shape } = c;
    return scatter(
      c,
      (to, indices, updates) => e.op('ScatterND', [to, indices, updates], shape(0)),
      (from, indices) => e.op('GatherND', [from, indices], shape(2)),
    );
  },
};
