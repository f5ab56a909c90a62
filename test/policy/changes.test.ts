import { expect, test } from 'vitest';
import { describeChanges } from '../../src/policy/changes.ts';
import { parsePolicy } from '../../src/policy/load.ts';

const place = { path: 'quant.yml', folder: '/repository', root: '/repository' };
const changes = (base: string, head: string) =>
  describeChanges(parsePolicy(base, place).policy, parsePolicy(head, place).policy).all;

const base = `
version: 1
models:
  - path: a.onnx
    task: classification
    data: { validation: { images: v, limit: 400 } }
levels:
  1: {}
  2: { limits: { size: { max-ratio: 0.3 }, accuracy: { max-drop: 0.01, min: 0.7 }, latency: { min-speedup: 1.2 } } }
gate: { require: [1, 2], on-inconclusive: fail, regression: { size: 0.02 } }
`;

test('no change, and defaults written out, are nothing', () => {
  expect(changes(base, base)).toEqual([]);
  expect(changes(base, `${base}\ntargets: [cpu]`)).toEqual([]);
});

test.each([
  ['max-drop: 0.01', 'max-drop: 0.02', 'loosened: levels.2.limits.accuracy.max-drop from 0.01 to 0.02'],
  ['max-drop: 0.01', 'max-drop: 0.005', 'levels.2.limits.accuracy.max-drop from 0.01 to 0.005'],
  ['min: 0.7', 'min: 0.6', 'loosened: levels.2.limits.accuracy.min from 0.7 to 0.6'],
  ['min-speedup: 1.2', 'min-speedup: 1.5', 'levels.2.limits.latency.min-speedup from 1.2 to 1.5'],
  ['size: { max-ratio: 0.3 }, ', '', 'loosened: levels.2.limits.size.max-ratio removed (was 0.3)'],
  ['1: {}', '1: { limits: { size: { max: 4MB } } }', 'levels.1.limits.size.max added: 4000000'],
  ['require: [1, 2]', 'require: [2]', 'loosened: gate.require from the list [1,2] to the list [2]'],
  ['require: [1, 2]', 'require: any', 'loosened: gate.require from the list [1,2] to "any"'],
  ['require: [1, 2]', 'require: all', 'gate.require from the list [1,2] to "all"'],
  ['on-inconclusive: fail', 'on-inconclusive: warn', 'loosened: gate.on-inconclusive from "fail" to "warn"'],
  [', regression: { size: 0.02 }', '', 'loosened: gate.regression.size removed (was 0.02)'],
  ['images: v', 'images: easy', 'loosened: models.a.data.validation from the map'],
  ['1: {}', '1: { bits: 4 }', 'levels.1.bits from 8 to 4'],
  ['1: {}', '1: { stop: true }', 'loosened: levels.1.stop from false to true'],
  ['require: [1, 2]', 'require: [1]', 'loosened: gate.require'],
])('%s to %s', (before, after, expected) => {
  expect(changes(base, base.replace(before, after))[0]).toContain(expected);
});

test('what loosens comes first; a model that is gone is held to nothing', () => {
  const head = base.replace('path: a.onnx', 'path: b.onnx').replace('1: {}', '1: { bits: 4 }');
  const { all, loosened } = describeChanges(parsePolicy(base, place).policy, parsePolicy(head, place).policy);
  expect(all[0]).toContain('loosened: models.a removed');
  expect(all.slice(1).join('\n')).toContain('models.b added');
  expect(loosened).toEqual(all.slice(0, 1));
});

test('where lower is better, a higher minimum is the looser one', () => {
  const text = (min: number) => `
version: 1
models: [{ path: a.onnx, metric: perplexity, data: { validation: { arrays: v, labels: y } } }]
levels: { 2: { limits: { accuracy: { min: ${min} } } } }
`;
  expect(changes(text(20), text(30))[0]).toMatch(/^loosened: levels.2.limits.accuracy.min from 20 to 30/);
  expect(changes(text(30), text(20))[0]).toMatch(/^levels.2/);
});

test('another metric is another question, whatever of it changes', () => {
  const text = (metric: string) => `
version: 1
models: [{ path: a.onnx, metric: ${metric}, data: { validation: { arrays: v, labels: y } } }]
`;
  const strict = '{ command: python strict.py, direction: higher }';
  expect(changes(text(strict), text('{ command: python lenient.py, direction: higher }'))[0]).toMatch(/^loosened: /);
  expect(changes(text(strict), text('{ command: python strict.py, direction: lower }'))[0]).toMatch(/^loosened: /);
});

test('a new level may be enough by itself where it says stop, or any is', () => {
  const head = (level: string) => base.replace('require: [1, 2], ', '').replace('1: {}', `1: {}\n  3: ${level}`);
  const before = head('{}').replace('  3: {}\n', '');
  expect(changes(before, head('{}'))[0]).toMatch(/^levels.3 added/);
  expect(changes(before, head('{ stop: true }'))[0]).toMatch(/^loosened: levels.3 added/);
  const any = (text: string) => text.replace('gate: { ', 'gate: { require: any, ');
  expect(changes(any(before), any(head('{}')))[0]).toMatch(/^loosened: levels.3 added/);
});

test('of several globs, which have no name of their own, none hides another', () => {
  const text = (paths: string) => `
version: 1
models: [${paths}]
`;
  expect(
    changes(text('{ path: "a/*.onnx" }, { path: "b/*.onnx" }'), text('{ path: "b/*.onnx" }')).join('\n'),
  ).toContain('a/*.onnx');
});
