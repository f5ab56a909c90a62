import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/onnx/model.ts';
import { lowerEinsum } from '../../../src/onnx/passes/lower-einsum.ts';
import { expectSame, random, runModel } from '../ort.ts';

type Shape = readonly number[];
/** Equation, shapes, and which input is a constant. */
type Case = [equation: string, a: Shape, b: Shape, constant?: 0 | 1];

function einsum([equation, ...shapes]: Case, constant: 0 | 1 | undefined) {
  const b = new GraphBuilder();
  const tensors = [shapes[0], shapes[1]].map((dims, i) => random(dims as Shape, i + 1));
  const inputs = tensors.map((tensor, i) =>
    i === constant ? b.constant(tensor, `c${i}`) : b.input(`x${i}`, 'float32', tensor.dims.slice()),
  );
  b.output(b.op('Einsum', inputs, { equation }, { name: 'product' }), 'y');
  const feeds = Object.fromEntries(tensors.flatMap((tensor, i) => (i === constant ? [] : [[`x${i}`, tensor]])));
  return { model: b.build(13), feeds };
}

const products: Case[] = [
  ['bsd,de->bse', [2, 3, 4], [4, 5], 1],
  ['bsd,ed->bse', [2, 3, 4], [5, 4], 1],
  ['de,bsd->bse', [4, 5], [2, 3, 4], 0],
  ['bsd,de->bes', [2, 3, 4], [4, 5], 1],
  ['bsd,de', [2, 3, 4], [4, 5], 1],
  ['...d,de->...e', [2, 3, 4], [4, 5], 1],
  ['ibh,hnd->ibnd', [2, 3, 4], [4, 5, 6], 1],
  ['bshk,hkd->bsd', [2, 3, 4, 5], [4, 5, 6], 1],
  ['bskh,hkd->bsd', [2, 3, 5, 4], [4, 5, 6], 1],
  ['bhnd,hde->bhne', [2, 3, 4, 5], [3, 5, 6], 1],
  ['bnhd,hde->bnhe', [2, 4, 3, 5], [3, 5, 6], 1],
  ['bsd,d->bs', [2, 3, 4], [4], 1],
  ['bhqd,bhkd->bhqk', [2, 3, 4, 5], [2, 3, 6, 5]],
  ['bhkd,bhqd->bhqk', [2, 3, 6, 5], [2, 3, 4, 5]],
  ['bhqk,bhkd->bhqd', [2, 3, 4, 6], [2, 3, 6, 5]],
  ['bqhd,bkhd->bhqk', [2, 4, 3, 5], [2, 6, 3, 5]],
  ['b q k , b k d -> b q d', [2, 4, 6], [2, 6, 5]],
];

test.each(products)('%s is a product of matrices', async (...each) => {
  const { model, feeds } = einsum(each, each[3]);
  const lowered = model.clone();
  expect(lowerEinsum(lowered).modified).toBe(true);
  expect(lowered.graph.nodes.map(({ op }) => op)).not.toContain('Einsum');
  expect(lowered.graph.nodes.find((node) => node.is('MatMul'))?.name).toBe('product');
  expectSame(await runModel(lowered, feeds), await runModel(model, feeds), 1e-5);
});

const others: Case[] = [
  ['h,hk->k', [4], [4, 5], 1],
  ['bi,bj->bij', [2, 3], [2, 4]],
  ['bsd,de->be', [2, 3, 4], [4, 5], 1],
  ['bii,ij->bj', [2, 3, 3], [3, 4], 1],
  ['bd,bd->b', [2, 3], [2, 3]],
];

test.each(others)('%s stays', (...each) => {
  const { model } = einsum(each, each[3]);
  expect(lowerEinsum(model).modified).toBe(false);
});

test.each([
  { equation: 'bshd,bthd->bst', open: [1, 5] },
  { equation: 'bsd,bdhk->bshk', open: [1, 4] },
])('$equation needs not all sizes', async ({ equation, open }) => {
  const size: Record<string, number> = { b: 2, s: 3, t: 4, h: 2, d: 5, k: 3 };
  const [left, right] = equation.split('->')[0]!.split(',') as [string, string];
  const names = [...left, ...right].map((letter, i) => (open.includes(i) ? letter : size[letter]!));
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', names.slice(0, left.length));
  const w = b.input('w', 'float32', names.slice(left.length));
  b.output(b.op('Einsum', [x, w], { equation }), 'y');
  const model = b.build(13);
  const lowered = model.clone();
  expect(lowerEinsum(lowered).modified).toBe(true);
  const [xs, ws] = [left, right].map((term) => [...term].map((letter) => size[letter]!)) as [number[], number[]];
  const feeds = { x: random(xs, 1), w: random(ws, 2) };
  expectSame(await runModel(lowered, feeds), await runModel(model, feeds), 1e-5);
});

test('what would need sizes that are not known stays', () => {
  const b = new GraphBuilder();
  const [x, w] = [b.input('x', 'float32', [2, 3, 4]), b.input('w', 'float32', ['d', 'h', 'k'])];
  b.output(b.op('Einsum', [x, w], { equation: 'bsd,dhk->bshk' }), 'y');
  expect(lowerEinsum(b.build(13)).modified).toBe(false);
});

test('three inputs stay', () => {
  const b = new GraphBuilder();
  const [x, y, z] = ['x', 'y', 'z'].map((name) => b.input(name, 'float32', [2, 2]));
  b.output(b.op('Einsum', [x, y, z], { equation: 'ab,bc,cd->ad' }), 'out');
  expect(lowerEinsum(b.build(13)).modified).toBe(false);
});
