/**
 * A data `command`: the images of a labelled folder, each as ten crops (four corners and the centre, and their mirror
 * images: Krizhevsky et al., 2012). Ten times the rows tell smaller differences between files, as what rounding flips differs
 * from crop to crop.
 *
 *     node ten-crops.ts FOLDER FROM TO
 *
 * writes `input` (uint8, [rows, 224, 224, 3]) and `label` to the .npz of QUANT_GATE_OUTPUT.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage } from '../../src/data/image/decode.ts';
import type { Pixels } from '../../src/data/image/pixels.ts';
import { columnOf, readCsv } from '../../src/data/labels.ts';
import { writeNpz } from '../../src/data/npy.ts';

const size = 224;
const [folder, from, to] = process.argv.slice(2) as [string, string, string];
const labels = await readCsv({ path: join(folder, 'labels.csv'), name: 'labels.csv' });
const [file, index] = ['file', 'class_index'].map((column) => columnOf(labels, column, 'columns')) as [number, number];
const crops: Uint8Array[] = [];
const classes: bigint[] = [];
for (const row of labels.rows.slice(Number(from), Number(to))) {
  const name = row[file] as string;
  const pixels = await decodeImage(await readFile(join(folder, name)), name);
  const [right, bottom] = [pixels.width - size, pixels.height - size];
  for (const [left, top] of [
    [right >> 1, bottom >> 1],
    [0, 0],
    [right, 0],
    [0, bottom],
    [right, bottom],
  ] as const) {
    for (const mirrored of [false, true]) {
      crops.push(crop(pixels, left, top, mirrored));
      classes.push(BigInt(row[index] as string));
    }
  }
}
const input = { type: 'uint8', dims: [crops.length, size, size, 3], data: Buffer.concat(crops) } as const;
const label = { type: 'int64', dims: [classes.length], data: BigInt64Array.from(classes) } as const;
await writeNpz(process.env['QUANT_GATE_OUTPUT'] as string, { input, label });

function crop({ width, channels, data }: Pixels, left: number, top: number, mirrored: boolean): Uint8Array {
  const result = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = ((top + y) * width + left + (mirrored ? size - 1 - x : x)) * channels;
      // Grey is the same in all three.
      for (let c = 0; c < 3; c++) result[(y * size + x) * 3 + c] = data[at + (channels === 3 ? c : 0)] as number;
    }
  }
  return result;
}
