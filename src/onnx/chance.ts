import { counted } from '../words.ts';
import { constantValue } from './constants.ts';
import type { OnnxModel } from './model.ts';
import type { Node } from './node.ts';

/** Operators that draw numbers; a `seed` makes them the same in every session. */
const drawing = ['RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Multinomial', 'Bernoulli'];

/**
 * What makes a model's outputs differ from run to run or with what else is in a batch, a sentence each: then a difference
 * between two files is partly chance. PyTorch's exporter leaves a model in training mode that was not asked to leave it.
 */
export function remarksOnChance(model: OnnxModel): string[] {
  const nodes = [...model.graph.allNodes()];
  const training = nodes.filter(isInTraining);
  const random = nodes.filter((node) => node.is(...drawing) && !node.hasAttr('seed'));
  return [
    ...(training.length > 0
      ? [
          `The model is in training mode (${named(training)}): what it gives depends on chance or on the rest of the batch. ` +
            'Export it in inference mode (in PyTorch after model.eval()).',
        ]
      : []),
    ...(random.length > 0
      ? [
          `The model draws random numbers (${named(random)}), and has no seed for them, so its outputs are others in each process.`,
        ]
      : []),
  ];
}

/** https://onnx.ai/onnx/operators/onnx__BatchNormalization.html */
function isInTraining(node: Node): boolean {
  if (node.is('BatchNormalization')) return node.attrInt('training_mode', 0) !== 0;
  if (!node.is('Dropout') || dropoutTrains(node) !== true) return false;
  return Number(constantValue(node.input(1))?.data[0] ?? 0.5) > 0;
}

/**
 * Whether a Dropout is in training mode: before opset 12 never, then by its third input; undefined where only a run can tell.
 * https://onnx.ai/onnx/operators/onnx__Dropout.html
 */
export function dropoutTrains(node: Node): boolean | undefined {
  if (node.input(2) === undefined) return false;
  const flag = constantValue(node.input(2))?.data[0];
  return flag === undefined ? undefined : Number(flag) !== 0;
}

function named([first, ...others]: readonly Node[]): string {
  const name = first!.name === '' ? first!.op : `${first!.op} ${first!.name}`;
  return others.length === 0 ? name : `${name} and ${counted(others.length, 'more node')}`;
}
