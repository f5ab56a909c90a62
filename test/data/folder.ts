import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encode as encodePng } from 'fast-png';
import { afterAll } from 'vitest';
import type { OpenOptions } from '../../src/data/context.ts';
import type { Dataset, Sample } from '../../src/data/dataset.ts';
import { openDataset } from '../../src/data/open.ts';
import { policySchema } from '../../src/policy/schema.ts';
import type { DataSource } from '../../src/policy/sources.ts';
import { pattern } from './pattern.ts';

/** A temporary folder with these files, removed after the test file. */
export async function folderOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'quant-gate-test-'));
  folders.push(folder);
  for (const [name, contents] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), contents);
  }
  return folder;
}
const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A PNG of the pattern. */
export function png(width = 8, height = 6, seed = 1): Uint8Array {
  return encodePng({ width, height, channels: 3, data: pattern(width, height, 3, seed).data });
}

/** A grey PNG of these values, row-major. */
export function grayPng(width: number, values: readonly number[]): Uint8Array {
  return encodePng({ width, height: values.length / width, channels: 1, data: Uint8Array.from(values) });
}

/** A WAV file; `samples` are as stored, channels interleaved. */
export function wav(
  samples: readonly number[],
  { rate = 8000, bits = 16, channels = 1, float = false, extensible = false } = {},
): Uint8Array {
  const size = bits / 8;
  const format = extensible ? 40 : 16;
  const out = Buffer.alloc(12 + 8 + format + 8 + samples.length * size);
  out.write('RIFF', 0);
  out.writeUInt32LE(out.length - 8, 4);
  out.write('WAVEfmt ', 8);
  out.writeUInt32LE(format, 16);
  const tag = float ? 3 : 1;
  out.writeUInt16LE(extensible ? 0xfffe : tag, 20);
  out.writeUInt16LE(channels, 22);
  out.writeUInt32LE(rate, 24);
  out.writeUInt32LE(rate * channels * size, 28);
  out.writeUInt16LE(channels * size, 32);
  out.writeUInt16LE(bits, 34);
  if (extensible) out.writeUInt16LE(tag, 44);
  const data = 20 + format;
  out.write('data', data);
  out.writeUInt32LE(samples.length * size, data + 4);
  for (const [index, value] of samples.entries()) {
    const at = data + 8 + index * size;
    if (float && bits === 64) out.writeDoubleLE(value, at);
    else if (float) out.writeFloatLE(value, at);
    else if (bits === 8) out.writeUInt8(value, at);
    else out.writeIntLE(value, at, size);
  }
  return out;
}

/** Opens a source as the policy's loader hands it over, defaults filled in. */
export async function open(
  folder: string,
  source: Record<string, unknown>,
  options: Partial<OpenOptions> & Pick<OpenOptions, 'inputs'>,
): Promise<Dataset> {
  const policy = policySchema.parse({ version: 1, models: [{ path: 'model.onnx', data: { validation: source } }] });
  const parsed = policy.models[0]?.data.validation as DataSource;
  return openDataset(parsed, { policyFolder: folder, root: folder, task: 'classification', ...options });
}

export async function samplesOf(dataset: Dataset): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const sample of dataset.samples()) samples.push(sample);
  return samples;
}
