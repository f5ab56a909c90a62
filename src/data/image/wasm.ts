import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { WebAssembly } from '../../webassembly.ts';

/**
 * How the image codecs' WebAssembly is found, from disk and never from the network.
 *
 * In the source tree it is resolved in node_modules. In the bundle, `scripts/build.mjs` copies each of `wasmFiles`
 * (package path -> file name) into `dist/`, beside the modules that esbuild wrote; `import.meta.url` has to stay the
 * module's own address there (esbuild: format esm).
 */
export const wasmFiles = {
  '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm': 'mozjpeg_dec.wasm',
  '@jsquash/webp/codec/dec/webp_dec.wasm': 'webp_dec.wasm',
} as const;

const compiled = new Map<string, Promise<object>>();

/** The compiled module, compiled once per thread. */
export function loadWasm(packagePath: keyof typeof wasmFiles): Promise<object> {
  let module = compiled.get(packagePath);
  if (!module) {
    module = readWasm(packagePath).then((bytes) => WebAssembly.compile(bytes));
    compiled.set(packagePath, module);
  }
  return module;
}

async function readWasm(packagePath: keyof typeof wasmFiles): Promise<Uint8Array> {
  const bundled = !import.meta.url.endsWith('.ts');
  const file = bundled
    ? new URL(wasmFiles[packagePath], import.meta.url)
    : createRequire(import.meta.url).resolve(packagePath);
  return readFile(file);
}

/** Instantiates a compiled module; synchronous, as the codecs' start code wants it. */
export function instantiate(module: object, imports: object): { exports: object } {
  return new WebAssembly.Instance(module, imports);
}
