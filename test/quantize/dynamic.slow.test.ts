import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { generateInputs } from '../../src/data/generate.ts';
import { openNpz } from '../../src/data/npy.ts';
import { loadModel, modelToBytes, type OnnxModel } from '../../src/onnx/model.ts';
import { hostTargetName } from '../../src/targets/index.ts';
import type { Tensor } from '../../src/tensor.ts';
import type { Feeds } from '../onnx/ort.ts';
import { dynamic, placementOf, runOptimized, sqnrOf } from './helpers.ts';

const shared = process.env['QUANT_GATE_SHARED'] ?? join(import.meta.dirname, '../../../shared');
const data = join(shared, 'data');
const models = join(data, 'models');

/** Rows of arrays of an .npz, all of them or the first `limit`. */
async function arrays(file: string, names: readonly string[], limit?: number): Promise<Tensor[]> {
  const npz = await openNpz(join(data, 'data', file), file);
  return Promise.all(
    names.map(async (name) => {
      const array = await npz.open(name);
      const rows = Math.min(limit ?? array.shape[0]!, array.shape[0]!);
      const size = array.shape.slice(1).reduce((product, dim) => product * dim, 1);
      const all = (await array.read()) as Float32Array;
      return { type: array.type, dims: [rows, ...array.shape.slice(1)], data: all.slice(0, rows * size) };
    }),
  );
}

/** Row `index` of an array, with the axis of the rows kept as 1 or dropped. */
function row({ type, dims, data: values }: Tensor, index: number, keep = true): Tensor {
  const size = dims.slice(1).reduce((product, dim) => product * dim, 1);
  const part = (values as Float32Array).subarray(index * size, (index + 1) * size);
  return { type, dims: keep ? [1, ...dims.slice(1)] : dims.slice(1), data: part };
}

interface Task {
  model: string;
  samples: number;
  feeds(index: number): Feeds;
  /** Whether the outputs of a sample are right. */
  correct(output: Float32Array, index: number): boolean;
}

const largest = (values: Float32Array) => values.indexOf(values.reduce((a, b) => Math.max(a, b)));

async function tasks(): Promise<Record<string, () => Promise<Task>>> {
  const classes = (labels: Tensor) => (output: Float32Array, i: number) => largest(output) === Number(labels.data[i]);
  const silero = (model: string, further: Feeds) => async (): Promise<Task> => {
    const [input, state, labels] = await arrays('vad/frames.npz', ['input', 'state', 'labels']);
    return {
      model,
      samples: 1500,
      feeds: (i) => ({ input: row(input!, i, false), state: row(state!, i, false), ...further }),
      correct: (output, i) => output[0]! > 0.5 === (Number(labels!.data[i]) === 1),
    };
  };
  return {
    kwt: async () => {
      const [features, labels] = await arrays('speech_commands/eval_features.npz', ['features', 'labels']);
      return {
        model: 'kwt1_speech_commands',
        samples: 1000,
        feeds: (i) => ({ features: row(features!, i) }),
        correct: classes(labels!),
      };
    },
    'sst-2': async () => {
      const [ids, mask, labels] = await arrays('sst2/dev.npz', ['input_ids', 'attention_mask', 'labels']);
      return {
        model: 'sst2_transformer',
        samples: 872,
        feeds: (i) => ({ input_ids: row(ids!, i), attention_mask: row(mask!, i) }),
        correct: classes(labels!),
      };
    },
    vit: async () => {
      const [images, labels] = await arrays('cifar10/test.npz', ['images', 'labels']);
      const [mean, std] = [
        [0.4914, 0.4822, 0.4465],
        [0.2023, 0.1994, 0.201],
      ] as const;
      const pixels = (i: number) => row(images!, i).data as unknown as Uint8Array;
      return {
        model: 'vit_pgd_cifar10',
        samples: 2000,
        feeds: (i) => {
          const from = pixels(i);
          const values = Float32Array.from({ length: 3072 }, (_, at) => {
            const channel = Math.floor(at / 1024);
            return (from[(at % 1024) * 3 + channel]! / 255 - mean[channel]!) / std[channel]!;
          });
          return { input: { type: 'float32', dims: [1, 3, 32, 32], data: values } };
        },
        correct: classes(labels!),
      };
    },
    'silero, flat': silero('silero_vad_16k_flat', {}),
    'silero, LSTM in a branch': silero('silero_vad_16k_op15', {
      sr: { type: 'int64', dims: [], data: BigInt64Array.of(16000n) },
    }),
    magika: async () => {
      const [bytes, labels] = await arrays('magika/eval.npz', ['bytes', 'labels'], 400);
      return {
        model: 'magika_standard_v3_3',
        samples: 400,
        feeds: (i) => ({ bytes: row(bytes!, i) }),
        correct: classes(labels!),
      };
    },
  };
}

