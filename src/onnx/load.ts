import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { UserError } from '../errors.ts';
import { bindExternalData, externalFiles } from './external.ts';
import { explainUnreadable } from './foreign.ts';
import { checkModel, OnnxModel } from './model.ts';
import { type ModelProto, ModelProtoSchema } from './proto.ts';
import './text.ts';

export interface LoadOptions {
  /** Folder that external data must stay in; default the model's own folder. */
  root?: string;
}

/**
 * Reads an ONNX file. Weights are views of the file's bytes, external ones are read when they are asked for.
 *
 * @throws UserError naming the file, what is wrong with it (missing, Git LFS pointer, truncated, another format, external
 * data missing or outside of `root`), and the cure.
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<OnnxModel> {
  const proto = readModel(await readWhole(path), path);
  await bindExternalData(proto, path, options.root ?? dirname(path));
  return new OnnxModel(proto, path);
}

/** Reads a model from bytes, without its external data; `path` is for messages. */
export function readModel(bytes: Uint8Array, path: string): ModelProto {
  const foreign = explainUnreadable(bytes);
  if (foreign) throw new UserError(foreign, { position: { file: path } });
  let proto: ModelProto;
  try {
    proto = fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new UserError(`the file is damaged: ${(cause as Error).message}`, { position: { file: path }, cause });
  }
  checkModel(proto, path);
  return proto;
}

/** Bytes that a model takes: its file and every external file it refers to. */
export async function modelBytes(path: string, options: LoadOptions = {}): Promise<number> {
  const bytes = await readWhole(path);
  const files = await externalFiles(readModel(bytes, path), path, options.root ?? dirname(path));
  return files.reduce((sum, file) => sum + file.size, bytes.length);
}

async function readWhole(path: string): Promise<Uint8Array> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new UserError('no such file; check the path, which is relative to the policy', {
        position: { file: path },
        cause,
      });
    }
    throw new UserError(`the file cannot be opened (${code})`, { position: { file: path }, cause });
  }
  try {
    const stat = await file.stat();
    if (stat.isDirectory()) {
      throw new UserError('is a folder, not an ONNX file; a TensorFlow SavedModel is converted with tf2onnx first', {
        position: { file: path },
      });
    }
    const bytes = new Uint8Array(stat.size);
    let at = 0;
    while (at < bytes.length) {
      const { bytesRead } = await file.read(bytes, at, Math.min(bytes.length - at, 1 << 28), at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return bytes.subarray(0, at);
  } finally {
    await file.close();
  }
}
