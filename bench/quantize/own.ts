/**
 * Quantizes one model in a process of its own, so that its time and memory can be compared with another program's:
 * `node own.js PARAMETERS`, which are JSON (`OwnParameters`). Prints the seconds as JSON.
 */
import { openStore, type StoreReference } from '../../src/data/store.ts';
import { keepHeapSmall } from '../../src/heap.ts';
import { loadModel, saveModel } from '../../src/onnx/model.ts';
import { policySchema } from '../../src/policy/schema.ts';
import { silent } from '../../src/progress.ts';
import { quantizeDynamic } from '../../src/quantize/dynamic.ts';
import { quantizeStatic } from '../../src/quantize/static/static.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { resolveTarget } from '../../src/targets/index.ts';

export interface OwnParameters {
  model: string;
  level: 1 | 2;
  /** Of the level's part of a policy; default: its defaults. */
  options?: Record<string, unknown>;
  store: StoreReference;
  /** The file to write. */
  to: string;
  workDir: string;
  threads: number;
}

const {
  model,
  level,
  options = {},
  store,
  to,
  workDir,
  threads,
} = JSON.parse(process.argv[2] as string) as OwnParameters;
const { levels } = policySchema.parse({ version: 1, models: [{ path: 'any' }], levels: { [level]: options } });
// As the gate does when it starts.
keepHeapSmall();
const begin = performance.now();
const request = {
  model: await loadModel(model),
  target: resolveTarget('cpu'),
  runtime: await locateRuntime({ runtimePath: process.env['QUANT_GATE_RUNTIME_PATH'] }),
  workDir,
  seed: 0,
  threads,
  progress: silent,
};
const { model: quantized, notes } =
  level === 1
    ? await quantizeDynamic({ ...request, options: levels[1]!, samples: store })
    : await quantizeStatic({ ...request, options: levels[2]!, calibration: openStore(store) });
await saveModel(quantized, to);
console.log(JSON.stringify({ seconds: (performance.now() - begin) / 1000, notes }));
