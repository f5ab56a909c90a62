import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../errors.ts';
import type { TensorValues } from '../tensor.ts';
import { type Decoded, type DecodePlan, type DecodeTask, decode } from './decode.ts';

/**
 * Entry of a decoding thread. `scripts/build.mjs` bundles this file as an entry of its own, `dist/decode-thread.js`,
 * beside the module that `decode-pool.ts` ends up in.
 */

export interface ThreadRequest {
  id: number;
  task: DecodeTask;
}
export type ThreadResponse = { id: number } & ({ decoded: Decoded } | { error: Error; isUserError: boolean });

const plan = workerData as DecodePlan;
if (!parentPort) throw new Error('decode-thread is the entry of a worker thread');
const port = parentPort;

port.on('message', async ({ id, task }: ThreadRequest) => {
  try {
    const decoded = await decode(plan, task);
    const tensors = [decoded.tensor, ...(decoded.mask ? [decoded.mask] : [])];
    port.postMessage(
      { id, decoded } satisfies ThreadResponse,
      tensors.map(({ data }) => bufferOf(data)),
    );
  } catch (error) {
    // Structured cloning keeps an Error's message and stack but not its class.
    port.postMessage({ id, error: error as Error, isUserError: error instanceof UserError } satisfies ThreadResponse);
  }
});

// The first message says that the module has loaded.
port.postMessage('ready');

function bufferOf(data: TensorValues): ArrayBuffer {
  return (data as Exclude<TensorValues, string[]>).buffer as ArrayBuffer;
}
