import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { generateInputs } from '../../src/data/generate.ts';
import { materialize } from '../../src/data/materialize.ts';
import { type FeedStore, sliceStore } from '../../src/data/store.ts';
import { GraphBuilder, modelBytes, saveModel } from '../../src/onnx/model.ts';
import { Random } from '../../src/random.ts';
import { realModels } from '../../test/slow/real-models.ts';
import { type Bench, openData, quantize } from './compare.ts';
import { type Setting, sameObserver } from './settings.ts';

const level1: Setting = { by: 'quant-gate', name: 'Level 1', level: 1 };
const level2: Setting = { by: 'quant-gate', name: 'Level 2', level: 2 };

export interface MemoryResult {
  what: string;
  seconds?: number;
  /** Of all processes at one moment. */
  peakBytes?: number;
  /** Of each process: the one that quantizes first, then those that run models. */
  processes?: number[];
  error?: string;
}

/** Of what is beside the peer, in turn; the one of median time is given. */
export const rounds = 5;

/** 16 matrices of 4096 x 4096 in float32: 1.07 GB. */
const layers = 16;
const width = 4096;

/**
 * Time and memory of making files: beside the peer with the same observer, with more data, and of a big model.
 *
 * @param known results of an earlier run; they are given again, not measured
 */
export async function* measureMemory(bench: Bench, known: readonly MemoryResult[]): AsyncGenerator<MemoryResult> {
  const measure = async (what: string, setting: Setting, source: string, store: FeedStore, to: string) => {
    const earlier = known.find((each) => each.what === what);
    if (earlier) return earlier;
    const { seconds, peakBytes, processes, error } = await quantize(bench, setting, { source, store, to });
    return {
      what,
      ...(seconds !== undefined && { seconds }),
      ...(peakBytes !== undefined && { peakBytes }),
      ...(processes && { processes }),
      ...(error !== undefined && { error }),
    };
  };
  const mobilenet = realModels.find(({ name }) => name === 'mobilenetv2_imagenet')!;
  const calibration = { ...mobilenet.calibration, rows: '0:500' };
  const { source, work, calibration: store } = await openData(bench, { ...mobilenet, calibration });
  const file = join(work, 'measured.onnx');
  const compared = sameObserver.map((setting) => ({ setting, runs: [] as MemoryResult[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { setting, runs } of compared) {
      const what = `MobileNetV2, 100 images, ${setting.by === 'onnxruntime' ? 'peer' : 'here'}: ${setting.name}`;
      runs.push(await measure(what, setting, source, sliceStore(store, 0, 100), file));
    }
  }
  for (const { runs } of compared) yield runs.toSorted((a, b) => (a.seconds ?? 0) - (b.seconds ?? 0))[rounds >> 1]!;
  for (const count of [100, 500]) {
    yield await measure(
      `MobileNetV2, ${count} images, here: Level 2`,
      level2,
      source,
      sliceStore(store, 0, count),
      file,
    );
  }
  await rm(work, { recursive: true, force: true });

  const folder = join(bench.folder, 'big');
  await mkdir(folder);
  const path = join(folder, 'big.onnx');
  await saveModel(bigModel(), path, { externalData: 'always' });
  const inputs = [{ name: 'x', type: 'float32', dims: [1, width] } as const];
  const feeds = await materialize(generateInputs(inputs, 16, 0), join(folder, 'big.feeds'));
  const gigabytes = ((await modelBytes(path)) / 1e9).toFixed(2);
  for (const setting of [level1, level2]) {
    const what = `a model of ${gigabytes} GB with external data, here: ${setting.name}`;
    yield await measure(what, setting, path, feeds, join(folder, 'measured.onnx'));
  }
  await rm(folder, { recursive: true, force: true });
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
