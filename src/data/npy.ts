import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { zipSync } from 'fflate';
import { UserError } from '../errors.ts';
import { writeAtomic } from '../files.ts';
import { arrayTypes, sizeOf, type Tensor, type TensorType } from '../tensor.ts';
import { refuseLfsPointer } from './lfs.ts';
import { tensorBytes } from './store.ts';
import { readZipDirectory, type ZipEntry } from './zip.ts';

/**
 * NumPy's .npy and .npz, read as a stream: only the rows in use are in memory.
 *
 * Source: NumPy, `numpy.lib.format` (NPY versions 1 to 3); .npz is a ZIP of .npy members.
 */
export interface ArrayEntry {
  /** As messages name it: `data.npz[images]` or `labels.npy`. */
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  /** Entries `from` (included) to `to` (excluded) of the first axis, row-major, one at a time. */
  rows(from?: number, to?: number): AsyncGenerator<ArrayValues>;
  /** The whole array, row-major. */
  read(): Promise<ArrayValues>;
}

export type ArrayValues = Tensor['data'];

interface Header {
  type: TensorType;
  /** Bytes of one element. */
  size: number;
  bigEndian: boolean;
  /** `U` is UCS-4 text, `S` bytes of text. */
  text?: 'U' | 'S';
  fortran: boolean;
  shape: number[];
  /** Bytes before the data. */
  length: number;
}

/** Where the bytes of one .npy lie. */
interface Place {
  path: string;
  name: string;
  entry?: ZipEntry;
}

/** Opens a .npy file. @throws UserError where it is none, or holds Python objects */
export async function openNpy(path: string, name: string): Promise<ArrayEntry> {
  return openArray({ path, name });
}

/**
 * Opens a .npz archive.
 *
 * @returns the names of all arrays in it, and a function that opens one
 * @throws UserError where it is no ZIP, or damaged
 */
export async function openNpz(
  path: string,
  name: string,
): Promise<{ keys: readonly string[]; open(key: string): Promise<ArrayEntry> }> {
  const entries = new Map<string, ZipEntry>();
  for (const entry of await readZipDirectory(path, name)) {
    if (entry.name.endsWith('.npy')) entries.set(entry.name.slice(0, -'.npy'.length), entry);
  }
  return {
    keys: [...entries.keys()],
    open(key) {
      const entry = entries.get(key);
      if (!entry) throw new Error(`${name} has no ${key}`);
      return openArray({ path, name: `${name}[${key}]`, entry });
    },
  };
}

/** Writes arrays as an uncompressed .npz, whole or not at all; bool and float16 keep their NumPy types. */
export async function writeNpz(path: string, arrays: Readonly<Record<string, Tensor>>): Promise<void> {
  const files: Record<string, Uint8Array> = {};
  for (const [key, tensor] of Object.entries(arrays)) files[`${key}.npy`] = encodeNpy(tensor);
  // A fixed time makes the same arrays the same bytes.
  await writeAtomic(path, zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) }));
}

/** The bytes of a .npy file (version 1.0), C order, little-endian. */
export function encodeNpy(tensor: Tensor): Uint8Array {
  const { type, dims, data } = tensor;
  let descr = Object.entries(descrs).find(([, { type: known }]) => known === type)?.[0];
  let body: Uint8Array;
  if (type === 'string') {
    const texts = data as string[];
    const length = Math.max(1, ...texts.map((text) => [...text].length));
    descr = `U${length}`;
    const codes = new Uint32Array(texts.length * length);
    for (const [row, text] of texts.entries()) {
      for (const [at, character] of [...text].entries()) codes[row * length + at] = character.codePointAt(0)!;
    }
    body = new Uint8Array(codes.buffer);
  } else {
    body = tensorBytes(tensor);
  }
  const order = /[1]$/.test(descr!) ? '|' : '<';
  const shape = dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(', ')})`;
  const text = `{'descr': '${order}${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const head = Buffer.alloc(10);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(padded.length, 8);
  return Buffer.concat([head, Buffer.from(padded, 'latin1'), body]);
}

