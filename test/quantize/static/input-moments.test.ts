import { expect, it } from 'vitest';
import { buildModel, type GraphBuilder } from '../../../src/onnx/model.ts';
import type { Value } from '../../../src/onnx/value.ts';
import { inputMoments } from '../../../src/quantize/recover/input-moments.ts';
import type { InputMoments } from '../../../src/quantize/recover/lattice-rounding.ts';
import { withRanges } from '../../../src/quantize/static/choose.ts';
import { StaticRun } from '../../../src/quantize/static/run.ts';
import { startingRecipe } from '../../../src/quantize/static/static.ts';
import type { Tensor } from '../../../src/tensor.ts';
import { ints, runModel } from '../../onnx/ort.ts';
import { normal, type Options, outputSqnr, quantizeWith, requestOf } from './helpers.ts';

/** More than share a run where the model takes batches of any size. */
const samples = [1, 2, 3, 4, 5].map((seed) => ({ x: normal([1, 4, 7, 6], seed) }));

/** L L^T of each block in the order of the inputs, without the hundredth that is added to the diagonal. */
function momentsIn({ blocks }: InputMoments): number[][][] {
  return blocks.map(({ size, order, columns }) => {
    const at = (i: number, j: number) => (j > i ? 0 : columns[j * size - (j * (j - 1)) / 2 + i - j]!);
    const product = Array.from({ length: size }, () => new Array<number>(size).fill(0));
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        for (let k = 0; k < size; k++) product[order[i]!]![order[j]!]! += at(i, k) * at(j, k);
      }
    }
    const added = (product.reduce((sum, row, i) => sum + row[i]!, 0) / size) * (0.01 / 1.01);
    for (let i = 0; i < size; i++) product[i]![i]! -= added;
    return product;
  });
}

/** The same of vectors, by definition: the mean over samples of the sum of x x^T. */
function momentsOf(vectors: readonly (readonly number[])[]): number[][] {
  const size = vectors[0]!.length;
  return Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => vectors.reduce((sum, x) => sum + x[i]! * x[j]!, 0) / samples.length),
  );
}

function expectClose(found: number[][], wanted: number[][]): void {
  const largest = Math.max(...wanted.flat().map(Math.abs));
  found.forEach((row, i) => {
    for (const [j, value] of row.entries()) expect(Math.abs(value - wanted[i]![j]!)).toBeLessThan(largest * 1e-4);
  });
}

async function momentsThroughRun(model: ReturnType<typeof buildModel>): Promise<Map<string, InputMoments>> {
  const run = await StaticRun.start(await requestOf(model, samples));
  try {
    return await inputMoments(run, await withRanges(run, startingRecipe(run)));
  } finally {
    await run.close();
  }
}

const batches = [1, 'batch'] as const;

it.each(batches)(
  'takes the patches that a convolution with groups, strides and pads reads, batch %s',
  async (batch) => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [batch, 4, 7, 6]);
      const attributes = { group: 2, strides: [2, 1], dilations: [1, 2], pads: [1, 0, 0, 2] };
      b.output(b.op('Conv', [x, b.constant(normal([6, 2, 3, 2], 9), 'w')], attributes, { name: 'conv' }), 'y');
    }, 13);
    const found = (await momentsThroughRun(model)).get('w')!;
    expect(found).toMatchObject({ outputs: 6, inputs: 12, outputsFirst: true });
    const [rows, columns] = [3, 6];
    for (const [group, block] of momentsIn(found).entries()) {
      const vectors: number[][] = [];
      for (const { x } of samples) {
        for (let p = 0; p < rows * columns; p++) {
          const [top, left] = [Math.floor(p / columns) * 2 - 1, p % columns];
          const patch: number[] = [];
          for (let c = 0; c < 2; c++) {
            for (let k = 0; k < 6; k++) {
              const [row, column] = [top + Math.floor(k / 2), left + (k % 2) * 2];
              const inside = row >= 0 && row < 7 && column < 6;
              patch.push(inside ? x.data[(group * 2 + c) * 42 + row * 6 + column]! : 0);
            }
          }
          vectors.push(patch);
        }
      }
      expectClose(block, momentsOf(vectors));
    }
  },
);

const gemms = [0, 1].flatMap((transB) => batches.map((batch) => [transB, batch] as const));

