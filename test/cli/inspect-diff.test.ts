import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { diffModels } from '../../src/cli/diff.ts';
import { renderDiff } from '../../src/cli/diff-text.ts';
import { inspectModel } from '../../src/cli/inspect.ts';
import { renderInspection } from '../../src/cli/inspect-text.ts';
import { UserError } from '../../src/errors.ts';
import { buildModel, saveModel } from '../../src/onnx/model.ts';
import { FunctionProtoSchema, NodeProtoSchema } from '../../src/onnx/proto.ts';
import { random } from '../onnx/ort.ts';
import { dynamic, scratch } from '../quantize/helpers.ts';

/** A perceptron; `change` makes another one of it. */
function network(change: { strides?: number; second?: boolean; weight?: number } = {}) {
  return buildModel((b) => {
    const x = b.input('x', 'float32', ['batch', 8, 16, 16]);
    const w = random([16, 8, 3, 3], change.weight ?? 1);
    const strides = change.strides ?? 1;
    const conv = b.op('Conv', [x, b.constant(w, 'conv_w')], { strides: [strides, strides] }, { name: 'conv' });
    const pooled = b.op('Flatten', [b.op('GlobalAveragePool', [conv], {}, { name: 'pool' })], {}, { name: 'flat' });
    const y = b.op('Gemm', [pooled, b.constant(random([16, 512], 2), 'fc_w')], {}, { name: 'fc' });
    b.output(y, 'y', { type: 'float32', dims: ['batch', 512] });
    if (change.second) b.output(b.op('Softmax', [y], {}, { name: 'softmax' }), 'p');
  }, 13);
}

async function saved(model: ReturnType<typeof network>): Promise<string> {
  const path = join(await scratch(), 'model.onnx');
  await saveModel(model, path);
  return path;
}

