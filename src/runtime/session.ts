import type { InferenceSession } from 'onnxruntime-node';
import type { TensorInfo, TensorType } from '../tensor.ts';
import { LoadError, type ProviderName, type SessionSpec } from './contract.ts';
import type { Ort } from './load.ts';

/** ONNX Runtime's fallback order; a provider whose libraries are missing makes session creation throw. */
const providerLists: Record<ProviderName, string[]> = {
  cpu: ['cpu'],
  cuda: ['cuda', 'cpu'],
  tensorrt: ['tensorrt', 'cuda', 'cpu'],
};

/** The options of onnxruntime-node for a spec. The keys of `extra` are onnxruntime_session_options_config_keys.h. */
export function sessionOptions(spec: SessionSpec): InferenceSession.SessionOptions {
  const session: Record<string, string> = {};
  if (spec.exactInt8) session['x64quantprecision'] = '1';
  if (spec.keepQdq) session['disable_quant_qdq'] = '1';
  if (spec.spinMicroseconds !== undefined) session['intra_op.spin_duration_us'] = String(spec.spinMicroseconds);
  return {
    executionProviders: providerLists[spec.provider],
    graphOptimizationLevel: spec.optimization ?? 'all',
    executionMode: 'sequential',
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    ...(spec.threads > 0 && { intraOpNumThreads: spec.threads }),
    ...(Object.keys(session).length > 0 && { extra: { session } }),
    ...(spec.optimizedModelPath !== undefined && { optimizedModelFilePath: spec.optimizedModelPath }),
    ...(spec.profilePrefix !== undefined && { enableProfiling: true, profileFilePrefix: spec.profilePrefix }),
  };
}

/** The open sessions of a child process, one for each distinct spec. */
export class Sessions {
  readonly #ort: Ort;
  readonly #open = new Map<string, Promise<InferenceSession>>();

  constructor(ort: Ort) {
    this.#ort = ort;
  }

  /** The session of this spec, made on first use. */
  open(spec: SessionSpec): Promise<InferenceSession> {
    const key = specKey(spec);
    let session = this.#open.get(key);
    if (!session) {
      session = this.#ort.InferenceSession.create(spec.model, sessionOptions(spec)).catch((cause: Error) => {
        throw new LoadError(cause.message, { cause });
      });
      session.catch(() => this.#open.delete(key));
      this.#open.set(key, session);
    }
    return session;
  }

  /** Frees the session of this spec, if it is open. */
  async release(spec: SessionSpec): Promise<void> {
    const key = specKey(spec);
    const session = this.#open.get(key);
    this.#open.delete(key);
    await (await session)?.release();
  }
}

function specKey(spec: SessionSpec): string {
  return JSON.stringify(Object.entries(spec).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The graph inputs or outputs of a session as ONNX Runtime knows them, symbolic dimensions by name. */
export function tensorInfos(metadata: readonly InferenceSession.ValueMetadata[]): TensorInfo[] {
  return metadata.map((value) => {
    if (!value.isTensor) {
      throw new LoadError(
        `${value.name} is a sequence, map or optional; only tensors are supported. Export it as a tensor (skl2onnx: options={'zipmap': False}).`,
      );
    }
    return {
      name: value.name,
      type: value.type as TensorType,
      dims: value.shape.map((dim) => (dim === '' ? undefined : dim)),
    };
  });
}
