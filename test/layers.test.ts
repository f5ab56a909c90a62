import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { expect, test } from 'vitest';

const source = resolve(import.meta.dirname, '../src');

/** The folders of src in the order in which data flows: each may import what stands before it. */
const layers = [
  ...['policy', 'onnx', 'ops', 'data', 'runtime', 'targets', 'calibrate', 'quantize', 'train'],
  ...['measure', 'gate', 'report', 'bundle', 'engine', 'github', 'action', 'cli', 'worker'],
];

const layerOf = (path: string): string | undefined => {
  const [first, ...rest] = relative(source, path).split(sep);
  return rest.length > 0 ? first : undefined;
};

test('nothing imports backwards, and the core nothing of GitHub', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  expect(new Set(files.flatMap((name) => layerOf(join(source, name)) ?? []))).toEqual(new Set(layers));
  const backwards = files.flatMap((name) => {
    const path = join(source, name);
    const imported = [...readFileSync(path, 'utf8').matchAll(/ from '(\.[^']+)'/g)].map(([, to]) =>
      resolve(dirname(path), to!),
    );
    const own = layerOf(path);
    return imported.flatMap((to) => {
      const other = layerOf(to);
      // Files beside the folders are for all of them; the command line and the action do not know each other.
      if (other === undefined || other === '..' || other === own) return [];
      const isBackwards = own === undefined || layers.indexOf(other) > layers.indexOf(own) || other === 'action';
      return isBackwards ? [`${name} imports ${relative(source, to)}`] : [];
    });
  });
  expect(backwards).toEqual([]);
});
