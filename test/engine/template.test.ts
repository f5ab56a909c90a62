import { describe, expect, it } from 'vitest';
import { guessTask, policyTemplate } from '../../src/engine/template.ts';
import { parsePolicy } from '../../src/policy/load.ts';
import type { TensorInfo } from '../../src/tensor.ts';

const info = (name: string, ...dims: TensorInfo['dims']): TensorInfo => ({ name, type: 'float32', dims });

/** Models of every kind, and the task that their shapes tell. */
const models = {
  classification: [[info('x', 'n', 3, 224, 224)], [info('logits', 'n', 1000)]],
  'pooled classification': [[info('x', 'n', 3, 224, 224)], [info('softmax', 'n', 1000, 1, 1)]],
  regression: [[info('x', 'n', 7)], [info('price', 'n', 1)]],
  'super resolution': [[info('x', 'n', 1, 'h', 'w')], [info('y', 'n', 1, 'h3', 'w3')]],
  segmentation: [[info('x', 'n', 3, 512, 512)], [info('classes', 'n', 21, 512, 512)]],
  detection: [[info('x', 1, 3, 416, 416)], [info('boxes', 1, 100, 4), info('scores', 1, 100)]],
  'language-model': [[info('input_ids', 'n', 's')], [info('logits', 'n', 's', 32000)]],
  generic: [[info('x', 'n', 'frames', 161)], [info('gain', 'n', 'frames', 161)]],
} satisfies Record<string, [TensorInfo[], TensorInfo[]]>;

describe('the policy that init writes', () => {
  it.each(Object.entries(models))('is valid for %s', (kind, [inputs, outputs]) => {
    const task = kind === 'super resolution' ? 'regression' : kind.replace('pooled ', '');
    expect(guessTask({ inputs, outputs })).toBe(task);
    const text = policyTemplate({ path: 'model.onnx', inputs, outputs, folders: ['data/a', 'data/b'] });
    const { policy } = parsePolicy(text, { path: 'quant.yml', folder: '/', root: '/' });
    expect(policy.models[0]?.task).toBe(task);
    expect(policy.levels[2]?.limits.accuracy).toBeDefined();
  });
});
