import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { UserError } from '../errors.ts';
import { replaceFile, temporaryPath } from '../files.ts';
import { type Chunk, encodedLength, encodeModel, inlineForm, shallowCopy, type TensorForm } from './encode.ts';
import type { OnnxModel } from './model.ts';
import { DataLocation, DataType, type ModelProto, StringStringEntryProtoSchema, type TensorProto } from './proto.ts';
import { isExternal, tensorBytes, tensorSource } from './tensor.ts';
import { initializersOf, tensorsOf } from './walk.ts';

export interface SaveOptions {
  /**
   * Where big tensors go. `auto`: into the model's file, or beside it into `<name>.data` where the model came with
   * external data or would be larger than a protobuf message can be (2 GB). `always` and `never` leave no choice.
   */
  externalData?: 'auto' | 'always' | 'never';
  /** Whether the files are to outlast a crash of the machine: waits until the disk has them. Default true. */
  durable?: boolean;
}

/** Tensors of at least so many bytes go to the external file. */
const externalThreshold = 1024;
/** A protobuf message is smaller than this. */
const LIMIT = 2 ** 31 - 1;
/** Big tensors start at a page, so that a runtime can map them. */
const PAGE = 4096;
const PIECE = 8 << 20;
/** Systems take so many at once, at least Linux (IOV_MAX). */
const MOST_PIECES = 1024;

/**
 * Writes a model, atomically: a reader sees the old file or the new one. Tensors are streamed, none is copied.
 *
 * @throws UserError where it does not fit in one file and external data is not allowed.
 */
export async function saveModel(model: OnnxModel, path: string, options: SaveOptions = {}): Promise<void> {
  const { externalData = 'auto', durable = true } = options;
  const { proto } = model;
  if (externalData !== 'always' && !(externalData === 'auto' && hasExternal(proto))) {
    const chunks = encodeModel(proto, embeddedForm);
    if (encodedLength(chunks) <= LIMIT) return writeFiles([{ path, chunks }], durable);
    if (externalData === 'never') {
      throw new UserError('the model is larger than 2 GB and has to keep its weights in an external file', {
        position: { file: path },
      });
    }
  }
  const data = new ExternalWriter(proto, basename(dataPath(path)));
  const chunks = encodeModel(proto, (tensor) => data.form(tensor));
  await writeFiles(
    [
      { path: join(dirname(path), data.location), chunks: data.chunks },
      { path, chunks },
    ],
    durable,
  );
}

/** Writes a model that is of use only as long as this run lasts. */
export function saveScratch(model: OnnxModel, path: string): Promise<void> {
  return saveModel(model, path, { durable: false });
}

/** Removes what saveModel wrote, as far as it is there. */
export async function removeModel(path: string): Promise<void> {
  await Promise.all([path, dataPath(path)].map((file) => rm(file, { force: true })));
}

/** Where saveModel puts external data. */
const dataPath = (path: string): string => `${path}.data`;

/** Bytes of the model, external data included, without making them. */
export function modelSize(model: OnnxModel): number {
  return encodedLength(encodeModel(model.proto, embeddedForm));
}

/** The model as one array of bytes, external data included. */
export function modelToBytes(model: OnnxModel): Uint8Array {
  const chunks = encodeModel(model.proto, embeddedForm);
  const bytes = new Uint8Array(encodedLength(chunks));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk instanceof Uint8Array ? chunk : chunk.read(0, chunk.length), at);
    at += chunk.length;
  }
  return bytes;
}

function hasExternal(proto: ModelProto): boolean {
  for (const tensor of tensorsOf(proto)) if (isExternal(tensor)) return true;
  return false;
}

function embeddedForm(tensor: TensorProto): TensorForm {
  const raw = tensorSource(tensor);
  if (raw === undefined && !isExternal(tensor)) return inlineForm(tensor);
  if (raw === undefined) throw new Error(`tensor '${tensor.name}' has external data that was not loaded`);
  const header = shallowCopy(tensor);
  header.externalData = [];
  delete (header as Partial<TensorProto>).dataLocation;
  return { header, raw };
}

/** Lays tensors out in one file. */
class ExternalWriter {
  readonly location: string;
  readonly chunks: Chunk[] = [];
  readonly #initializers: Set<TensorProto>;
  readonly #forms = new Map<TensorProto, TensorForm>();
  #length = 0;

  constructor(model: ModelProto, location: string) {
    // Only initializers: runtimes do not look for files behind tensors in attributes.
    this.#initializers = new Set(model.graph ? initializersOf(model.graph) : []);
    this.location = location;
  }

  form(tensor: TensorProto): TensorForm {
    let form = this.#forms.get(tensor);
    if (form === undefined) {
      form = this.#place(tensor);
      this.#forms.set(tensor, form);
    }
    return form;
  }

  #place(tensor: TensorProto): TensorForm {
    if (!this.#initializers.has(tensor) || tensor.dataType === DataType.STRING) return embeddedForm(tensor);
    const raw = tensorSource(tensor) ?? tensorBytes(tensor);
    if (raw.length < externalThreshold) return embeddedForm(tensor);
    const padding = raw.length >= PAGE ? (PAGE - (this.#length % PAGE)) % PAGE : 0;
    if (padding > 0) this.chunks.push(new Uint8Array(padding));
    this.chunks.push(raw);
    const offset = this.#length + padding;
    this.#length = offset + raw.length;
    const header = shallowCopy(tensor);
    delete (header as Partial<TensorProto>).rawData;
    for (const field of ['floatData', 'doubleData', 'int32Data', 'int64Data', 'uint64Data'] as const)
      header[field] = [];
    header.dataLocation = DataLocation.EXTERNAL;
    header.externalData = Object.entries({ location: this.location, offset, length: raw.length }).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value: String(value) }),
    );
    return { header };
  }
}

async function writeFiles(files: { path: string; chunks: readonly Chunk[] }[], durable: boolean): Promise<void> {
  const temporaries = files.map(({ path }) => temporaryPath(path));
  try {
    for (const [i, { path, chunks }] of files.entries()) {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(temporaries[i] as string, 'wx');
      try {
        await writeChunks(file, chunks);
        if (durable) await file.sync();
      } finally {
        await file.close();
      }
    }
    for (const [i, { path }] of files.entries()) await replaceFile(temporaries[i] as string, path);
  } catch (error) {
    for (const temporary of temporaries) await rm(temporary, { force: true });
    throw error;
  }
}

async function writeChunks(file: FileHandle, chunks: readonly Chunk[]): Promise<void> {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    let left = pieces;
    [pieces, bytes] = [[], 0];
    while (left.length > 0) left = behind(left, (await file.writev(left)).bytesWritten);
  };
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE) {
      const length = Math.min(PIECE, chunk.length - at);
      pieces.push(chunk instanceof Uint8Array ? chunk.subarray(at, at + length) : chunk.read(at, length));
      bytes += length;
      if (bytes >= PIECE || pieces.length === MOST_PIECES) await flush();
    }
  }
  await flush();
}

/** What is left of some pieces when so many bytes of them are written. */
function behind(pieces: readonly Uint8Array[], written: number): Uint8Array[] {
  let from = 0;
  while (from < pieces.length && written >= pieces[from]!.length) written -= pieces[from++]!.length;
  return from === pieces.length ? [] : [pieces[from]!.subarray(written), ...pieces.slice(from + 1)];
}
