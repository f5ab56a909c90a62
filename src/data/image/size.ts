import { open, readFile } from 'node:fs/promises';
import { UserError } from '../../errors.ts';
import type { SourcePath } from '../context.ts';
import { imageSize } from './decode.ts';
import { readImageHeader } from './header.ts';

/** Bytes that hold the header of most JPEGs, a thumbnail included. */
const usualHeader = 1 << 16;

/**
 * Size of an image file as it is seen, after its EXIF orientation, of no more bytes than that takes.
 *
 * @throws UserError where it is no readable image
 */
export async function readImageSize(file: SourcePath): Promise<{ width: number; height: number }> {
  const start = await readStart(file, usualHeader);
  const header = readImageHeader(start);
  // PNG and WebP may have the orientation behind the pixels.
  const isWhole = header?.format === 'jpeg' || header?.format === 'bmp' || start.length < usualHeader;
  return imageSize(isWhole ? start : await readFile(file.path), file.name);
}

/** The first bytes of a file. @throws UserError where it cannot be read */
export async function readStart({ path, name }: SourcePath, length: number): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`${name} cannot be read (${error.code}).`, { cause: error });
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
