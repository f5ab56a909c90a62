import { describe, expect, it } from 'vitest';
import { plainPreprocess } from '../../src/data/image/preprocess.ts';
import { folderOf, open, png } from './folder.ts';

const inputs = [{ name: 'input', type: 'float32', dims: ['batch', 3, 6, 8] }] as const;
const output = { name: 'scores', type: 'float32', dims: ['batch', 3] } as const;

describe('labels that are names', () => {
  const number = { name: 'x', type: 'float32', dims: ['n', 1] } as const;
  const table = 'x,label\n1,entailment\n2,neutral\n3,contradiction\n';

  it('are told to count in the order of the alphabet, with a cure that the source has', async () => {
    const folder = await folderOf({
      'nli.csv': table,
      'val/a.png': png(),
      'val/b.png': png(),
      'val/c.png': png(),
      'val.csv': 'file,label\na.png,dog\nb.png,cat\nc.png,cow\n',
    });
    const { remarks } = await open(folder, { csv: 'nli.csv', label: 'label' }, { inputs: [number], output });
    expect(remarks).toEqual([
      'The labels of nli.csv (3 rows) are names, and count in the order of the alphabet: contradiction 0, entailment 1, ' +
        "neutral 2. Where the model's outputs have another order, label with class numbers.",
    ]);
    const listed = await open(folder, { images: 'val', labels: 'val.csv' }, { inputs, output });
    expect(listed.remarks).toEqual([expect.stringMatching(/cat 0, cow 1, dog 2\..*`classes` lists another order/)]);
  });

  it('that are numbers, are listed in `classes` or are class folders need no remark', async () => {
    const folder = await folderOf({
      'numbers.csv': 'x,label\n1,0\n2,2\n',
      'val/cat/a.png': png(),
      'val/cow/b.png': png(),
      'val/dog/c.png': png(),
      'val.csv': 'file,label\ncat/a.png,cat\ncow/b.png,cow\ndog/c.png,dog\n',
      'classes.txt': 'dog\ncow\ncat\n',
    });
    const numbers = await open(folder, { csv: 'numbers.csv', label: 'label' }, { inputs: [number], output });
    const folders = await open(folder, { images: 'val' }, { inputs, output });
    const given = { images: 'val', labels: 'val.csv', classes: 'classes.txt' };
    const listed = await open(folder, given, { inputs, output });
    expect([numbers.remarks, folders.remarks, listed.remarks]).toEqual([undefined, undefined, undefined]);
  });
});

describe('`limit` and `rows`', () => {
  const image = (name: string, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`val/${name}/${at}.png`, png(8, 6, at)]));

  it('that leave one class of the class folders alone are told', async () => {
    const folder = await folderOf({ ...image('cat', 4), ...image('dog', 4), ...image('owl', 4) });
    const cut = async (source: object) => (await open(folder, { images: 'val', ...source }, { inputs })).remarks;
    expect(await cut({ limit: 4 })).toEqual([
      'val (4 images): `limit` and `rows` take 4 of 12 samples in their order, and these are of 1 of 3 classes. Choose them from ' +
        'all classes, for instance by a list in mixed order.',
    ]);
    expect(await cut({ rows: '8:' })).toHaveLength(1);
    expect(await cut({ limit: 9 })).toBeUndefined();
    expect(await cut({})).toBeUndefined();
  });
});

describe('preprocess', () => {
  it('with a mean that is no grey level of its scale is told', async () => {
    const folder = await folderOf({ 'val/a.png': png() });
    const remarks = async (scale: number, mean: number[]) =>
      (await open(folder, { images: 'val' }, { inputs, preprocess: { ...plainPreprocess, scale, mean } })).remarks;
    expect(await remarks(1, [0.485, 0.456, 0.406])).toEqual([
      'preprocess computes (x / scale - mean) / std of pixels from 0 to 255: with `scale: 1` and a mean of 0.485 that is positive for ' +
        'every pixel but black. A mean of fractions goes with `scale: 255`.',
    ]);
    expect(await remarks(255, [123.675, 116.28, 103.53])).toEqual([
      expect.stringMatching(/negative for every pixel\. A mean in pixels goes with `scale: 1`\.$/),
    ]);
    for (const [scale, mean] of [
      [255, 0.485],
      [1, 127.5],
      [127.5, 1],
      [255, 0],
      [255, 0.1307],
    ] as const) {
      expect(await remarks(scale, [mean]), `${scale} ${mean}`).toBeUndefined();
    }
  });
});
