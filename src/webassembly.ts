/** A memory that a module and JavaScript share; growing it detaches the views that were made before. */
export interface WebAssemblyMemory {
  readonly buffer: ArrayBuffer;
  /** By so many pages of 64 KiB. */
  grow(pages: number): number;
}

/** The part of WebAssembly that is used here; its full types come with the browser's library, which Node code lacks. */
interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<object>;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: object };
  Memory: new (pages: { initial: number }) => WebAssemblyMemory;
}

export const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };

const pageBytes = 65536;

/** A module of assembly/ and the memory that it shares with JavaScript. */
export interface Kernels<Exports> {
  readonly exports: Exports;
  /** The memory, at least so many bytes; what is in it stays. */
  room(bytes: number): ArrayBuffer;
}

/**
 * @param base64 what `npm run generate` compiled; it is instantiated at the first call of what is given back
 */
export function kernelsOf<Exports extends object>(base64: string): () => Kernels<Exports> {
  let kernels: Kernels<Exports> | undefined;
  return () => {
    kernels ??= instantiate(base64);
    return kernels;
  };
}

function instantiate<Exports extends object>(base64: string): Kernels<Exports> {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new WebAssembly.Module(Buffer.from(base64, 'base64'));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return {
    exports: exports as Exports,
    room: (bytes) => {
      const missing = bytes - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
      return memory.buffer;
    },
  };
}
