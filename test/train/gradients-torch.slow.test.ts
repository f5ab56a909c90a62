import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import type { AttributeValue } from '../../src/onnx/attributes.ts';
import { GraphBuilder, modelToBytes } from '../../src/onnx/model.ts';
import { Random } from '../../src/random.ts';
import { differentiate } from '../../src/train/backward.ts';
import { Emitter, type Shape } from '../../src/train/emitter.ts';
import { fakeQuantDomain, lowerFakeQuant } from '../../src/train/fake-quant.ts';
import { type Case, cases, differentiateCase } from './gradient-cases.ts';
import { python, withoutTorch } from './python.ts';

interface Question {
  op: string;
  attributes: Record<string, AttributeValue>;
  inputs: { type: string; dims: Shape; data: number[]; trained: boolean }[];
  dy: number[][];
}

/** PyTorch's gradients of the trained inputs, in float64; null for an operator that the script does not know. */
function torchGradients(questions: Question[]): (number[][] | null)[] {
  const script = fileURLToPath(new URL('../../bench/peer/gradients.py', import.meta.url));
  const done = spawnSync(python, [script], {
    input: JSON.stringify(questions),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout) as (number[][] | null)[];
}

/** Norm of the difference over the norm of what was expected. */
function relativeError(found: Float32Array, expected: readonly number[]): number {
  const error = Math.hypot(...expected.map((value, i) => value - (found[i] as number)));
  return error / Math.max(Math.hypot(...expected), 1e-6);
}

test.skipIf(withoutTorch)(
  `every gradient is that of PyTorch's autograd`,
  async () => {
    const asked = await Promise.all(
      cases.map(async (each: Case) => {
        const { feeds, weights, gradients } = await differentiateCase(each);
        const inputs = each.inputs.map((input, i) => {
          if (Array.isArray(input)) {
            const { dims, data } = feeds[`x${i}`]!;
            return { type: 'float32', dims, data: [...data], trained: true };
          }
          const { type, dims, data } = input as Exclude<typeof input, Shape>;
          return { type, dims, data: Array.from(data, Number), trained: false };
        });
        const question = { op: each.op, attributes: each.attributes ?? {}, inputs, dy: weights.map((dy) => [...dy]) };
        return { title: `${each.op} ${each.name ?? ''}`, question, found: Object.values(gradients) };
      }),
    );
    const answers = torchGradients(asked.map(({ question }) => question));
    const unknown = asked.filter((_, i) => answers[i] === null).map(({ title }) => title);
    expect(unknown, 'operators that bench/peer/gradients.py lacks').toEqual([]);
    const wrong = asked.flatMap(({ title, found }, i) =>
      found.flatMap(({ data }, at) => {
        const error = relativeError(data, answers[i]![at]!);
        return error < 5e-6 ? [] : [`${title}, input ${at}: ${error}`];
      }),
    );
    expect(wrong).toEqual([]);
  },
  120_000,
);

test.skipIf(withoutTorch)(
  `fake-quantized weights have the gradients of LSQ in PyTorch`,
  async () => {
    const random = new Random(5, 'fake-quant');
    const questions: Question[] = [];
    const found: Float32Array[][] = [];
    for (const axis of [undefined, 0, 1]) {
      const dims = [4, 3, 3];
      const channels = axis === undefined ? [] : [dims[axis] as number];
      const b = new GraphBuilder();
      const [x, log] = [b.input('x', 'float32', dims), b.input('log', 'float32', channels)];
      const attributes = { low: { float: -7 }, high: { float: 7 }, ...(axis !== undefined && { axis: { int: axis } }) };
      const y = b.graph
        .addNode({ op: 'FakeQuant', domain: fakeQuantDomain, name: 'fake', inputs: [x, log], attributes })
        .output();
      const e = new Emitter(
        b.graph,
        new Map([
          [x, dims],
          [log, channels],
          [y, dims],
        ]),
      );
      const draw = (count: number, size: number) => Float32Array.from({ length: count }, () => size * random.normal());
      const [data, scales, dy] = [draw(36, 0.5), draw(channels[0] ?? 1, 0.2).map((v) => v - 2.5), draw(36, 1)];
      const gradients = differentiate(e, new Map([[y, e.tensor(dims, dy)]]), [x, log]);
      [x, log].forEach((value, i) => {
        const named = b.graph.addNode({ op: 'Identity', inputs: [gradients.get(value)!], outputs: [`g${i}`] });
        b.graph.addOutput(named.output());
      });
      lowerFakeQuant(e);
      const session = await InferenceSession.create(modelToBytes(b.build(18)));
      const result = await session.run({
        x: new OrtTensor('float32', data, dims),
        log: new OrtTensor('float32', scales, channels),
      });
      found.push([result['g0']!.data as Float32Array, result['g1']!.data as Float32Array]);
      questions.push({
        op: 'FakeQuant',
        attributes: { low: -7, high: 7, ...(axis !== undefined && { axis }) },
        inputs: [
          { type: 'float32', dims, data: [...data], trained: true },
          { type: 'float32', dims: channels, data: [...scales], trained: true },
        ],
        dy: [[...dy]],
      });
    }
    torchGradients(questions).forEach((answer, i) => {
      answer!.forEach((expected, at) => {
        expect(relativeError(found[i]![at]!, expected)).toBeLessThan(2e-5);
      });
    });
  },
  120_000,
);
