import { describe, expect, it } from 'vitest';
import { folderOf, open, png } from './folder.ts';

const inputs = [{ name: 'input', type: 'float32', dims: ['batch', 3, 6, 8] }] as const;
const output = { name: 'scores', type: 'float32', dims: ['batch', 3] } as const;

it('names of some classes have to become numbers where the source has no `classes`', async () => {
  const folder = await folderOf({ 'some.csv': 'x,label\n1,yes\n2,no\n' });
  await expect(
    open(
      folder,
      { csv: 'some.csv', label: 'label' },
      { inputs: [{ name: 'x', type: 'float32', dims: ['n', 1] }], output },
    ),
  ).rejects.toThrow(
    'some.csv:2 and others name 2 classes, and the model scores 3, so their order cannot be guessed. Label with class numbers.',
  );
});

describe('a list of classes', () => {
  const files = {
    'val/a.png': png(),
    'val.csv': 'file,label\na.png,crane\n',
    'numbers.csv': 'file,label\na.png,2\n',
    'short.txt': 'crane\ndog\n',
    'twice.txt': 'crane\ndog\ncrane\n',
  };

  it('of another length than the scores of the model is refused: every line behind a missing one is another class', async () => {
    const source = { images: 'val', labels: 'val.csv', classes: 'short.txt' };
    await expect(open(await folderOf(files), source, { inputs, output })).rejects.toThrow(
      /^short\.txt lists 2 classes, and the model scores 3; the line number is the class/,
    );
  });

  it('with a name twice does not say which of the two a label means', async () => {
    const folder = await folderOf(files);
    const source = { images: 'val', labels: 'val.csv', classes: 'twice.txt' };
    await expect(open(folder, source, { inputs, output })).rejects.toThrow(
      'val.csv:2: "crane" is the name of two classes, 0 and 2; give each a name of its own, or label with class numbers.',
    );
    await expect(open(folder, { ...source, labels: 'numbers.csv' }, { inputs, output })).resolves.toBeDefined();
  });
});
