import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import { lfsPrefix, refuseLfsPointer } from './lfs.ts';

/** A member of a ZIP archive: where its bytes lie. */
export interface ZipEntry {
  name: string;
  /** 0 stored, 8 deflated. */
  method: 0 | 8;
  crc32: number;
  compressedSize: number;
  size: number;
  dataAt: number;
}

/**
 * Reads the central directory of a ZIP archive. Members are then read from the file as they are needed, so an archive
 * larger than memory is fine; libraries that take the whole archive as one buffer cannot do that.
 *
 * Source: PKWARE APPNOTE 6.3.10, 4.3 and 4.5.3 (ZIP64).
 *
 * @throws UserError naming `name` where the file is no ZIP, is cut off, encrypted, or compressed in another way
 */
export async function readZipDirectory(path: string, name: string): Promise<ZipEntry[]> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const { at, length, count } = await findDirectory(file, size, name);
    const directory = await readAt(file, at, length);
    const entries: ZipEntry[] = [];
    for (let from = 0, index = 0; index < count; index++) {
      if (directory.readUInt32LE(from) !== 0x02014b50) throw damaged(name);
      const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
        directory.readUInt16LE(from + field),
      );
      const member = directory.toString('utf8', from + 46, from + 46 + nameLength!);
      const method = directory.readUInt16LE(from + 10);
      if (directory.readUInt16LE(from + 8) & 1) throw new UserError(`${name}: ${member} is encrypted.`);
      if (method !== 0 && method !== 8) {
        throw new UserError(
          `${name}: ${member} is compressed by method ${method}; write it with numpy.savez_compressed.`,
        );
      }
      const extra = directory.subarray(from + 46 + nameLength!, from + 46 + nameLength! + extraLength!);
      const [entrySize, compressedSize, localAt] = zip64(
        extra,
        [24, 20, 42].map((field) => directory.readUInt32LE(from + field)),
      );
      const local = await readAt(file, localAt!, 30);
      if (local.readUInt32LE(0) !== 0x04034b50) throw damaged(name);
      const dataAt = localAt! + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
      if (dataAt + compressedSize! > size) throw damaged(name);
      entries.push({
        name: member,
        method,
        crc32: directory.readUInt32LE(from + 16),
        compressedSize: compressedSize!,
        size: entrySize!,
        dataAt,
      });
      from += 46 + nameLength! + extraLength! + commentLength!;
    }
    return entries;
  } catch (error) {
    if (error instanceof RangeError) throw damaged(name);
    throw error;
  } finally {
    await file.close();
  }
}

async function findDirectory(file: FileHandle, size: number, name: string) {
  const start = await readAt(file, 0, Math.min(size, lfsPrefix.length));
  refuseLfsPointer(start, name);
  // The end record is 22 bytes and a comment of at most 65,535.
  const tailAt = Math.max(0, size - 22 - 65_535);
  const tail = await readAt(file, tailAt, size - tailAt);
  const end = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end < 0 || end + 22 > tail.length) {
    if (start.toString('latin1', 0, 2) === 'PK')
      throw new UserError(`${name} is cut off (its directory is missing); copy it again.`);
    throw new UserError(`${name} is not a .npz archive (a ZIP of .npy arrays); write it with numpy.savez.`);
  }
  const plain = {
    count: tail.readUInt16LE(end + 10),
    length: tail.readUInt32LE(end + 12),
    at: tail.readUInt32LE(end + 16),
  };
  if (end < 20 || tail.readUInt32LE(end - 20) !== 0x07064b50) return plain;
  const record = await readAt(file, Number(tail.readBigUInt64LE(end - 12)), 56);
  return {
    count: Number(record.readBigUInt64LE(32)),
    length: Number(record.readBigUInt64LE(40)),
    at: Number(record.readBigUInt64LE(48)),
  };
}

/** Fields of 32 bits that are full are held, in this order, in the ZIP64 extra field. */
function zip64(extra: Buffer, fields: readonly number[]): number[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 0x0001) continue;
    let next = at + 4;
    return fields.map((value) => {
      if (value !== 0xffffffff) return value;
      next += 8;
      return Number(extra.readBigUInt64LE(next - 8));
    });
  }
  return [...fields];
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, at);
  return buffer.subarray(0, bytesRead);
}

function damaged(name: string): UserError {
  return new UserError(`${name} is damaged (not a whole ZIP archive); write it again.`);
}
