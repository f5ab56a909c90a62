/** A place that holds libonnxruntime and onnxruntime_binding.node of the version this program is built for. */
export interface RuntimeLocation {
  /** Absolute path of onnxruntime_binding.node. */
  binding: string;
  version: string;
  /** Says where it came from: `node_modules`, `tool cache`, `runtime-path`, `downloaded`. */
  source: string;
}

export type ProviderName = 'cpu' | 'cuda' | 'tensorrt';

/** How a session is made. Two sessions are comparable only where all but `model` is equal. */
export interface SessionSpec {
  /** Absolute path of the ONNX file; loaded by path, so that external data resolves and memory stays low. */
  model: string;
  provider: ProviderName;
  /** Intra-op threads; 0 lets ONNX Runtime choose. */
  threads: number;
  optimization?: 'disabled' | 'basic' | 'extended' | 'all';
  /** `session.x64quantprecision=1`: an AVX2 machine computes U8S8 with the VNNI machine's exact arithmetic. */
  exactInt8?: boolean;
  /** `session.disable_quant_qdq=1`: Q and DQ are run as they stand (training graphs, fake-quant). */
  keepQdq?: boolean;
  /**
   * `session.intra_op.spin_duration_us`: how long an idle thread of the session spins before it sleeps. ONNX Runtime's
   * default is tens of milliseconds, in which an idle process takes a core from the process that is timed.
   */
  spinMicroseconds?: number;
  /** Writes the optimized graph here when the session is made. */
  optimizedModelPath?: string;
  /** Prefix of the profile file; `endProfiling` gives its path. */
  profilePrefix?: string;
}

/** Why a child process did not give a result. */
export type WorkerFailure = 'error' | 'aborted' | 'killed' | 'timeout';

/** A child process that runs models failed; the gate goes on with the next variant and reports this. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  readonly kind: WorkerFailure;
  readonly stderr: string;
  /** Whether the model could not be loaded, whatever it would have been fed. */
  readonly loading: boolean;

  constructor(kind: WorkerFailure, message: string, stderr = '', { loading = false } = {}) {
    super(message);
    this.kind = kind;
    this.stderr = stderr;
    this.loading = loading;
  }
}

/** ONNX Runtime does not take a model; the job that wanted it fails with a WorkerError that says so. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
}

/** Whether a job failed, for a model that ONNX Runtime does not take, say, in a process that lives on. */
export function isJobError(error: unknown): error is WorkerError {
  return error instanceof WorkerError && error.kind === 'error';
}