it.each(gemms)('takes the rows that a Gemm with transB = %i reads, batch %s', async (transB, batch) => {
  const model = buildModel((b) => {
    // A convolution that changes nothing: alone, a Gemm finds its scale at run time.
    const identity = Float32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0));
    const same = b.constant({ type: 'float32', dims: [4, 4, 1, 1], data: identity }, 'same');
    const flat = b.op('Flatten', [b.op('Conv', [b.input('x', 'float32', [batch, 4, 7, 6]), same])]);
    const weight = b.constant(normal(transB ? [32, 168] : [168, 32], 9), 'w');
    b.output(b.op('Gemm', [flat, weight, b.constant(normal([32], 8), 'b')], { transB }, { name: 'gemm' }), 'y');
  }, 13);
  const found = (await momentsThroughRun(model)).get('w')!;
  expect(found).toMatchObject({ outputs: 32, inputs: 168, outputsFirst: transB === 1 });
  expectClose(momentsIn(found)[0]!, momentsOf(samples.map(({ x }) => [...x.data])));
});

it('takes samples one by one where a file says it takes any batch and does not', async () => {
  const model = buildModel((b) => {
    const x = b.input('x', 'float32', ['batch', 4, 7, 6]);
    const same = b.constant(
      { type: 'float32', dims: [4, 1, 1, 1], data: Float32Array.from({ length: 4 }, () => 1) },
      'same',
    );
    const rows = b.constant({ type: 'int64', dims: [2], data: BigInt64Array.of(1n, 168n) }, 'shape');
    const flat = b.op('Reshape', [b.op('Conv', [x, same], { group: 4 }), rows]);
    const bias = b.constant(normal([32], 8), 'b');
    b.output(b.op('Gemm', [flat, b.constant(normal([168, 32], 9), 'w'), bias], {}, { name: 'gemm' }), 'y');
  }, 13);
  const found = (await momentsThroughRun(model)).get('w')!;
  expectClose(momentsIn(found)[0]!, momentsOf(samples.map(({ x }) => [...x.data])));
});

it('takes the rows of a product between float operators, whose weight the file has transposed', async () => {
  const model = buildModel((b) => {
    const rows = b.op('Reshape', [b.input('x', 'float32', [1, 4, 7, 6]), b.constant(ints([4, 42]), 'shape')]);
    const weight = b.op('Transpose', [b.constant(normal([20, 42], 9), 'w')], { perm: [1, 0] });
    b.output(b.op('MatMul', [rows, weight], {}, { name: 'product' }), 'y');
  }, 13);
  const [found] = (await momentsThroughRun(model)).values();
  expect(found).toMatchObject({ outputs: 20, inputs: 42, outputsFirst: false });
  const vectors = samples.flatMap(({ x }) => [0, 1, 2, 3].map((row) => [...x.data.subarray(row * 42, (row + 1) * 42)]));
  expectClose(momentsIn(found!)[0]!, momentsOf(vectors));
});

it('takes the rows that there are of a product of which a sample may give none', async () => {
  const model = buildModel((b) => {
    const rows = b.op('Reshape', [b.input('x', 'float32', [1, 4, 7, 6]), b.constant(ints([4, 42]), 'shape')]);
    const largest = b.op('ReduceMax', [rows], { axes: { ints: [1] }, keepdims: 0 });
    const chosen = b.op('NonZero', [b.op('Greater', [largest, b.constant([2.95], 'bound')])]);
    const some = b.op('Gather', [rows, b.op('Reshape', [chosen, b.constant(ints([-1]), 'flat')])]);
    b.output(b.op('MatMul', [some, b.constant(normal([42, 20], 9), 'w')], {}, { name: 'product' }), 'y');
  }, 13);
  const chosen = samples.map(({ x }) =>
    [0, 1, 2, 3].map((row) => [...x.data.subarray(row * 42, (row + 1) * 42)]).filter((row) => Math.max(...row) > 2.95),
  );
  expect(chosen.map(({ length }) => length)).toContain(0);
  const [found] = (await momentsThroughRun(model)).values();
  expectClose(momentsIn(found!)[0]!, momentsOf(chosen.flat()));
});

it('takes what a recurrence reads of its input and of what it gave before, each direction its own', async () => {
  const model = buildModel((b) => {
    // [steps, batch, inputs]
    const steps = b.op('Reshape', [b.input('x', 'float32', [1, 4, 7, 6]), b.constant(ints([14, 1, 12]), 'shape')]);
    const weights = [normal([2, 30, 12], 9, 0.3), normal([2, 30, 10], 8, 0.3)].map((w, i) => b.constant(w, `w${i}`));
    const given = b.op('GRU', [steps, ...weights], { hidden_size: 10, direction: 'bidirectional' }, { name: 'gru' });
    b.output(given, 'y');
  }, 14);
  const found = await momentsThroughRun(model);
  expect(found.get('w0')).toMatchObject({ outputs: 60, inputs: 12, outputsFirst: true });
  const rows = samples.flatMap(({ x }) =>
    Array.from({ length: 14 }, (_, step) => [...x.data.subarray(step * 12, (step + 1) * 12)]),
  );
  expectClose(momentsIn(found.get('w0')!)[0]!, momentsOf(rows));
  expect(found.get('w1')).toMatchObject({ outputs: 60, inputs: 10, outputsFirst: true });
  const given = await Promise.all(
    samples.map(async (inputs) => (await runModel(model, inputs))['y']!.data as Float32Array),
  );
  for (const [direction, block] of momentsIn(found.get('w1')!).entries()) {
    const hidden = given.flatMap((data) =>
      Array.from({ length: 14 }, (_, step) => {
        const start = (step * 2 + direction) * 10;
        return [...data.subarray(start, start + 10)];
      }),
    );
    expectClose(block, momentsOf(hidden));
  }
});

