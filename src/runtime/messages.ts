import type { RuntimeTime } from './meter.ts';

/** What parent and child say to each other over the IPC channel ('advanced' serialization: structured clone). */
export interface CallMessage {
  call: number;
  job: string;
  params: unknown;
}

export type WorkerMessage =
  | { kind: 'ready' }
  | { kind: 'failed'; message: string }
  | { kind: 'progress'; call: number; done: number; total: number; detail?: string }
  | ({ kind: 'result'; call: number; value: unknown } & Spent)
  | ({ kind: 'error'; call: number; message: string; stack: string; user: boolean; loading: boolean } & Spent);

/** What ONNX Runtime took of the call. */
interface Spent {
  spent: RuntimeTime;
}
