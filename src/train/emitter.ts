import type { AttributeValue } from '../onnx/attributes.ts';
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/value.ts';
import type { Tensor } from '../tensor.ts';

/** A shape in which every dimension is known: training graphs have a fixed batch. */
export type Shape = readonly number[];

/**
 * Adds nodes to a graph whose shapes are all known, and keeps the shapes known. Only operators of opset 13 and later in
 * forms that have not changed since are emitted.
 */
export class Emitter {
  readonly graph: Graph;
  readonly #shapes: Map<Value, Shape>;
  readonly #constants = new Map<string, Value>();

  /** @param shapes of every float value of the graph, as one run of the model gave them */
  constructor(graph: Graph, shapes: Map<Value, Shape>) {
    this.graph = graph;
    this.#shapes = shapes;
  }

  /** @throws Error where the value's shape was not recorded */
  shape(value: Value): Shape {
    const shape = this.#shapes.get(value) ?? value.initializer?.dims.map(Number);
    if (!shape) throw new Error(`the shape of '${value.name}' is not known`);
    return shape;
  }

  /** Whether the value's shape was recorded: not where the data decide it. */
  knows(value: Value): boolean {
    return this.#shapes.has(value) || value.initializer !== undefined;
  }

  /** Whether it is known to hold no number at all. */
  isEmpty(value: Value): boolean {
    return this.knows(value) && this.shape(value).includes(0);
  }

  /** Adds a node that gives as much as it takes, also where the data decide how much that is. */
  sameSize(op: string, inputs: readonly (Value | undefined)[]): Value {
    const [x] = inputs as [Value];
    if (this.knows(x)) return this.op(op, inputs, this.shape(x));
    return this.graph.addNode({ op, inputs, name: `grad/${op}` }).output();
  }

  setShape(value: Value, shape: Shape): Value {
    this.#shapes.set(value, shape);
    return value;
  }

  /** Adds a node and gives its first output. `shape` is what the node is known to give. */
  op(
    op: string,
    inputs: readonly (Value | undefined)[],
    shape: Shape,
    attributes: { readonly [name: string]: AttributeValue } = {},
  ): Value {
    return this.setShape(this.graph.addNode({ op, inputs, attributes, name: `grad/${op}` }).output(), shape);
  }

  // ---- constants, each made once ----

  float(value: number): Value {
    return this.#constant(`f${value}`, { type: 'float32', dims: [], data: Float32Array.of(value) });
  }

