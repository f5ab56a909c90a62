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