const everyRow = Array.from({ length: 12 }, (_, row) => row);

it.each([
  ['their own rows', [2, 3, 2, 14], [0, 1, 2].map((matrix) => everyRow.filter((row) => (row >> 1) % 3 === matrix))],
  ['the same rows', [2, 1, 6, 14], [everyRow, everyRow, everyRow]],
  ['all rows of a batch', [2, 3, 2, 14], [everyRow]],
] as const)('takes %s for each matrix of a stack', async (_, shape, rowsOf) => {
  const model = buildModel((b) => {
    const rows = b.op('Reshape', [b.input('x', 'float32', [1, 4, 7, 6]), b.constant(ints(shape), 'shape')]);
    b.output(b.op('MatMul', [rows, b.constant(normal([rowsOf.length, 14, 40], 9), 'w')], {}, { name: 'product' }), 'y');
  }, 13);
  const found = (await momentsThroughRun(model)).get('w')!;
  expect(found).toMatchObject({ outputs: 40 * rowsOf.length, inputs: 14, outputsFirst: false });
  const blocks = momentsIn(found);
  expect(blocks).toHaveLength(rowsOf.length);
  for (const [matrix, rows] of rowsOf.entries()) {
    const vectors = samples.flatMap(({ x }) => rows.map((row) => [...x.data.subarray(row * 14, (row + 1) * 14)]));
    expectClose(blocks[matrix]!, momentsOf(vectors));
  }
});

it('takes the channels of each position for a transposed convolution, whose kernel has outputs at every place', async () => {
  const model = buildModel((b) => {
    const x = b.input('x', 'float32', [1, 4, 7, 6]);
    b.output(b.op('ConvTranspose', [x, b.constant(normal([4, 40, 2, 2], 9), 'w')], { strides: [2, 2] }), 'y');
  }, 13);
  const found = (await momentsThroughRun(model)).get('w')!;
  expect(found).toMatchObject({ outputs: 160, inputs: 4, outputsFirst: false });
  const vectors = samples.flatMap(({ x }) =>
    Array.from({ length: 42 }, (_, at) => [0, 1, 2, 3].map((channel) => x.data[channel * 42 + at]!)),
  );
  expectClose(momentsIn(found)[0]!, momentsOf(vectors));
});

it('takes what a transposed convolution reads for each place where positions of its kernel meet', async () => {
  const model = buildModel((b) => {
    const x = b.input('x', 'float32', [1, 4, 7, 6]);
    const attributes = { strides: [2, 1], pads: [1, 0, 0, 1] };
    b.output(b.op('ConvTranspose', [x, b.constant(normal([4, 32, 3, 2], 9), 'w')], attributes), 'y');
  }, 13);
  const found = (await momentsThroughRun(model)).get('w')!;
  expect(found).toMatchObject({ outputs: 32, inputs: 24, outputsFirst: false, side: 6 });
  const vectors: number[][] = [];
  for (const { x } of samples) {
    for (let place = 0; place < 15 * 7; place++) {
      const read = Array.from({ length: 24 }, (_, i) => {
        const [channel, tap] = [Math.floor(i / 6), i % 6];
        const row = (Math.floor(place / 7) - Math.floor(tap / 2)) / 2;
        const column = (place % 7) - (tap % 2);
        const inside = Number.isInteger(row) && row >= 0 && row < 7 && column >= 0 && column < 6;
        return inside ? x.data[channel * 42 + row * 6 + column]! : 0;
      });
      vectors.push(read);
    }
  }
  expectClose(momentsIn(found)[0]!, momentsOf(vectors));
});

