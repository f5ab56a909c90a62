import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));

// src/errors.ts
var UserError = class extends Error {
  name = "UserError";
  position;
  constructor(message, options = {}) {
    super(options.position ? `${formatPosition(options.position)}: ${message}` : message, { cause: options.cause });
    this.position = options.position;
  }
};
function formatPosition({ file, line, column }) {
  return [file, line, column].filter((part) => part !== void 0).join(":");
}

export {
  UserError
};
