import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { generateInputs } from '../../src/data/generate.ts';
import { materialize } from '../../src/data/materialize.ts';
import { type FeedStore, sliceStore } from '../../src/data/store.ts';
import { GraphBuilder, modelBytes, saveModel } from '../../src/onnx/model.ts';
import { Random } from '../../src/random.ts';
import { realModels } from '../../test/slow/real-models.ts';
import { type Bench, openData, quantize } from './compare.ts';

export interface MemoryResult {
  what: string;
  seconds?: number;
  /** Of all processes at one moment. */
  peakBytes?: number;
  /** Of each process: the one that quantizes first, then those that run models. */
  processes?: number[];
  error?: string;
}

/** 16 matrices of 4096 x 4096 in float32: 1.07 GB. */
const layers = 16;
const width = 4096;

/** Time and memory of making files at Level 2: with more calibration data, and of a big model. */
export async function measureMemory(bench: Bench, done: (result: MemoryResult) => void): Promise<MemoryResult[]> {
  const results: MemoryResult[] = [];
  const add = async (what: string, source: string, store: FeedStore, to: string, level: 1 | 2) => {
    const setting = { by: 'quant-gate', name: what, level } as const;
    const { seconds, peakBytes, processes, error } = await quantize(bench, setting, { source, store, to });
    const result = {
      what,
      ...(seconds !== undefined && { seconds }),
      ...(peakBytes !== undefined && { peakBytes }),
      ...(processes && { processes }),
      ...(error !== undefined && { error }),
    };
    results.push(result);
    done(result);
  };
  const mobilenet = realModels.find(({ name }) => name === 'mobilenetv2_imagenet')!;
  const calibration = { ...mobilenet.calibration, rows: '0:500' };
  const { source, work, calibration: store } = await openData(bench, { ...mobilenet, calibration });
  for (const count of [100, 500]) {
    const what = `MobileNetV2, Level 2, ${count} images`;
    await add(what, source, sliceStore(store, 0, count), join(work, `memory-${count}.onnx`), 2);
  }
  await rm(work, { recursive: true, force: true });

  const folder = join(bench.folder, 'big');
  const path = join(folder, 'big.onnx');
  await saveModel(bigModel(), path, { externalData: 'always' });
  const inputs = [{ name: 'x', type: 'float32', dims: [1, width] } as const];
  const feeds = await materialize(generateInputs(inputs, 16, 0), join(folder, 'big.feeds'));
  const gigabytes = ((await modelBytes(path)) / 1e9).toFixed(2);
  for (const level of [1, 2] as const) {
    const what = `a model of ${gigabytes} GB with external data, Level ${level}`;
    await add(what, path, feeds, join(folder, `big-${level}.onnx`), level);
  }
  await rm(folder, { recursive: true, force: true });
  return results;
}

/** A network whose activations keep their size from layer to layer. */
function bigModel() {
  const b = new GraphBuilder('big');
  let x = b.input('x', 'float32', [1, width]);
  for (let layer = 0; layer < layers; layer++) {
    const random = new Random(0, `layer ${layer}`);
    const scale = Math.sqrt(6 / width);
    const data = new Float32Array(width * width);
    for (let at = 0; at < data.length; at++) data[at] = (2 * random.uniform() - 1) * scale;
    x = b.op('MatMul', [x, b.constant({ type: 'float32', dims: [width, width], data }, `w${layer}`)]);
    x = b.op('Relu', [x]);
  }
  b.output(x, 'y');
  return b.build(17);
}