describe('diff', () => {
  it('says nothing but that they are the same of a model and itself', async () => {
    const path = await saved(network());
    const diff = await diffModels(path, path);
    expect(diff.identical).toBe(true);
    expect(renderDiff(diff)).toContain('The models are the same');
  });

  it('names what changed: outputs, nodes, attributes, weights', async () => {
    const diff = await diffModels(
      await saved(network()),
      await saved(network({ strides: 2, second: true, weight: 9 })),
    );
    expect(diff.interface).toEqual([{ what: 'output p', before: '', after: 'of no declared type' }]);
    expect(diff.nodes).toMatchObject({ added: [{ node: 'softmax', op: 'Softmax' }], removed: [] });
    expect(diff.nodes.changed).toEqual([
      { node: 'conv', op: 'Conv', changes: [{ what: 'strides', before: '[1, 1]', after: '[2, 2]' }] },
    ]);
    expect(diff.constants.changed).toEqual([
      {
        name: 'conv_w',
        before: 'float32 [16, 8, 3, 3]',
        after: 'float32 [16, 8, 3, 3]',
        relativeChange: expect.closeTo(Math.SQRT2, 0),
      },
    ]);
    expect(diff.quantization).toBeUndefined();
    const named = { ...diff, before: { ...diff.before, path: 'a.onnx' }, after: { ...diff.after, path: 'b.onnx' } };
    expect(renderDiff(named)).toMatchInlineSnapshot(`
      "Files
        before  37.7 kB  4 nodes  9,344 parameters  a.onnx
        after   37.7 kB  5 nodes  9,344 parameters  b.onnx

      Inputs and outputs
        output p  none -> of no declared type

      Nodes: added (+), removed (-), changed (~)
              ~1  Conv
        +1        Softmax

      Changed nodes
        Conv  conv  strides  [1, 1] -> [2, 2]

      Constants
        1 the same, 1 changed, 0 added, 0 removed
        136.14 %  float32 [16, 8, 3, 3]  conv_w
      "
    `);
  });

  it('recognizes a quantized version and measures each weight', async () => {
    const source = network();
    const { model } = await dynamic(source);
    const diff = await diffModels(await saved(source), await saved(model));
    const { weights } = diff.quantization!;
    expect(weights.map(({ weight, node, type, scales }) => ({ weight, node, type, scales }))).toEqual([
      { weight: 'conv_w', node: 'conv', type: 'int8', scales: 16 },
      { weight: 'fc_w', node: 'fc', type: 'int8', scales: 512 },
    ]);
    // 127 steps over two to three deviations: 20 log10(127 / 3) + 10 log10(12) dB and a little more.
    for (const { sqnrDb } of weights) expect(sqnrDb).toBeGreaterThan(42);
    for (const { sqnrDb } of weights) expect(sqnrDb).toBeLessThan(50);
    expect(diff.interface).toEqual([]);
    expect(renderDiff(diff)).toContain('The second is a quantized version of the first');
  });

  it('counts small weights that stayed float, too', async () => {
    const source = buildModel((b) => {
      const x = b.input('x', 'float32', ['batch', 8, 16, 16]);
      const small = b.op('Conv', [x, b.constant(random([4, 8, 3, 3], 1), 'small')], {}, { name: 'small_conv' });
      b.output(b.op('Conv', [small, b.constant(random([512, 4, 3, 3], 2), 'large')], {}, { name: 'large_conv' }), 'y');
    }, 13);
    const { model } = await dynamic(source);
    const { quantization } = await diffModels(await saved(source), await saved(model));
    expect(quantization).toMatchObject({ weights: [{ weight: 'large' }], floatWeights: 1 });
  });

  it('does not call models the same that give other results under a name, or in another order', async () => {
    const either = (relu: string, neg: string, reversed = false) =>
      buildModel((b) => {
        const x = b.input('x', 'float32', [2]);
        const outputs: [ReturnType<typeof b.op>, string][] = [
          [b.op('Relu', [x], {}, { name: 'relu' }), relu],
          [b.op('Neg', [x], {}, { name: 'neg' }), neg],
        ];
        for (const [value, name] of reversed ? outputs.reverse() : outputs) b.output(value, name);
      }, 13);
    const compare = async (other: ReturnType<typeof network>) =>
      diffModels(await saved(either('a', 'b')), await saved(other));
    const renamed = await compare(either('b', 'a', true));
    expect(renamed).toMatchObject({ identical: false, interface: [] });
    expect(renamed.nodes.changed).toEqual([
      { node: 'relu', op: 'Relu', changes: [{ what: 'output 0', before: 'a', after: 'b' }] },
      { node: 'neg', op: 'Neg', changes: [{ what: 'output 0', before: 'b', after: 'a' }] },
    ]);
    const reordered = await compare(either('a', 'b', true));
    expect(reordered).toMatchObject({ identical: false, nodes: { changed: [] } });
    expect(reordered.interface).toEqual([{ what: 'order of outputs', before: 'a, b', after: 'b, a' }]);
  });

  it('does not call models the same whose functions differ', async () => {
    const withFunction = (op: string) => {
      const model = buildModel((b) => b.output(b.op('Relu', [b.input('x', 'float32', [2])]), 'y'), 17);
      const node = [create(NodeProtoSchema, { opType: op, input: ['a'], output: ['b'] })];
      model.proto.functions = [
        create(FunctionProtoSchema, { domain: 'own', name: 'act', input: ['a'], output: ['b'], node }),
      ];
      return model;
    };
    const diff = await diffModels(await saved(withFunction('Tanh')), await saved(withFunction('Sigmoid')));
    expect(diff.identical).toBe(false);
    expect(diff.header).toEqual([{ what: 'function own:act', before: 'b = Tanh(a)', after: 'b = Sigmoid(a)' }]);
  });

  it('reads Q/DQ models, per channel and transposed', async () => {
    const source = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 32]);
      b.output(b.op('Gemm', [x, b.constant(random([32, 32], 2), 'w')], {}, { name: 'fc' }), 'y');
    }, 13);
    const quantized = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 32]);
      const w = random([32, 32], 2).data;
      const turned = Int8Array.from({ length: 1024 }, (_, i) =>
        Math.round(w[(i % 32) * 32 + Math.floor(i / 32)]! / 0.03),
      );
      const dq = b.op(
        'DequantizeLinear',
        [
          b.constant({ type: 'int8', dims: [32, 32], data: turned }, 'w_quantized'),
          b.constant({ type: 'float32', dims: [32], data: new Float32Array(32).fill(0.03) }),
        ],
        { axis: { int: 0 } },
      );
      b.output(b.op('Gemm', [x, dq], { transB: 1 }, { name: 'fc' }), 'y');
    }, 13);
    const { quantization } = await diffModels(await saved(source), await saved(quantized));
    expect(quantization?.weights).toMatchObject([{ weight: 'w', type: 'int8', scales: 32 }]);
    expect(quantization!.weights[0]!.sqnrDb).toBeGreaterThan(35);
    expect(quantization?.operators).toEqual({ DequantizeLinear: 1 });
  });

  it('names a file that is no model', async () => {
    await expect(diffModels(import.meta.filename, import.meta.filename)).rejects.toThrow(UserError);
  });
});