async function outputs(model: OnnxModel, task: Pick<Task, 'samples' | 'feeds'>): Promise<Float32Array[]> {
  const session = await InferenceSession.create(modelToBytes(model), { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const results: Float32Array[] = [];
  for (let i = 0; i < task.samples; i++) {
    const feeds = Object.entries(task.feeds(i)).map(([name, { type, data: values, dims }]) => [
      name,
      new OrtTensor(type as 'float32', values as Float32Array, [...dims]),
    ]);
    const result = await session.run(Object.fromEntries(feeds));
    results.push(result[session.outputNames[0]!]!.data as Float32Array);
  }
  await session.release();
  return results;
}

describe.runIf(existsSync(models))('Level 1 on real models', async () => {
  const all = (await tasks()) as Record<string, () => Promise<Task>>;

  it.each(Object.keys(all))('loses at most half a point of accuracy: %s', async (name) => {
    const task = await all[name]!();
    const source = await loadModel(join(models, `${task.model}.onnx`));
    const { model } = await dynamic(source, { target: hostTargetName() });
    const accuracy = (results: Float32Array[]) =>
      results.filter((output, i) => task.correct(output, i)).length / task.samples;
    const [before, after] = [accuracy(await outputs(source, task)), accuracy(await outputs(model, task))];
    expect(before).toBeGreaterThan(0.55);
    expect(before - after).toBeLessThanOrEqual(0.005);
  });

  it('loses at most 0.05 dB of noise suppression: GRU', async () => {
    const [input, noisy, clean] = await arrays('noise_suppression/eval.npz', ['input', 'noisy_mag', 'clean_mag']);
    const zeros = { type: 'float32', dims: [1, 1, 400], data: new Float32Array(400) } as const;
    const source = await loadModel(join(models, 'nsnet2_gru.onnx'));
    const { model } = await dynamic(source, { target: hostTargetName() });
    const task = { samples: 24, feeds: (i: number) => ({ input: row(input!, i), h0: zeros, h1: zeros }) };
    const half = (bits: number) => {
      const exponent = (bits >> 10) & 31;
      const fraction = bits & 1023;
      return exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    };
    const snr = (gains: Float32Array[]) => {
      const each = gains.map((gain, i) => {
        const [n, c] = [noisy!, clean!].map((array) => row(array, i).data as unknown as Uint16Array);
        let signal = 0;
        let error = 0;
        gain.forEach((g, at) => {
          const wanted = half(c![at]!);
          signal += wanted ** 2;
          error += (half(n![at]!) * g - wanted) ** 2;
        });
        return 10 * Math.log10(signal / error);
      });
      return each.reduce((sum, value) => sum + value, 0) / each.length;
    };
    const [before, after] = [snr(await outputs(source, task)), snr(await outputs(model, task))];
    expect(before).toBeCloseTo(8.9, 1);
    expect(before - after).toBeLessThan(0.05);
  });

  const files = ['models', 'extra_models'].flatMap((folder) =>
    readdirSync(join(data, folder))
      .filter((file) => file.endsWith('.onnx'))
      .map((file) => join(folder, file)),
  );
  it.each(files)('quantizes %s: smaller, the same interface, and FP32 kernels where it does not gain', async (file) => {
    const source = await loadModel(join(data, file));
    const { model, nodes } = await dynamic(source, { target: hostTargetName() });
    const ratio = modelToBytes(model).length / modelToBytes(source).length;
    expect(ratio).toBeLessThan(0.45);
    expect(model.graph.infos('outputs')).toEqual(source.graph.infos('outputs'));
    const fixed = source.graph.infos('inputs').map((info) => ({
      ...info,
      dims: info.dims.map((dim, axis) => (file.includes('op15') && info.name === 'input' && axis === 1 ? 576 : dim)),
    }));
    for await (const { inputs } of generateInputs(fixed, 1, 1).samples()) {
      expect(sqnrOf(await runOptimized(source, inputs), await runOptimized(model, inputs))).toBeGreaterThan(10);
      const feeds = { tensors: inputs };
      const { kernels, placement } = await placementOf(source, model, nodes, feeds);
      const decided = nodes.filter(({ quantized }) => quantized).length;
      expect(placement.quantizedNodes).toBe(decided);
      // Models whose weights are graph inputs as well are not optimized by the runtime until that is undone.
      const overridable = source.graph.declaredInputs.length > source.graph.inputs.length && source.irVersion >= 4;
      if (placement.integerKernels === 0 && !overridable) {
        expect(kernels).toEqual((await placementOf(source, source, [], feeds)).kernels);
      }
    }
  });
});
