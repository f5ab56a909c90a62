import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { unzip } from '../../src/github/unzip.ts';

describe('unzip', () => {
  let folder: string;
  let zip: string;
  let out: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quant-gate-unzip-'));
    zip = join(folder, 'a.zip');
    out = mkdtempSync(join(folder, 'out-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const make = (files: Record<string, Uint8Array>) => writeFileSync(zip, zipSync(files));

  it('gives back what was packed, compressed or stored', async () => {
    const big = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7919) % 256));
    writeFileSync(
      zip,
      zipSync({ 'a/b/big.onnx': big, 'c.txt': [strToU8('c'), { level: 0 }], 'empty/': new Uint8Array() }),
    );
    await unzip(zip, out, { limit: 1e9 });
    expect(readFileSync(join(out, 'a/b/big.onnx')).equals(big)).toBe(true);
    expect(readFileSync(join(out, 'c.txt'), 'utf8')).toBe('c');
  });

  it('writes only what is wanted', async () => {
    make({ 'report.json': strToU8('{}'), 'evil.sh': strToU8('rm'), '../up': strToU8('x') });
    await unzip(zip, out, { wanted: ['report.json'], limit: 1e6 });
    expect(readdirSync(out)).toEqual(['report.json']);
  });

  it.each(['../up', '/etc/passwd', 'a/../../b', 'a\\..\\b', 'C:x'])('refuses a file named %s', async (name) => {
    make({ [name]: strToU8('x') });
    await expect(unzip(zip, out, { limit: 1e6 })).rejects.toThrow(/holds a file named/);
    expect(readdirSync(out)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['a.zip', out.slice(folder.length + 1)]);
  });

  it('stops at the limit of a file that unpacks to a thousand times its size', async () => {
    make({ 'report.json': new Uint8Array(5_000_000) });
    await expect(unzip(zip, out, { limit: 100_000 })).rejects.toThrow(/more than 100000 bytes/);
  });

  /** Two files whose names are then made one. */
  const twice = () => {
    const bytes = Buffer.from(zipSync({ 'report.json': strToU8('{}'), 'reporT.json': strToU8('{}') }));
    return Buffer.from(bytes.toString('latin1').replaceAll('reporT.json', 'report.json'), 'latin1');
  };
  it.each<[string, () => Buffer, RegExp]>([
    ['with a name twice', twice, /holds "report\.json" twice/],
    [
      'that is compressed otherwise',
      () => {
        const bytes = Buffer.from(zipSync({ 'report.json': strToU8('{}') }));
        bytes.writeUInt16LE(99, 8);
        return bytes;
      },
      /compressed by method 99/,
    ],
    ['that is cut off', () => twice().subarray(0, 42), /no whole zip/],
    [
      'that is damaged',
      () => {
        const bytes = Buffer.from(zipSync({ 'report.json': strToU8('{}'.repeat(500)) }));
        return Buffer.from(bytes.fill(0xff, 42, 52));
      },
      /no whole zip/,
    ],
  ])('refuses a zip %s as the user’s', async (_, bytes, message) => {
    writeFileSync(zip, bytes());
    const unpacked = unzip(zip, out, { limit: 1e6 });
    await expect(unpacked).rejects.toThrow(UserError);
    await expect(unpacked).rejects.toThrow(message);
  });

  it('reads past what is not wanted, however it is compressed', async () => {
    const bytes = Buffer.from(zipSync({ 'a.onnx': strToU8('x'.repeat(99)), 'report.json': strToU8('{}') }));
    writeFileSync(zip, bytes);
    expect(await unzip(zip, out, { wanted: ['report.json'], limit: 2 })).toBe(2);
    bytes.writeUInt16LE(99, 8);
    writeFileSync(zip, bytes);
    rmSync(join(out, 'report.json'));
    await unzip(zip, out, { wanted: ['report.json'], limit: 2 });
    expect(readFileSync(join(out, 'report.json'), 'utf8')).toBe('{}');
  });
});
