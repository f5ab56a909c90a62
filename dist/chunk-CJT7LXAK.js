import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  ZodISODate,
  ZodISODateTime,
  ZodISODuration,
  ZodISOTime,
  _enum,
  _isoDate,
  _isoDateTime,
  _isoDuration,
  _isoTime,
  array,
  boolean,
  int,
  literal,
  object,
  publishSchema,
  string
} from "./chunk-MXRGQT2E.js";
import {
  isSafePath
} from "./chunk-WIJZFTFA.js";
import {
  UserError
} from "./chunk-76VSL6HO.js";
import {
  __export
} from "./chunk-TGMM3ZQG.js";

// node_modules/zod/v4/classic/iso.js
var iso_exports = {};
__export(iso_exports, {
  ZodISODate: () => ZodISODate,
  ZodISODateTime: () => ZodISODateTime,
  ZodISODuration: () => ZodISODuration,
  ZodISOTime: () => ZodISOTime,
  date: () => date,
  datetime: () => datetime,
  duration: () => duration,
  time: () => time
});
function datetime(params) {
  return _isoDateTime(ZodISODateTime, params);
}
function date(params) {
  return _isoDate(ZodISODate, params);
}
function time(params) {
  return _isoTime(ZodISOTime, params);
}
function duration(params) {
  return _isoDuration(ZodISODuration, params);
}

// src/bundle/manifest.ts
var safePath = string().max(500).refine(isSafePath, { error: "a relative path that stays inside the folder" });
var file = object({
  path: safePath,
  sha256: string().regex(/^[0-9a-f]{64}$/),
  bytes: int().nonnegative(),
  kind: _enum(["report", "page", "comment", "model", "external-data"]),
  model: string().optional(),
  variant: string().optional(),
  level: int().min(0).max(3).optional(),
  method: _enum(["fp32", "dynamic", "static", "qat"]).optional(),
  target: string().optional(),
  verdict: _enum(["pass", "fail", "inconclusive", "error"]).optional()
});
var manifestSchema = object({
  manifestVersion: literal(1),
  complete: boolean().describe("false while a run replaces the files: nothing in the folder counts."),
  createdAt: iso_exports.datetime(),
  verdict: _enum(["pass", "fail", "inconclusive", "error"]),
  policy: object({ path: string(), sha256: string(), publish: publishSchema.optional() }),
  versions: object({ quantGate: string(), node: string(), onnxruntime: string() }),
  files: array(file).max(1e5)
});
function parseManifest(text, from = "manifest.json") {
  const manifest = readManifest(text, from);
  if (!manifest.complete) {
    throw new UserError(`${from} says that the run was interrupted while it wrote its files; run the gate again`);
  }
  return manifest;
}
function readManifest(text, from) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${from} is not JSON: ${error.message}`, { cause: error });
  }
  const version = value?.manifestVersion;
  if (typeof version === "number" && version !== 1) {
    throw new UserError(
      `${from} has version ${version}; this Quant Gate reads version 1: use the release that wrote it`
    );
  }
  const result = manifestSchema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new UserError(`${from} is not a manifest of Quant Gate: ${issue.path.join(".") || "it"}: ${issue.message}`);
  }
  return result.data;
}

export {
  iso_exports,
  parseManifest,
  readManifest
};
