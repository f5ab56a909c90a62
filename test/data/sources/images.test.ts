import { execFileSync } from 'node:child_process';
import { symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeAll } from '../../../src/data/decode-pool.ts';
import { plainPreprocess, planImage } from '../../../src/data/image/preprocess.ts';
import { materialize } from '../../../src/data/materialize.ts';
import type { Progress } from '../../../src/progress.ts';
import { folderOf, grayPng, open, png, samplesOf } from '../folder.ts';

const inputs = [{ name: 'input', type: 'float32', dims: ['batch', 3, 6, 8] }] as const;
const output = { name: 'scores', type: 'float32', dims: ['batch', 3] } as const;
const notesTo = (notes: string[]): Progress => ({
  stage: () => ({ advance() {}, done() {} }),
  note: (text) => notes.push(text),
});

describe('images', () => {
  it('takes class folders, sorted, and leaves other files alone', async () => {
    const folder = await folderOf({
      'val/dog/b.png': png(),
      'val/cat/a.png': png(8, 6, 2),
      'val/dog/a.PNG': png(8, 6, 3),
      'val/cat/notes.txt': 'x',
      'val/.cache/c.png': png(),
    });
    const dataset = await open(folder, { images: 'val' }, { inputs });
    expect([dataset.description, dataset.size, dataset.classes]).toEqual(['val (3 images)', 3, ['cat', 'dog']]);
    const samples = await samplesOf(dataset);
    expect(samples.map(({ id, label }) => [id, label])).toEqual([
      ['val/cat/a.png', { kind: 'class', index: 0 }],
      ['val/dog/a.PNG', { kind: 'class', index: 1 }],
      ['val/dog/b.png', { kind: 'class', index: 1 }],
    ]);
    expect(samples[0]?.inputs['input']?.dims).toEqual([1, 3, 6, 8]);
  });

  it('lists a folder once whatever links lead to it, and files alone', async () => {
    const folder = await folderOf({
      'val/dog/a.png': png(),
      'val/cat/b.png': png(8, 6, 2),
      'more/c.png': png(8, 6, 3),
    });
    await symlink('..', join(folder, 'val/cat/above'));
    await symlink('../..', join(folder, 'val/cat/outside'));
    await symlink('dog', join(folder, 'val/a-dog'));
    await symlink('../more', join(folder, 'val/more'));
    await symlink('../val', join(folder, 'more/back'));
    await symlink('../dog/a.png', join(folder, 'val/cat/linked.png'));
    if (process.platform !== 'win32') execFileSync('mkfifo', [join(folder, 'val/cat/pipe.png')]);
    const dataset = await open(folder, { images: 'val' }, { inputs });
    expect((await samplesOf(dataset)).map(({ id }) => id)).toEqual([
      'val/cat/b.png',
      'val/cat/linked.png',
      'val/dog/a.png',
      'val/more/c.png',
    ]);
  });

  it('takes the order of classes from `classes`, and numbers as they are', async () => {
    const folder = await folderOf({
      'val/dog/a.png': png(),
      'val/cat/a.png': png(),
      'numbered/2/a.png': png(),
      'numbered/10/a.png': png(),
      'classes.txt': 'dog\nbird\ncat\n',
    });
    const labels = async (source: object) =>
      (await samplesOf(await open(folder, { ...source }, { inputs }))).map(({ label }) => label);
    expect(await labels({ images: 'val', classes: 'classes.txt' })).toEqual([
      { kind: 'class', index: 2 },
      { kind: 'class', index: 0 },
    ]);
    expect(await labels({ images: 'numbered' })).toEqual([
      { kind: 'class', index: 10 },
      { kind: 'class', index: 2 },
    ]);
  });

  it('takes a CSV file: its rows, its order; files relative to the folder or to the file', async () => {
    const folder = await folderOf({
      'data/images/a.png': png(),
      'data/images/b.png': png(8, 6, 2),
      'data/images/left-out.png': png(),
      'data/labels.csv': 'file,target,value\nb.png,1,0.5\nimages/a.png,0,-2\n',
    });
    const notes: string[] = [];
    const source = { images: 'data/images', labels: 'data/labels.csv', 'label-column': 'target' };
    const dataset = await open(folder, source, { inputs, progress: notesTo(notes) });
    expect((await samplesOf(dataset)).map(({ id, label }) => [id, label])).toEqual([
      ['b.png', { kind: 'class', index: 1 }],
      ['images/a.png', { kind: 'class', index: 0 }],
    ]);
    expect(notes).toEqual(['1 images of data/images have no row in data/labels.csv and are left out']);
    const values = await open(folder, { ...source, 'label-column': 'value' }, { inputs, task: 'regression' });
    expect((await samplesOf(values)).map(({ label }) => label)).toEqual([
      { kind: 'values', values: [0.5] },
      { kind: 'values', values: [-2] },
    ]);
  });

  it('chooses rows and a limit', async () => {
    const folder = await folderOf(
      Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`val/${index}.png`, png(8, 6, index)])),
    );
    const ids = async (selection: object) =>
      (await samplesOf(await open(folder, { images: 'val', ...selection }, { inputs })))
        .map(({ id }) => id.slice(4, 5))
        .join('');
    expect(await ids({ rows: '1:3' })).toBe('12');
    expect(await ids({ rows: '4:' })).toBe('45');
    expect(await ids({ rows: ':2' })).toBe('01');
    expect(await ids({ rows: '2:', limit: 2 })).toBe('23');
    expect(await ids({ limit: 100 })).toBe('012345');
    await expect(ids({ rows: '6:9' })).rejects.toThrow(
      '`rows: "6:9"` chooses nothing of val, which has 6 samples (0 to 5)',
    );
  });

  it('reads YOLO boxes into pixels; an image without a file has none', async () => {
    const folder = await folderOf({
      'images/a.png': png(8, 6),
      'images/b.png': png(8, 6, 2),
      'labels/a.txt': '1 0.5 0.5 0.5 0.5\n0 0.25 0.5 0.5 1 0.9\n',
      'names.txt': 'cat\ndog\n',
    });
    const source = { images: 'images', labels: 'labels', classes: 'names.txt' };
    const samples = await samplesOf(await open(folder, source, { inputs, task: 'detection' }));
    expect(samples.map(({ label }) => label)).toEqual([
      {
        kind: 'boxes',
        width: 8,
        height: 6,
        boxes: [
          { classIndex: 1, x0: 2, y0: 1.5, x1: 6, y1: 4.5 },
          { classIndex: 0, x0: 0, y0: 0, x1: 4, y1: 6 },
        ],
      },
      { kind: 'boxes', width: 8, height: 6, boxes: [] },
    ]);
  });

  it('reads COCO boxes: classes by the order of category ids, crowds marked', async () => {
    const coco = {
      images: [{ id: 5, file_name: 'a.png', width: 8, height: 6 }],
      categories: [
        { id: 90, name: 'toothbrush' },
        { id: 1, name: 'person' },
      ],
      annotations: [
        { id: 1, image_id: 5, category_id: 90, bbox: [1, 2, 3, 4], iscrowd: 0 },
        { id: 2, image_id: 5, category_id: 1, bbox: [0, 0, 8, 6], iscrowd: 1 },
      ],
    };
    const folder = await folderOf({
      'images/a.png': png(),
      'images/b.png': png(8, 6, 2),
      // With the byte order mark that editors on Windows write.
      'coco.json': `\uFEFF${JSON.stringify(coco)}`,
    });
    const dataset = await open(folder, { images: 'images', labels: 'coco.json' }, { inputs, task: 'detection' });
    expect([dataset.size, dataset.classes]).toEqual([1, ['person', 'toothbrush']]);
    expect((await samplesOf(dataset))[0]?.label).toEqual({
      kind: 'boxes',
      width: 8,
      height: 6,
      boxes: [
        { classIndex: 1, x0: 1, y0: 2, x1: 4, y1: 6 },
        { classIndex: 0, x0: 0, y0: 0, x1: 8, y1: 6, crowd: true },
      ],
    });
  });

  it('refuses boxes of negative size, and COCO entries of another size than the image', async () => {
    const coco = (width: number, bbox: readonly number[]) =>
      JSON.stringify({
        images: [{ id: 1, file_name: 'a.png', width, height: 6 }],
        categories: [{ id: 1, name: 'cat' }],
        annotations: [{ image_id: 1, category_id: 1, bbox }],
      });
    const folder = await folderOf({
      'images/a.png': png(8, 6),
      'labels/a.txt': '0 0.5 0.5 -0.5 0.5\n',
      'resized.json': coco(640, [1, 2, 3, 4]),
      'negative.json': coco(8, [4, 4, -2, 1]),
    });
    const opened = (labels: string) => open(folder, { images: 'images', labels }, { inputs, task: 'detection' });
    await expect(opened('labels')).rejects.toThrow(/labels\/a\.txt:1: the box has a negative size/);
    await expect(opened('resized.json')).rejects.toThrow(/images\/a\.png is 8 x 6 pixels.*resized\.json has 640 x 6/);
    await expect(opened('negative.json')).rejects.toThrow(
      /negative\.json: annotations\[0\] has a box of negative size/,
    );
  });

  it.skipIf(process.platform === 'win32')('refuses labels that are a pipe', async () => {
    const folder = await folderOf({ 'images/a.png': png(8, 6) });
    execFileSync('mkfifo', [join(folder, 'pipe.json')]);
    const source = { images: 'images', labels: 'pipe.json' };
    await expect(open(folder, source, { inputs, task: 'detection' })).rejects.toThrow(
      '`labels: pipe.json` is neither a file nor a folder; name a file or a folder.',
    );
  });

  it('reads segmentation masks', async () => {
    const folder = await folderOf({
      'images/a.png': png(2, 2),
      'masks/a.png': grayPng(2, [0, 1, 2, 255]),
      'wrong/a.png': grayPng(1, [0]),
      'none/b.png': grayPng(2, [0, 1, 2, 255]),
    });
    const small = [{ name: 'input', type: 'float32', dims: [1, 3, 2, 2] }] as const;
    const labels = async (masks: string) =>
      samplesOf(await open(folder, { images: 'images', labels: masks }, { inputs: small, task: 'segmentation' }));
    expect((await labels('masks'))[0]?.label).toEqual({
      kind: 'tensor',
      tensor: { type: 'int16', dims: [2, 2], data: Int16Array.of(0, 1, 2, -100) },
    });
    await expect(labels('wrong')).rejects.toThrow('wrong/a.png is 1 x 1 pixels, its image images/a.png 2 x 2');
    await expect(labels('none')).rejects.toThrow(/1 of 1 images have no mask in none.*named as its image, a\.png/);
  });

  describe('of one name in several subfolders', () => {
    const small = [{ name: 'input', type: 'float32', dims: [1, 3, 2, 2] }] as const;
    const coco = (names: readonly string[]) =>
      JSON.stringify({
        images: names.map((file_name, id) => ({ id, file_name, width: 2, height: 2 })),
        categories: names.map((_, id) => ({ id, name: `class ${id}` })),
        annotations: names.map((_, id) => ({ image_id: id, category_id: id, bbox: [0, 0, 1, 1] })),
      });
    const files = {
      'images/cam1/1.png': png(2, 2),
      'images/cam2/1.png': png(2, 2, 2),
      'masks/cam1/1.png': grayPng(2, [0, 0, 0, 0]),
      'masks/cam2/1.png': grayPng(2, [1, 1, 1, 1]),
      'yolo/cam1/1.txt': '0 0.5 0.5 0.5 0.5\n',
      'yolo/cam2/1.txt': '1 0.5 0.5 0.5 0.5\n',
      'coco.json': coco(['cam1/1.png', 'cam2/1.png']),
    };
    /** The class of each image's mask or first box. */
    const classes = async (labels: string, changed: Record<string, Uint8Array | string> = {}) => {
      const folder = await folderOf({ ...files, ...changed });
      const task = labels.includes('mask') ? 'segmentation' : 'detection';
      const samples = await samplesOf(await open(folder, { images: 'images', labels }, { inputs: small, task }));
      return samples.map(({ label }) =>
        label?.kind === 'tensor' ? label.tensor.data[0] : label?.kind === 'boxes' && label.boxes[0]?.classIndex,
      );
    };

    it('takes the label from the same subfolder', async () => {
      for (const labels of ['masks', 'yolo', 'coco.json']) expect(await classes(labels), labels).toEqual([0, 1]);
    });

    it('finds a name that is there once anywhere', async () => {
      const flat = { 'images/cam2/2.png': png(2, 2, 3), 'images/cam3/3.png': png(2, 2, 4) };
      const masks = { 'masks/2.bmp.png': grayPng(2, [9, 9, 9, 9]), 'masks/x/2.png': grayPng(2, [2, 2, 2, 2]) };
      expect(await classes('masks', { ...flat, ...masks, 'masks/3.png': grayPng(2, [3, 3, 3, 3]) })).toEqual([
        0, 1, 2, 3,
      ]);
      expect(
        await classes('yolo', { ...flat, 'yolo/2.txt': '2 0.5 0.5 0.5 0.5', 'yolo/3.txt': '3 0.5 0.5 0.5 0.5' }),
      ).toEqual([0, 1, 2, 3]);
      const names = ['cam1/1.png', 'cam2/1.png', 'elsewhere/2.jpg', '3.png'];
      expect(await classes('flat.json', { ...flat, 'flat.json': coco(names) })).toEqual([0, 1, 2, 3]);
    });

    it('refuses to guess', async () => {
      const both = /^images\/cam1\/1\.png and images\/cam2\/1\.png may belong to /;
      const cases: [string, Record<string, Uint8Array | string>, RegExp][] = [
        ['flat-masks', { 'flat-masks/1.png': grayPng(2, [0, 0, 0, 0]) }, /flat-masks\/1\.png/],
        ['flat', { 'flat/1.txt': '' }, /flat\/1\.txt/],
        ['others', { 'others/a/1.txt': '', 'others/b/1.txt': '' }, /others\/a\/1\.txt and others\/b\/1\.txt/],
        ['flat.json', { 'flat.json': coco(['1.png']) }, /"1\.png" \(id 0 of flat\.json\)/],
      ];
      for (const [labels, changed, named] of cases) {
        const opened = classes(labels, changed);
        await expect(opened, labels).rejects.toMatchObject({ name: 'UserError', message: expect.stringMatching(both) });
        await expect(opened).rejects.toThrow(named);
      }
      const two = { 'images/cam1/1.jpg': png(2, 2, 5) };
      await expect(classes('yolo', two)).rejects.toThrow(/1\.jpg and images\/cam1\/1\.png may belong to yolo\/cam1/);
    });

    it('leaves an image whose namesake has the label without one', async () => {
      const { 'yolo/cam2/1.txt': _, ...rest } = files;
      const folder = await folderOf(rest);
      const dataset = await open(folder, { images: 'images', labels: 'yolo' }, { inputs: small, task: 'detection' });
      const boxes = (await samplesOf(dataset)).map(({ label }) => label?.kind === 'boxes' && label.boxes.length);
      expect(boxes).toEqual([1, 0]);
    });
  });

  it('names what is wrong, before anything is decoded', async () => {
    const folder = await folderOf({
      'mixed/a.png': png(),
      'mixed/cat/b.png': png(),
      'mixed/dog/b.png': png(),
      'empty/readme.md': 'x',
      'flat/a.png': png(),
      'flat/pointer.jpg': 'version https://git-lfs.github.com/spec/v1\n',
      'ok/a.png': png(),
      'sized/a.png': png(9, 9),
      'two/cat/a.png': png(),
      'two/dog/a.png': png(),
      'gone.csv': 'file,label\na.png,0\nz.png,1\n',
      'column.csv': 'file,target\na.png,0\n',
      'far.csv': 'file,label\na.png,7\n',
      'named.csv': 'file,label\na.png,dogs\n',
      'unlabelled.csv': 'file,label\na.png,\n',
      'twice.csv': 'file,label\na.png,0\na.png,1\n',
      'classes.txt': 'cat\ndog\nowl\n',
      'yolo/a.txt': '1 0.5 0.5 2 0.5\n',
      'yolo5/a.txt': '1 0.5 0.5\n',
      'orphan/a.txt': '',
      'orphan/q.txt': '',
    });
    const cases: [object, RegExp, string?][] = [
      [{ images: 'nowhere' }, /`images: nowhere` does not exist; \. has .*flat/],
      [{ images: 'gone.csv' }, /`images: gone\.csv` is a file; name the folder/],
      [{ images: '../..' }, /leads out of/],
      [{ images: '../nowhere' }, /leads out of/],
      [{ images: '../nowhere/deeper' }, /leads out of/],
      [{ images: 'ok', labels: '../nowhere.csv' }, /`labels: \.\.\/nowhere\.csv` leads out of/],
      [{ images: 'gone.csv/deeper' }, /`images: gone\.csv\/deeper` does not exist/],
      [{ images: 'empty' }, /empty has no images \(\.jpg/],
      [{ images: 'mixed' }, /mixed has 1 images beside its class folders \(mixed\/a\.png\)/],
      [{ images: 'flat' }, /flat\/pointer\.jpg is a Git LFS pointer/],
      [{ images: 'sized' }, /sized\/a\.png \(9 x 9\) gives \[1, 3, 9, 9\].*`resize: \[6, 8\]`/],
      [{ images: 'two' }, /name 2 classes, and the model scores 3.*set `classes`/],
      [{ images: 'ok', labels: 'gone.csv' }, /gone\.csv:3: there is no file "z\.png" in ok/],
      [
        { images: 'ok', labels: 'column.csv' },
        /column\.csv has no column "label" \(`label-column`\); its columns are "file", "target"/,
      ],
      [{ images: 'ok', labels: 'far.csv' }, /far\.csv:2: class 7 is beyond the model's output of 3 classes, 0 to 2/],
      [
        { images: 'ok', labels: 'named.csv', classes: 'classes.txt' },
        /named\.csv:2: "dogs" is not a class; did you mean "dog"\?/,
      ],
      [{ images: 'ok', labels: 'unlabelled.csv' }, /unlabelled\.csv:2: the label is missing/],
      [{ images: 'ok', labels: 'twice.csv' }, /twice\.csv:3: "a\.png" is listed a second time/],
      [{ images: 'ok', labels: 'yolo' }, /yolo\/a\.txt:1: the box lies outside of the image.*fractions/, 'detection'],
      [
        { images: 'ok', labels: 'yolo5' },
        /yolo5\/a\.txt:1: "1 0\.5 0\.5" is not "class cx cy width height"/,
        'detection',
      ],
      [{ images: 'ok', labels: 'orphan' }, /orphan\/q\.txt belongs to no image/, 'detection'],
      [{ images: 'ok', labels: 'empty' }, /empty has no label for any of the 1 images/, 'detection'],
    ];
    for (const [source, message, task] of cases) {
      const opened = open(folder, { ...source }, { inputs, output, ...(task && { task: task as 'detection' }) });
      await expect(opened, JSON.stringify(source)).rejects.toThrow(message);
      await expect(opened).rejects.toMatchObject({ name: 'UserError' });
    }
    const two = [...inputs, { name: 'shape', type: 'int64', dims: [2] } as const];
    await expect(open(folder, { images: 'ok' }, { inputs: two })).rejects.toThrow(
      /one input, and this one has 2.*"shape" \(int64 \[2\]\)/,
    );
  });

  it.runIf(process.platform !== 'win32')('follows links inside the root only', async () => {
    const outside = await folderOf({ 'secret.png': png() });
    const folder = await folderOf({ 'val/a.png': png(), 'other/b.png': png() });
    await symlink(join(folder, 'other/b.png'), join(folder, 'val/b.png'));
    expect((await open(folder, { images: 'val' }, { inputs })).size).toBe(2);
    await symlink(join(outside, 'secret.png'), join(folder, 'val/c.png'));
    await expect(open(folder, { images: 'val' }, { inputs })).rejects.toThrow(/leads out of/);
    await unlink(join(folder, 'val/c.png'));
    await symlink(join(folder, 'other/gone.png'), join(folder, 'val/d.png'));
    await expect(open(folder, { images: 'val' }, { inputs })).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('val/d.png is a link to a file that does not exist'),
    });
  });

  it('names a file that turns out damaged', async () => {
    const cut = png(40, 40);
    const folder = await folderOf({ 'val/a.png': png(), 'val/b.png': cut.subarray(0, cut.length - 100) });
    const dataset = await open(folder, { images: 'val' }, { inputs });
    await expect(samplesOf(dataset)).rejects.toThrow(/^val\/b\.png is cut off: the PNG ends before its last line/);
  });
});

