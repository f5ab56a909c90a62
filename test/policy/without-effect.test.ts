import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { parsePolicy } from '../../src/policy/load.ts';

/** The lines of the message for a policy, or 'fine'. */
function complaints(text: string): string[] {
  try {
    parsePolicy(text, { path: 'quant.yml', folder: '/repository', root: '/repository' });
    return ['fine'];
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message.split('\n');
  }
}

const ofModel = (keys: string, rest = '') => complaints(`version: 1\nmodels:\n  - { path: a.onnx, ${keys} }\n${rest}`);
const ofLevels = (levels: string) =>
  complaints(`version: 1\nmodels: [{ path: a.onnx, data: { validation: { arrays: v.npz, labels: y } } }]\n${levels}`);

describe('a key that has no effect is named with its place, its value and its cure', () => {
  test.each([
    ['metric: mae, border: 4', '3:34: `border: 4` has no effect: mae has no border; remove it, or use psnr'],
    ['border: 4', '3:21: `border: 4` has no effect: sqnr has no border'],
    [
      'task: classification, decoder: { boxes: b }',
      '3:43: `decoder` has no effect: top1 reads no boxes; remove it, or use map50 or map',
    ],
    ['task: detection, metric: { command: ./score }, decoder: { boxes: b }', 'a command reads no boxes'],
    [
      'task: detection, decoder: { command: ./decode, scores: s }',
      '3:68: `decoder.scores: "s"` has no effect: `decoder.command` decodes all outputs; keep one of them',
    ],
    [
      'data: { training: { arrays: t.npz, labels: y } }',
      '3:29: `training` has no effect: no level 3 trains with labels; remove it, or add levels.3',
    ],
    [
      'data: { preprocess: { crop: 224, interpolation: bicubic } }',
      '3:54: `interpolation: "bicubic"` has no effect: nothing is resized; remove it, or add `resize` or `letterbox`',
    ],
    [
      'data: { preprocess: { resize: 224, pad-value: 114 } }',
      '3:56: `pad-value: 114` has no effect: there is no `letterbox`',
    ],
    [
      'data: { validation: { images: v, label-column: y } }',
      '3:54: `label-column: "y"` has no effect: there is no `labels` that is a .csv file',
    ],
    [
      'task: detection, data: { validation: { images: v, labels: boxes.json, label-column: y } }',
      '`label-column: "y"` has no effect',
    ],
    ['data: { validation: { arrays: v.npz, labels: y, label-column: y } }', '`label-column: "y"` has no effect'],
  ])('%s', (keys, expected) => {
    expect(ofModel(keys)[0]).toContain(expected);
  });

  test.each([
    [
      'levels: { 3: { model: qat.onnx, bits: 4 } }',
      '3:33: `bits: 4` has no effect: `model` is trained and quantized already; remove it, or `model`',
    ],
    ['levels: { 3: { model: qat.onnx, budget: 5m } }', '`budget: "5m"` has no effect'],
    [
      'levels: { 3: { command: ./train, observer: entropy } }',
      '`observer: "entropy"` has no effect: `command` quantizes as it wants; remove it, or `command`',
    ],
    [
      'levels: { 2: { recover: none, search-budget: 5m, limits: { accuracy: { min: 30 } } } }',
      '`search-budget: "5m"` has no effect: `recover` has no mixed-precision; remove it, or add mixed-precision',
    ],
    [
      'levels: { 2: { search-budget: 5m } }',
      '`search-budget: "5m"` has no effect: the level has no limit on accuracy; remove it, or add limits.accuracy',
    ],
  ])('%s', (levels, expected) => {
    expect(ofLevels(levels)[0]).toContain(expected);
  });

  test.each([
    [
      'data: { preprocess: { std: [0.2, 0, 0.2] } }',
      '3:54: models[0].data.preprocess.std[1]: 0 is not a number to divide by',
    ],
    ['data: { preprocess: { std: 0 } }', 'models[0].data.preprocess.std: 0 is not a number to divide by'],
    ['data: { preprocess: { letterbox: 4, pad-value: 300 } }', 'pad-value: 300 is not at most 255'],
  ])('%s is no value', (keys, expected) => {
    expect(ofModel(keys)[0]).toContain(expected);
  });
});

describe('a key that has one, or is shared with what it has one for, is fine', () => {
  test.each([
    ['metric: psnr, border: 4', ''],
    ['metric: mae, border: 0', ''],
    ['metric: map, decoder: { boxes: b, scores: s, classes: c }', ''],
    ['data: { training: { arrays: t.npz, labels: y } }', 'levels: { 3: {} }'],
    ['data: { training: { arrays: t.npz, labels: y } }', 'levels: { 3: { command: ./train } }'],
    ['data: { preprocess: { letterbox: 4, pad-value: 114.5, interpolation: nearest } }', ''],
    ['data: { validation: { arrays: v.npz, labels: y.csv, label-column: y } }', ''],
    ['data: { validation: { images: v, labels: y.csv, label-column: y } }', ''],
  ])('%s %s', (keys, rest) => {
    expect(ofModel(keys, rest)).toEqual(['fine']);
  });

  test('what has an anchor, or comes from one', () => {
    const models = [
      '&base { path: a.onnx, border: 4, data: { preprocess: &p { crop: 4, pad-value: 114 } } }',
      '{ <<: *base, path: b.onnx, metric: psnr }',
      '{ <<: *base, path: c.onnx, metric: mae }',
      '{ path: d.onnx, data: { preprocess: { <<: *p, letterbox: 4 } } }',
      '{ path: e.onnx, data: { preprocess: *p } }',
    ];
    const policy = `version: 1\nmodels:\n${models.map((each) => `  - ${each}\n`).join('')}`;
    expect(complaints(policy)).toEqual(['fine']);
    expect(complaints(policy.replace('mae', 'mae, border: 5'))[0]).toContain('5:45: `border: 5` has no effect');
  });
});