describe('inspect', () => {
  it('shows what is in a model, what each level would do, and what ran', async () => {
    const inspection = await inspectModel({ model: await saved(network()), target: 'cpu-x64-vnni' });
    expect(inspection).toMatchObject({
      opsets: { 'ai.onnx': 13 },
      parameters: 16 * 8 * 9 + 16 * 512,
      operators: { Conv: 1, Flatten: 1, Gemm: 1, GlobalAveragePool: 1 },
      target: 'cpu-x64-vnni',
      run: { providers: { cpu: expect.any(Number) }, integerKernels: 0 },
    });
    const [dynamicLevel, staticLevel] = inspection.levels;
    expect(dynamicLevel!.bytes).toBeLessThan(0.5 * inspection.bytes);
    expect(staticLevel!.operators.find(({ op }) => op === 'Conv')).toMatchObject({ quantized: { QLinearConv: 1 } });
    const text = renderInspection(inspection);
    for (const part of ['x  float32  [batch, 8, 16, 16]', 'Level 1', 'Level 2', 'Slowest nodes']) {
      expect(text).toContain(part);
    }
    expect(JSON.parse(JSON.stringify(inspection))).toEqual(inspection);
  });

  it('shows what is known of a model with an operator that ONNX Runtime does not know', async () => {
    const model = buildModel((b) => b.output(b.op('Erfc', [b.input('x', 'float32', ['n', 4])]), 'y'), 13);
    const inspection = await inspectModel({ model: await saved(model), target: 'cpu-x64-vnni' });
    expect(inspection.operators).toEqual({ Erfc: 1 });
    expect(inspection.run).toEqual({ notRun: expect.stringContaining('Erfc') });
    expect(renderInspection(inspection)).toMatch(/The model cannot be loaded: .*Erfc/);
  });

  it.runIf(process.arch === 'x64')('shows what is known of a model that ends the process which loads it', async () => {
    // A quotient that int32 has not, already where constants are folded.
    const model = buildModel((b) => {
      const number = (value: number) => b.constant({ type: 'int32', dims: [1], data: Int32Array.of(value) });
      const none = b.op('Cast', [b.op('Div', [number(-(2 ** 31)), number(-1)])], { to: 1 });
      b.output(b.op('Add', [b.input('x', 'float32', ['n', 4]), none]), 'y');
    }, 13);
    const inspection = await inspectModel({ model: await saved(model), target: 'cpu-x64-vnni' });
    expect(inspection.operators).toEqual({ Add: 1, Cast: 1, Div: 1 });
    expect(inspection.run).toEqual({ notRun: expect.stringContaining('SIGFPE') });
    expect(renderInspection(inspection)).toMatch(/The model cannot be loaded: .*SIGFPE/);
  });

  it('says of a product between float operators what Level 2 makes of it', async () => {
    const model = buildModel((b) => {
      const x = b.op('Erf', [b.input('x', 'float32', ['rows', 256])]);
      b.output(b.op('Erf', [b.op('MatMul', [x, b.constant(random([256, 256]), 'w')])]), 'y');
    }, 13);
    const { levels } = await inspectModel({ model: await saved(model), target: 'cpu-x64-vnni' });
    const product = levels[1]!.operators.find(({ op }) => op === 'MatMul');
    expect(Object.keys({ ...product!.quantized, ...product!.float }).join()).toMatch(/DynamicQuantizeMatMul|gain/);
  });

  it('says why a model does not run, and shows the rest', async () => {
    const model = buildModel((b) => {
      const shape = b.constant({ type: 'int64', dims: [1], data: BigInt64Array.of(7001n) }, 'shape');
      b.output(b.op('Reshape', [b.input('x\u001b[31m', 'float32', ['n']), shape]), 'y');
    }, 13);
    const inspection = await inspectModel({ model: await saved(model), target: 'cpu-x64-vnni' });
    expect(inspection.run).toEqual({ notRun: expect.stringContaining('Reshape') });
    const text = renderInspection(inspection);
    expect(text).toContain('could not be run');
    expect(text).not.toContain('\u001b');
  });
});
