import { shapeText } from '../data/shape.ts';
import { schemaAddress, type Task } from '../policy/schema.ts';
import { defaultMetric, metricTraits } from '../policy/task.ts';
import type { TensorInfo } from '../tensor.ts';

export interface TemplateFacts {
  /** Path of the model, relative to the policy. */
  path: string;
  inputs: readonly TensorInfo[];
  outputs: readonly TensorInfo[];
  /** Folders and files beside the policy that look like data. */
  folders: readonly string[];
}

/** The text of a first policy for a model: what can be read off the model is filled in, the rest is said in comments. */
export function policyTemplate(facts: TemplateFacts): string {
  const task = guessTask(facts);
  return `# yaml-language-server: $schema=${schemaAddress}
version: 1
models:
  - path: ${quoted(facts.path.replaceAll('\\', '/'))}
${indent(interfaceComment(facts), 4)}
    task: ${task}
    data:
${indent(dataBlock(facts, task), 6)}${decoderHint(task)}
targets: [cpu]
levels:
  1:
    method: dynamic
    limits: { size: { max-ratio: 0.6 }, accuracy: ${accuracyLimit(task)} }
  2:
    method: static
    limits:
      size: { max-ratio: 0.35 }
      latency: { min-speedup: 1.0 }
      accuracy: ${accuracyLimit(task)}
gate:
  require: [2]
`;
}

/** A guess from the shapes alone; the user corrects it. */
export function guessTask({ inputs, outputs }: Pick<TemplateFacts, 'inputs' | 'outputs'>): Task {
  const output = outputs[0]?.dims ?? [];
  const rank = inputs[0]?.dims.length ?? 0;
  const last = output.at(-1);
  if (outputs.length >= 2 && rank === 4) return 'detection';
  // The one pixel that pooling left.
  if (output.length === 4 && rank === 4 && output.slice(2).every((dim) => dim === 1)) return 'classification';
  // An image of as many channels as went in is a picture again, not a class for each pixel.
  if (output.length === 4 && rank === 4) return output[1] === inputs[0]?.dims[1] ? 'regression' : 'segmentation';
  if (output.length === 3 && typeof last === 'number' && last > 1000 && rank === 2) return 'language-model';
  if (output.length === 2 && last === 1) return 'regression';
  if (output.length === 2) return 'classification';
  return 'generic';
}

/** A limit in the units of the task's default metric: a starting point that a policy of this task can have. */
function accuracyLimit(task: Task): string {
  const metric = defaultMetric(task);
  if (metricTraits[metric].absolute) return '{ min: 25 }';
  return metricTraits[metric].unit === 'fraction' ? '{ max-drop: 0.01 }' : '{ max-relative-drop: 0.01 }';
}

function decoderHint(task: Task): string {
  if (task !== 'detection') return '';
  return `
    # which outputs are boxes and scores; or \`decoder: { command: python decode.py }\` for raw heads
    # decoder: { boxes: boxes, scores: scores }`;
}

function interfaceComment({ inputs, outputs }: TemplateFacts): string {
  const list = (infos: readonly TensorInfo[]) =>
    infos.map(({ name, type, dims }) => `${name} ${type}${shapeText(dims)}`).join('; ');
  return `# inputs: ${oneLine(list(inputs))}\n# outputs: ${oneLine(list(outputs))}`;
}

function dataBlock({ inputs, outputs, folders }: TemplateFacts, task: Task): string {
  const beside = folders.length > 0 ? `# found beside the policy: ${folders.join(', ')}\n` : '';
  const first = inputs[0];
  const picture = task === 'regression' && outputs[0]?.dims.length === 4;
  if (first?.dims.length === 4 && !picture) {
    const [height, width] = first.dims[1] === 3 || first.dims[1] === 1 ? first.dims.slice(2) : first.dims.slice(1, 3);
    const channels = first.dims[1] === 3 || first.dims.at(-1) === 3 ? 3 : 1;
    const crop = typeof height === 'number' && typeof width === 'number' ? `[${height}, ${width}]` : '224';
    const [labels, what] = {
      detection: ['data/labels', '# labels: a folder of YOLO .txt files, or a COCO .json\n'],
      segmentation: ['data/masks', '# labels: a folder of masks\n'],
      other: ['data/validation.csv', ''],
    }[task === 'detection' || task === 'segmentation' ? task : 'other'] as [string, string];
    return `${beside}calibration: { images: data/calibration, limit: 200 }
${what}validation: { images: data/validation, labels: ${labels} }
# as in training: sizes in pixels, then (x / scale - mean) / std
preprocess: { ${task === 'detection' ? `letterbox: ${crop}` : `resize: ${typeof height === 'number' ? Math.round(height / 0.875) : 256}, crop: ${crop}`}, scale: 255, ${channels === 3 ? 'mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]' : 'color: gray'} }`;
  }
  if (inputs.some(({ name }) => name === 'input_ids')) {
    return `${beside}calibration: { jsonl: data/calibration.jsonl, tokenizer: tokenizer.json, limit: 200 }
validation: { jsonl: data/validation.jsonl, tokenizer: tokenizer.json }`;
  }
  return `${beside}# .npz files whose keys are the inputs' names; labels under the key "label"
calibration: { arrays: data/calibration.npz }
validation: { arrays: data/validation.npz, labels: label }`;
}

function indent(text: string, spaces: number): string {
  return text
    .split('\n')
    .map((line) => ' '.repeat(spaces) + line)
    .join('\n');
}

/** Names of tensors are the model's: none may end the comment. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}

function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : JSON.stringify(text);
}