  ints(values: readonly number[]): Value {
    return this.#constant(`i${values.join()}`, {
      type: 'int64',
      dims: [values.length],
      data: BigInt64Array.from(values, BigInt),
    });
  }

  tensor(dims: Shape, data: Float32Array): Value {
    return this.setShape(this.graph.addInitializer('grad/constant', { type: 'float32', dims, data }), dims);
  }

  #constant(key: string, tensor: Tensor): Value {
    let value = this.#constants.get(key);
    if (!value) {
      value = this.setShape(this.graph.addInitializer('grad/constant', tensor), tensor.dims);
      this.#constants.set(key, value);
    }
    return value;
  }

  // ---- elementwise, with numpy's broadcasting ----

  add = (a: Value, b: Value): Value => this.#binary('Add', a, b);
  sub = (a: Value, b: Value): Value => this.#binary('Sub', a, b);
  mul = (a: Value, b: Value): Value => this.#binary('Mul', a, b);
  div = (a: Value, b: Value): Value => this.#binary('Div', a, b);
  scale = (a: Value, factor: number): Value => (factor === 1 ? a : this.mul(a, this.float(factor)));
  unary = (op: string, a: Value): Value => this.op(op, [a], this.shape(a));
  neg = (a: Value): Value => this.unary('Neg', a);

  #binary(op: string, a: Value, b: Value): Value {
    return this.op(op, [a, b], broadcastShape(this.shape(a), this.shape(b)));
  }

  /** 1 where the comparison holds, else 0, as floats. */
  mask(op: 'Greater' | 'Less' | 'Equal' | 'GreaterOrEqual' | 'LessOrEqual', a: Value, b: Value): Value {
    const shape = broadcastShape(this.shape(a), this.shape(b));
    return this.op('Cast', [this.op(op, [a, b], shape)], shape, { to: 1 });
  }

  /** dy where the condition (a bool) holds, else 0. */
  where(condition: Value, a: Value, b: Value): Value {
    return this.op(
      'Where',
      [condition, a, b],
      broadcastShape(this.shape(condition), broadcastShape(this.shape(a), this.shape(b))),
    );
  }

  // ---- shapes ----

  reshape(value: Value, shape: Shape): Value {
    return sameShape(this.shape(value), shape) ? value : this.op('Reshape', [value, this.ints(shape)], shape);
  }

  transpose(value: Value, perm: readonly number[]): Value {
    const shape = this.shape(value);
    if (perm.every((axis, at) => axis === at)) return value;
    return this.op(
      'Transpose',
      [value],
      perm.map((axis) => shape[axis] as number),
      { perm: { ints: perm } },
    );
  }

  /** Swaps the last two axes. */
  swap(value: Value): Value {
    const rank = this.shape(value).length;
    const perm = Array.from({ length: rank }, (_, axis) => axis);
    [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
    return this.transpose(value, perm);
  }

  expand(value: Value, shape: Shape): Value {
    return sameShape(this.shape(value), shape) ? value : this.op('Expand', [value, this.ints(shape)], shape);
  }

  sum(value: Value, axes: readonly number[], keep = true): Value {
    const shape = this.shape(value);
    if (axes.length === 0) return value;
    const kept = shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    const result = keep ? kept : shape.filter((_, axis) => !axes.includes(axis));
    return this.op('ReduceSum', [value, this.ints(axes)], result, { keepdims: keep ? 1 : 0 });
  }

  mean(value: Value, axes: readonly number[], keep = true): Value {
    const shape = this.shape(value);
    return this.scale(this.sum(value, axes, keep), 1 / axes.reduce((count, axis) => count * (shape[axis] ?? 1), 1));
  }

  slice(value: Value, starts: readonly number[], ends: readonly number[], steps: readonly number[]): Value {
    const shape = this.shape(value);
    const axes = shape.map((_, axis) => axis);
    const result = shape.map((_, axis) =>
      Math.max(0, Math.ceil(((ends[axis] as number) - (starts[axis] as number)) / (steps[axis] as number))),
    );
    if (sameShape(result, shape) && steps.every((step) => step === 1)) return value;
    return this.op('Slice', [value, this.ints(starts), this.ints(ends), this.ints(axes), this.ints(steps)], result);
  }

  /** Reverses the given axes. */
  reverse(value: Value, axes: readonly number[]): Value {
    const shape = this.shape(value);
    const reversed = axes.filter((axis) => (shape[axis] as number) > 1);
    if (reversed.length === 0) return value;
    return this.op(
      'Slice',
      [
        value,
        this.ints(reversed.map(() => -1)),
        this.ints(reversed.map(() => Number.MIN_SAFE_INTEGER)),
        this.ints(reversed),
        this.ints(reversed.map(() => -1)),
      ],
      shape,
    );
  }

  /** Zero padding; `begin` and `end` have an entry for every axis. */
  pad(value: Value, begin: readonly number[], end: readonly number[]): Value {
    if ([...begin, ...end].every((count) => count === 0)) return value;
    const shape = this.shape(value).map((dim, axis) => dim + (begin[axis] as number) + (end[axis] as number));
    return this.op('Pad', [value, this.ints([...begin, ...end])], shape, { mode: 'constant' });
  }

  concat(values: readonly Value[], axis: number): Value {
    const first = this.shape(values[0] as Value);
    if (values.length === 1) return values[0] as Value;
    const total = values.reduce((count, value) => count + (this.shape(value)[axis] as number), 0);
    return this.op(
      'Concat',
      values,
      first.map((dim, at) => (at === axis ? total : dim)),
      { axis },
    );
  }

  matmul(a: Value, b: Value): Value {
    const [left, right] = [this.shape(a), this.shape(b)];
    const batch = broadcastShape(left.slice(0, -2), right.slice(0, -2));
    return this.op('MatMul', [a, b], [...batch, left.at(-2) as number, right.at(-1) as number]);
  }

  /** Sums over the axes along which `shape` was broadcast, so that the result has that shape again. */
  unbroadcast(value: Value, shape: Shape): Value {
    const from = this.shape(value);
    const lead = from.length - shape.length;
    const axes = from.flatMap((dim, axis) => (axis < lead || (shape[axis - lead] === 1 && dim !== 1) ? [axis] : []));
    return this.reshape(this.sum(value, axes), shape);
  }
}

export function broadcastShape(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const one = a[axis - rank + a.length] ?? 1;
    const other = b[axis - rank + b.length] ?? 1;
    return one === 1 ? other : one;
  });
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}