it('takes positions of every kind of an image that a transposed convolution wrote', async () => {
  const model = buildModel((b) => {
    const x = b.input('x', 'float32', [1, 4, 7, 6]);
    // One channel that is 1 where rows and columns are even, and 0 elsewhere.
    const first = new Float32Array(4 * 36);
    const large = b.op(
      'ConvTranspose',
      [
        b.op('Mul', [x, b.constant(0)]),
        b.constant({ type: 'float32', dims: [4, 1, 6, 6], data: first }),
        b.constant([0]),
      ],
      { strides: [6, 6] },
    );
    const kinds = new Float32Array(42 * 36).map((_, at) => (Math.floor(at / 36) % 2 === 0 && at % 2 === 0 ? 1 : 0));
    const image = b.op('Add', [large, b.constant({ type: 'float32', dims: [1, 1, 42, 36], data: kinds })]);
    b.output(b.op('Conv', [image, b.constant(normal([4, 1, 2, 2], 9), 'w')], {}, { name: 'conv' }), 'y');
  }, 13);
  const [block] = momentsIn((await momentsThroughRun(model)).get('w')!);
  const energies = block!.map((row, i) => row[i]!);
  for (const energy of energies) expect(energy).toBeGreaterThan(0.5 * Math.max(...energies));
});

it('takes what all read that share a weight', async () => {
  const model = buildModel((b) => {
    const rows = b.op('Reshape', [b.input('x', 'float32', [1, 4, 7, 6]), b.constant(ints([7, 24]), 'shape')]);
    const weight = b.constant(normal([24, 24], 9, 0.2), 'w');
    const first = b.op('Tanh', [b.op('MatMul', [rows, weight], {}, { name: 'first' })], {}, { outputs: ['between'] });
    b.output(first, 'between');
    b.output(b.op('MatMul', [first, weight], {}, { name: 'second' }), 'y');
  }, 13);
  const found = (await momentsThroughRun(model)).get('w')!;
  const read = await Promise.all(
    samples.map(async (inputs) => [inputs.x.data, (await runModel(model, inputs))['between']!.data as Float32Array]),
  );
  const rows = Array.from({ length: 7 }, (_, row) => row);
  const vectors = read.flat().flatMap((data) => rows.map((row) => [...data.subarray(row * 24, (row + 1) * 24)]));
  expectClose(momentsIn(found)[0]!, momentsOf(vectors));
});

/** Rows that lie near a space of four dimensions, as activations do. */
function dependent(seed: number): { x: Tensor } {
  const [source, mix, own] = [normal([12, 4], seed).data, normal([4, 32], 50).data, normal([12, 32], seed + 1000, 0.1)];
  const data = own.data.map((value, i) => {
    const [row, column] = [Math.floor(i / 32), i % 32];
    return [0, 1, 2, 3].reduce((sum, k) => sum + source[row * 4 + k]! * mix[k * 32 + column]!, value);
  });
  return { x: { type: 'float32', dims: [1, 12, 32], data } };
}

const blocksOfWeights: Record<string, (b: GraphBuilder, x: Value) => Value> = {
  experts: (b, x) =>
    b.op('MatMul', [b.op('Unsqueeze', [x, b.constant(ints([1]))]), b.constant(normal([4, 32, 48], 1))]),
  'fused attention': (b, x) => {
    const inputs = [x, b.constant(normal([32, 96], 2, 0.2)), b.constant(normal([96], 3, 0.1))];
    return b.op('Attention', inputs, { num_heads: 2 }, { domain: 'com.microsoft' });
  },
  'a transposed convolution': (b, x) => {
    const image = b.op('Reshape', [b.op('Transpose', [x], { perm: [0, 2, 1] }), b.constant(ints([1, 32, 3, 4]))]);
    return b.op('ConvTranspose', [image, b.constant(normal([32, 6, 2, 2], 4))], { strides: [2, 2] });
  },
  'layers that share a weight': (b, x) => {
    const weight = b.constant(normal([32, 32], 5, 0.2));
    return b.op('MatMul', [b.op('Tanh', [b.op('MatMul', [x, weight])]), weight]);
  },
};

it.each(Object.entries(blocksOfWeights))('comes nearer at 4 bits by the moments of %s', async (_, build) => {
  const model = buildModel((b) => b.output(build(b, b.input('x', 'float32', [1, 12, 32])), 'y'), 17, {
    domains: { 'com.microsoft': 1 },
  });
  const samples = Array.from({ length: 48 }, (_, i) => dependent(i));
  const others = Array.from({ length: 8 }, (_, i) => dependent(500 + i));
  const sqnrWith = async (recover: NonNullable<Options['recover']>) => {
    const { model: quantized } = await quantizeWith(model, samples, { target: 'cpu-x64-vnni', bits: 4, recover });
    return (await outputSqnr(model, quantized, others, 'cpu-x64-vnni'))[0]!;
  };
  expect(await sqnrWith(['rounding'])).toBeGreaterThan((await sqnrWith('none')) + 3);
});
