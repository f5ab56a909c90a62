import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathProblem, UserError } from '../errors.ts';
import { sha256, sha256File } from '../files.ts';
import { decodeModel, WireError } from './decode.ts';
import { bindExternalData, externalFiles, externalLocations } from './external.ts';
import { foreignFormat } from './foreign.ts';
import { OnnxModel } from './model.ts';
import type { ModelProto } from './proto.ts';
import { type ByteSource, MemorySource, OpenFile } from './source.ts';

export interface LoadOptions {
  /** Folder that external data must stay in; default the model's own folder. */
  root?: string;
  /** Leave big weights in the file until they are asked for; default for files above 256 MB. */
  lazy?: boolean;
}

const LAZY_ABOVE = 256 << 20;
/** A protobuf message is smaller than this, by its own rules. */
const LIMIT = 2 ** 31;
/** ModelProto.ir_version has been between 1 and 14 so far. */
const HIGHEST_IR_VERSION = 1000n;

/**
 * Reads an ONNX file. Weights are views of the file's bytes; in big files and in external data they stay where they are
 * and are read piece by piece, so that memory does not grow with them.
 *
 * @throws UserError naming the file, what is wrong with it (missing, Git LFS pointer, truncated, another format, external
 * data missing or outside of `root`), and the cure.
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<OnnxModel> {
  const proto = await readFile(path, options.lazy);
  await bindExternalData(proto, path, options.root ?? dirname(path));
  return new OnnxModel(proto, path);
}

/** Reads a model from bytes, which it keeps views of, without its external data; `path` is for messages. */
export function readModel(bytes: Uint8Array, path = 'model'): ModelProto {
  return decode(new MemorySource(bytes), path, false);
}

/** Bytes that a model takes: its file and every external file it refers to. */
export async function modelBytes(path: string, options: LoadOptions = {}): Promise<number> {
  const proto = await readFile(path, true);
  const files = await externalFiles(proto, path, options.root ?? dirname(path));
  return files.reduce((sum, file) => sum + file.length, (await stat(path)).size);
}

/** The distinct places of a model's external data, relative to its folder; the data itself need not be there. */
export async function externalLocationsOf(path: string): Promise<string[]> {
  return externalLocations(await readFile(path, true));
}

/**
 * What tells a model from others: the SHA-256 of its file; where that refers to external files, over it and theirs, as the weights
 * may differ where the file does not.
 */
export async function modelDigest(path: string, options: LoadOptions = {}): Promise<string> {
  const files = await externalFiles(await readFile(path, true), path, options.root ?? dirname(path));
  const own = await sha256File(path);
  if (files.length === 0) return own;
  return sha256([own, ...(await Promise.all(files.map((file) => sha256File(file.path))))].join());
}

async function readFile(path: string, lazy?: boolean): Promise<ModelProto> {
  let file: OpenFile;
  try {
    file = new OpenFile(path);
  } catch (cause) {
    throw new UserError(await whyNotOpened(path, cause as NodeJS.ErrnoException), { position: { file: path }, cause });
  }
  const isLazy = lazy ?? file.length > LAZY_ABOVE;
  return decode(
    isLazy ? file : new MemorySource(file.read(0, Math.min(file.length, LIMIT))),
    path,
    isLazy,
    file.length,
  );
}

async function whyNotOpened(path: string, error: NodeJS.ErrnoException): Promise<string> {
  const { code } = error;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file: check the path, or commit the file';
  if (code === 'EISDIR') {
    const savedModel = await stat(join(path, 'saved_model.pb')).catch(() => undefined);
    return savedModel
      ? 'is a TensorFlow SavedModel, not an ONNX file: convert it with tf2onnx'
      : 'is a folder, not an ONNX file: name the .onnx file in it';
  }
  return `the file cannot be opened: ${pathProblem(error) ?? code}`;
}

function decode(source: ByteSource, path: string, lazy: boolean, length = source.length): ModelProto {
  const fail = (message: string, cause?: unknown): UserError =>
    new UserError(message, { position: { file: path }, cause });
  const foreign = foreignFormat(source);
  if (foreign) throw fail(foreign);
  if (length >= LIMIT) {
    throw fail('is larger than 2 GB, which no protobuf reader accepts: save the model with external data');
  }
  let proto: ModelProto;
  try {
    proto = decodeModel(source, lazy);
  } catch (cause) {
    if (!(cause instanceof WireError)) throw fail(`the file is damaged: ${(cause as Error).message}`, cause);
    const where = `${cause.message} at byte ${cause.at} of ${length}`;
    throw fail(
      cause.truncated && cause.records > 0
        ? `the file is truncated (${where}): copy or download it again`
        : `is not an ONNX model, or a damaged one (${where})`,
      cause,
    );
  }
  if (!proto.graph) throw fail('has no graph: it is not an ONNX model, or only the beginning of one');
  if (proto.irVersion < 0n || proto.irVersion > HIGHEST_IR_VERSION) {
    throw fail(`is not an ONNX model, or a damaged one (IR version ${proto.irVersion})`);
  }
  return proto;
}
