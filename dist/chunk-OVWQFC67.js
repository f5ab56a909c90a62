import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));

// src/runtime/contract.ts
var WorkerError = class extends Error {
  name = "WorkerError";
  kind;
  stderr;
  /** Whether the model could not be loaded, whatever it would have been fed. */
  loading;
  constructor(kind, message, stderr = "", { loading = false } = {}) {
    super(message);
    this.kind = kind;
    this.stderr = stderr;
    this.loading = loading;
  }
};
var LoadError = class extends Error {
  name = "LoadError";
};
function isJobError(error) {
  return error instanceof WorkerError && error.kind === "error";
}

// src/runtime/session.ts
var providerLists = {
  cpu: ["cpu"],
  cuda: ["cuda", "cpu"],
  tensorrt: ["tensorrt", "cuda", "cpu"]
};
function sessionOptions(spec) {
  const session = {};
  if (spec.exactInt8) session["x64quantprecision"] = "1";
  if (spec.keepQdq) session["disable_quant_qdq"] = "1";
  if (spec.spinMicroseconds !== void 0) session["intra_op.spin_duration_us"] = String(spec.spinMicroseconds);
  return {
    executionProviders: providerLists[spec.provider],
    graphOptimizationLevel: spec.optimization ?? "all",
    executionMode: "sequential",
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    ...spec.threads > 0 && { intraOpNumThreads: spec.threads },
    ...Object.keys(session).length > 0 && { extra: { session } },
    ...spec.optimizedModelPath !== void 0 && { optimizedModelFilePath: spec.optimizedModelPath },
    ...spec.profilePrefix !== void 0 && { enableProfiling: true, profileFilePrefix: spec.profilePrefix }
  };
}
var Sessions = class {
  #ort;
  #open = /* @__PURE__ */ new Map();
  constructor(ort) {
    this.#ort = ort;
  }
  /** The session of this spec, made on first use. */
  open(spec) {
    const key = specKey(spec);
    let session = this.#open.get(key);
    if (!session) {
      session = this.#ort.InferenceSession.create(spec.model, sessionOptions(spec)).catch((cause) => {
        throw new LoadError(cause.message, { cause });
      });
      session.catch(() => this.#open.delete(key));
      this.#open.set(key, session);
    }
    return session;
  }
  /** Frees the session of this spec, if it is open. */
  async release(spec) {
    const key = specKey(spec);
    const session = this.#open.get(key);
    this.#open.delete(key);
    await (await session)?.release();
  }
};
function specKey(spec) {
  return JSON.stringify(Object.entries(spec).sort(([a], [b]) => a < b ? -1 : 1));
}
function tensorInfos(metadata) {
  return metadata.map((value) => {
    if (!value.isTensor) {
      throw new LoadError(
        `${value.name} is a sequence, map or optional; only tensors are supported. Export it as a tensor (skl2onnx: options={'zipmap': False}).`
      );
    }
    return {
      name: value.name,
      type: value.type,
      dims: value.shape.map((dim) => dim === "" ? void 0 : dim)
    };
  });
}

export {
  WorkerError,
  LoadError,
  isJobError,
  sessionOptions,
  Sessions,
  tensorInfos
};