const descrs: Readonly<Record<string, { type: TensorType; size: number }>> = {
  f4: { type: 'float32', size: 4 },
  f8: { type: 'float64', size: 8 },
  f2: { type: 'float16', size: 2 },
  i1: { type: 'int8', size: 1 },
  u1: { type: 'uint8', size: 1 },
  i2: { type: 'int16', size: 2 },
  u2: { type: 'uint16', size: 2 },
  i4: { type: 'int32', size: 4 },
  u4: { type: 'uint32', size: 4 },
  i8: { type: 'int64', size: 8 },
  u8: { type: 'uint64', size: 8 },
  b1: { type: 'bool', size: 1 },
};

async function openArray(place: Place): Promise<ArrayEntry> {
  const header = await readHeader(place);
  const { shape, type } = header;
  const count = sizeOf(shape);
  const rowBytes = (shape.length === 0 ? 1 : count / Math.max(1, shape[0]!)) * header.size;
  const total = shape.length === 0 ? 1 : shape[0]!;
  const stored = place.entry ? place.entry.size : await fileSize(place.path);
  if (stored < header.length + count * header.size) {
    throw new UserError(
      `${place.name} is cut off: its header says ${count} values, and the file is too short for them.`,
    );
  }
  const read = async () => {
    const parts: Uint8Array[] = [];
    for await (const row of rawRows(place, header, rowBytes, 0, total)) parts.push(row);
    const values = decodeValues(header, Buffer.concat(parts), place.name);
    return header.fortran && shape.length > 1 ? toRowMajor(values, shape) : values;
  };
  return {
    name: place.name,
    type,
    shape,
    read,
    async *rows(from = 0, to = total) {
      if (header.fortran && shape.length > 1) {
        // Column-major: a row is spread over the whole file.
        const values = await read();
        const width = count / Math.max(1, total);
        for (let row = from; row < to; row++) yield values.slice(row * width, (row + 1) * width) as ArrayValues;
        return;
      }
      for await (const row of rawRows(place, header, rowBytes, from, to)) yield decodeValues(header, row, place.name);
    },
  };
}

async function fileSize(path: string): Promise<number> {
  const handle = await open(path, 'r');
  try {
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

async function readHeader(place: Place): Promise<Header> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of byteStream(place, 0)) {
    parts.push(chunk);
    length += chunk.length;
    const header = parseHeader(parts.length === 1 ? chunk : Buffer.concat(parts), place.name);
    if (header) return header;
    if (length > 1 << 20) break;
  }
  throw new UserError(`${place.name} is no NumPy array, or is cut off in its header.`);
}

/** @returns undefined where more bytes are needed */
function parseHeader(bytes: Buffer, name: string): Header | undefined {
  if (bytes.length < 12) return undefined;
  if (bytes.toString('latin1', 0, 6) !== '\x93NUMPY') {
    refuseLfsPointer(bytes, name);
    throw new UserError(`${name} is not a NumPy array (.npy); write it with numpy.save or numpy.savez.`);
  }
  const start = bytes[6]! >= 2 ? 12 : 10;
  const length = start + (start === 12 ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  if (bytes.length < length) return undefined;
  const text = bytes.toString('utf8', start, length);
  const shape = /'shape':\s*\(([^)]*)\)/.exec(text)?.[1];
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const sizes = shape?.split(',').filter((dim) => dim.trim());
  // Python 2 wrote long integers as `3L`.
  if (!sizes?.every((size) => /^\s*\d+L?\s*$/.test(size)) || fortran === undefined)
    throw new UserError(`${name}: the NumPy header is damaged: ${text.trim()}`);
  if (descr === undefined) {
    throw new UserError(`${name} is a structured array; save each field as an array of its own.`);
  }
  const base = {
    fortran: fortran === 'True',
    shape: sizes.map((size) => Number.parseInt(size, 10)),
    length,
  };
  const [, order, kind, width] = /^([<>|=])(.)(\d*)/.exec(descr) ?? [];
  if (kind === 'O') {
    throw new UserError(
      `${name} holds pickled Python objects (dtype object), which are never loaded. Save numbers: ` +
        'np.asarray(x, dtype=np.float32), all rows of one shape.',
    );
  }
  if (kind === 'U' || kind === 'S') {
    const size = Number(width) * (kind === 'U' ? 4 : 1);
    return { ...base, type: 'string', size, bigEndian: order === '>', text: kind };
  }
  const known = descrs[`${kind}${width}`];
  if (!known) {
    throw new UserError(`${name} has dtype ${descr}; supported are float16/32/64, (u)int8 to 64, bool and text.`);
  }
  return { ...base, ...known, bigEndian: order === '>' };
}