describe('decoding ahead', () => {
  it('gives the same samples in the same order with threads and without', async () => {
    const folder = await folderOf(
      Object.fromEntries(
        Array.from({ length: 40 }, (_, index) => [`val/${index + 10}.png`, png(8 + (index % 5) * 40, 6, index)]),
      ),
    );
    const digests = [];
    for (const threads of [0, 1, 3]) {
      const dataset = await open(
        folder,
        { images: 'val' },
        { inputs, threads, preprocess: { ...plainPreprocess, resize: [6, 8] } },
      );
      digests.push((await materialize(dataset, join(folder, `${threads}.feeds`))).digest);
    }
    expect(new Set(digests).size).toBe(1);
  });

  it('reports the first bad file in order, as the user error it is, from threads too', async () => {
    const folder = await folderOf({ 'a.png': png(), 'b.png': 'nonsense', 'c.png': png(), 'd.png': 'worse' });
    const plan = planImage(undefined, inputs[0]);
    const tasks = ['a', 'b', 'c', 'd'].map((name) => ({ path: join(folder, `${name}.png`), name: `${name}.png` }));
    const decoded: number[] = [];
    const run = async () => {
      for await (const { tensor } of decodeAll({ kind: 'image', plan }, tasks, { threads: 2 }))
        decoded.push(tensor.data.length);
    };
    await expect(run()).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(/^b\.png is not an image/),
    });
    expect(decoded).toEqual([144]);
  });

  it('knows by its key whether the same data would come out', async () => {
    const files = { 'val/cat/a.png': png(), 'val/dog/b.png': png(8, 6, 2) };
    const keyOf = async (changed: Record<string, Uint8Array>, source: object = {}, more: object = {}) => {
      const dataset = await open(await folderOf(changed), { images: 'val', ...source }, { inputs, ...more });
      return dataset.cacheKey?.();
    };
    const key = await keyOf(files);
    expect(await keyOf({ ...files })).toBe(key);
    expect(await keyOf({ ...files, 'val/dog/b.png': png(8, 6, 3) })).not.toBe(key);
    expect(await keyOf({ 'val/cat/a.png': png(), 'val/eel/b.png': png(8, 6, 2) })).not.toBe(key);
    expect(await keyOf(files, { limit: 1 })).not.toBe(key);
    expect(await keyOf(files, {}, { preprocess: { ...plainPreprocess, scale: 255 } })).not.toBe(key);
  });
});
