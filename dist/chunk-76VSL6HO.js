import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));

// src/errors.ts
var UserError = class extends Error {
  name = "UserError";
  position;
  /** For a mistake in what reads a data source: the key below it, or `preprocess` and the key in there, that is wrong. */
  key;
  constructor(message, options = {}) {
    super(options.position ? `${formatPosition(options.position)}: ${message}` : message, { cause: options.cause });
    this.position = options.position;
    this.key = options.key;
  }
};
var pathErrors = {
  EACCES: "permission denied",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of the path is a file, not a folder",
  EISDIR: "it is a folder, not a file",
  ENXIO: "it is a pipe, a socket or a device, not a file",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its links lead in a circle",
  EEXIST: "something else has this name already",
  ENOSPC: "no space is left",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file is larger than allowed"
};
var isDiskFull = (error) => ["ENOSPC", "EDQUOT", "EFBIG"].includes(error?.code ?? "");
function pathProblem(error) {
  const { code } = error ?? {};
  const known = code === void 0 ? void 0 : pathErrors[code];
  return known && `${known} (${code})`;
}
function asPathError(error) {
  const problem = pathProblem(error);
  if (problem === void 0) return error;
  const { path, syscall = "use" } = error;
  return new UserError(`cannot ${verbs[syscall] ?? "use"} ${path ?? "a file"}: ${problem}`, { cause: error });
}
var verbs = { open: "open", read: "read", scandir: "list" };
function formatPosition({ file, line, column }) {
  return [file, line, column].filter((part) => part !== void 0).join(":");
}

export {
  UserError,
  isDiskFull,
  pathProblem,
  asPathError
};