/**
 * The member's bytes from `start` on, decompressed; its checksum is verified where it is read to the end.
 *
 * @param jump does not read what lies before `start` where it can: no checksum then
 */
async function* byteStream({ path, name, entry }: Place, start: number, jump = false): AsyncGenerator<Buffer> {
  const file = (from: number, end?: number) =>
    createReadStream(path, { start: from, highWaterMark: 1 << 18, ...(end !== undefined && { end }) });
  if (!entry) {
    yield* file(start) as AsyncIterable<Buffer>;
    return;
  }
  if (entry.size === 0) return;
  const end = entry.dataAt + entry.compressedSize - 1;
  if (entry.method === 0 && jump) {
    yield* file(entry.dataAt + start, end) as AsyncIterable<Buffer>;
    return;
  }
  let sum = 0;
  let length = 0;
  try {
    const raw = file(entry.dataAt, end);
    // `pipeline` hands an error of either stream to the one that is read here.
    const stream = entry.method === 0 ? raw : pipeline(raw, createInflateRaw({ chunkSize: 1 << 18 }), () => {});
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      sum = crc32(chunk, sum);
      const skip = Math.max(0, Math.min(chunk.length, start - length));
      length += chunk.length;
      if (skip < chunk.length) yield chunk.subarray(skip);
    }
  } catch (error) {
    throw new UserError(`${name}: the archive is damaged (${(error as Error).message}); write it again.`, {
      cause: error,
    });
  }
  if (sum !== entry.crc32 || length !== entry.size) {
    throw new UserError(`${name}: the archive is damaged (its checksum does not match); write it again.`);
  }
}

/** Rows of `rowBytes` bytes each; each is fresh memory that begins at 0. */
async function* rawRows(place: Place, header: Header, rowBytes: number, from: number, to: number) {
  if (from >= to) return;
  if (rowBytes === 0) {
    for (let row = from; row < to; row++) yield new Uint8Array(0);
    return;
  }
  let row = new Uint8Array(rowBytes);
  let filled = 0;
  let left = to - from;
  for await (const chunk of byteStream(place, header.length + from * rowBytes, from > 0)) {
    for (let at = 0; at < chunk.length && left > 0; ) {
      const part = chunk.subarray(at, at + rowBytes - filled);
      row.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < rowBytes) continue;
      yield row;
      row = new Uint8Array(rowBytes);
      filled = 0;
      left--;
    }
    // A member is read to its end where all rows are wanted, so that its checksum is seen.
    if (left === 0 && (to < (header.shape[0] ?? 1) || place.entry === undefined)) return;
  }
  if (left > 0) throw new UserError(`${place.name} is cut off: ${left} rows are missing.`);
}

function decodeValues({ type, size, bigEndian, text }: Header, bytes: Uint8Array, name: string): ArrayValues {
  if (type === 'string') {
    return Array.from({ length: size === 0 ? 0 : bytes.length / size }, (_, at) =>
      decodeText(bytes.subarray(at * size, (at + 1) * size), text!, bigEndian, name),
    );
  }
  if (bigEndian && size > 1) for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  // Buffer.concat may give a part of a pool; a row has memory of its own and is not copied.
  const own = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  return new arrayTypes[type]((own ? bytes : Uint8Array.from(bytes)).buffer as ArrayBuffer);
}

function decodeText(bytes: Uint8Array, kind: 'U' | 'S', bigEndian: boolean, name: string): string {
  if (kind === 'S') return new TextDecoder().decode(bytes).replace(/\0+$/, '');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let result = '';
  for (let at = 0; at < bytes.length; at += 4) {
    const code = view.getUint32(at, !bigEndian);
    if (code > 0x10ffff) throw new UserError(`${name} is damaged: it holds ${code}, which is no character.`);
    if (code !== 0) result += String.fromCodePoint(code);
  }
  return result;
}

/** Column-major (`fortran_order`) -> row-major. */
function toRowMajor(values: ArrayValues, shape: readonly number[]): ArrayValues {
  const source = values as Float32Array;
  const result = source.slice();
  const position = shape.map(() => 0);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  for (let to = 0; to < source.length; to++) {
    let from = 0;
    for (const [axis, at] of position.entries()) from += at * strides[axis]!;
    result[to] = source[from]!;
    for (let axis = shape.length - 1; axis >= 0 && ++position[axis]! === shape[axis]; axis--) position[axis] = 0;
  }
  return result;
}
