import { innerOf, type Parameter, type Student } from './student.ts';

/**
 * Learning rates of Adam, whose step is about the rate itself whatever the gradient's size. They are relative to what a
 * step means for the quantized numbers, so that one recipe fits all models and bit widths.
 */
export interface RateRecipe {
  /** Of weights, in levels of the weight's own grid. */
  weight: number;
  /** Of log scales: a fraction of the scale. */
  weightScale: number;
  activationScale: number;
  /** Of biases: a fraction of the typical size of what they are added to. */
  bias: number;
}

export const defaultRates: RateRecipe = { weight: 0.03, weightScale: 0.002, activationScale: 0.002, bias: 0.002 };

export interface ParameterRates {
  /** One for all elements, or one a channel. */
  rates: Float32Array;
  /** Elements of one channel that lie together. */
  inner: number;
}

/** The rates of every parameter, by name. */
export function learningRates(student: Student, recipe: RateRecipe = defaultRates): Map<string, ParameterRates> {
  const byName = new Map(student.parameters.map((parameter) => [parameter.name, parameter]));
  const result = new Map<string, ParameterRates>();
  for (const { name, kind, initial } of student.parameters) {
    const rate =
      kind === 'weight-log-scale'
        ? recipe.weightScale
        : kind === 'activation-log-scale'
          ? recipe.activationScale
          : recipe.bias * rootMeanSquare(initial);
    result.set(name, { rates: Float32Array.of(rate), inner: initial.length });
  }
  for (const { weight, logScale, axis, dims } of student.weights) {
    const scales = (byName.get(logScale) as Parameter).initial.map(Math.exp);
    result.set(weight, { rates: scales.map((scale) => recipe.weight * scale), inner: innerOf(dims, axis) });
  }
  for (const [bias, { weight }] of student.addends) {
    const { initial } = byName.get(bias) as Parameter;
    // Of zeros, no part is a step: then inputs of the weight are taken for about 1.
    if (rootMeanSquare(initial) > 0) continue;
    const spread = spreadOf(byName.get(weight) as Parameter, initial.length);
    result.set(bias, { rates: Float32Array.of(recipe.bias * spread), inner: initial.length });
  }
  const weightOf = new Map(student.weights.map(({ logScale, weight }) => [logScale, weight]));
  for (const { bias, activationLogScale, weightLogScale } of student.biases) {
    // An input of a quarter of its range at every weight: about the spread of what the bias is added to.
    const input = 64 * Math.exp((byName.get(activationLogScale) as Parameter).initial[0] as number);
    const channels = (byName.get(bias) as Parameter).initial.length;
    const spread = input * spreadOf(byName.get(weightOf.get(weightLogScale) as string) as Parameter, channels);
    result.set(bias, { rates: Float32Array.of(recipe.bias * spread), inner: channels });
  }
  return result;
}

/** Typical size of what a weight gives of inputs of 1. */
function spreadOf({ initial }: Parameter, channels: number): number {
  return rootMeanSquare(initial) * Math.sqrt(initial.length / channels);
}

function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / Math.max(values.length, 1));
}
