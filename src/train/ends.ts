import type { OnnxModel } from '../onnx/model.ts';
import type { Node } from '../onnx/node.ts';
import { readsOf } from '../onnx/outer-reads.ts';
import { reshaping } from '../onnx/reshaping.ts';
import type { Value } from '../onnx/value.ts';
import type { Task } from '../policy/schema.ts';
import type { Shape } from './emitter.ts';
import { fakeQuantDomain } from './fake-quant.ts';
import { castFrom, type Recorded } from './shapes.ts';
import type { Student } from './student.ts';

/** The name that a value of the student has in the float model; undefined where no value there is the same. */
export function sameIn(float: OnnxModel, student: Student): (value: Value) => string | undefined {
  return (value) => {
    const quantized = student.floatNames.get(value.name);
    const name = quantized ?? value.name;
    const other = float.graph.value(name);
    if (!other || other.initializer) return undefined;
    if (quantized !== undefined || value.isGraphOutput) return name;
    // The same name may stand for something else where nodes were joined: a Gemm for a MatMul and its Add.
    const [own, theirs] = [value.producer, other.producer];
    return own?.op === theirs?.op && own?.inputs.length === theirs?.inputs.length ? name : undefined;
  };
}

/**
 * Whether a value of the student can be compared with FP32's: it has the same shape in every batch, as what a fake-quantized one is
 * made of has, and is not empty.
 */
export function hasOneSize(value: Value, shapes: ReadonlyMap<string, Shape>): boolean {
  const source = value.producer?.domain === fakeQuantDomain ? value.producer.input(0)! : value;
  return shapes.get(source.name)?.includes(0) === false;
}

export interface End {
  value: string;
  teacher: string;
  /** Of what goes into a Softmax: the axis that it sums over, as its attribute says. */
  softmax?: number;
}

/** What gives the same numbers in another form, or cuts off some: behind a Softmax they still say what its input says. */
const lookedThrough = [...reshaping, 'Identity', 'Cast', 'Clip'];

/**
 * What is compared with FP32: the model's float outputs that depend on a parameter and have one size; of a Softmax, what goes
 * into it. None where there is nothing to train.
 *
 * @param recorded of the quantized model: the shapes of values that have one, and the float outputs
 */
export function outputsOf(
  student: Student,
  teacherOf: (value: Value) => string | undefined,
  { shapes, ranges }: Pick<Recorded, 'shapes' | 'ranges'>,
): End[] {
  const { graph } = student.model;
  const parameters = new Set(student.parameters.map(({ name }) => name));
  const dependent = new Set<Value>();
  for (const node of graph.nodes) {
    if (!readsOf(node).some((value) => dependent.has(value) || parameters.has(value.name))) continue;
    for (const value of node.outputs) if (value) dependent.add(value);
  }
  const ends: End[] = [];
  for (const output of graph.outputs) {
    const value = castFrom(output) ?? output;
    const isFloat = ranges.has(value.name) || value.producer?.domain === fakeQuantDomain;
    if (!dependent.has(value) || !isFloat || !hasOneSize(value, shapes)) continue;
    const softmax = softmaxBehind(value);
    const logits = softmax?.input(0);
    const teacher = logits && teacherOf(logits);
    if (softmax && logits && teacher !== undefined && hasOneSize(logits, shapes))
      ends.push({ value: logits.name, teacher, softmax: softmax.attrInt('axis', -1) });
    else {
      // What is cast to be an output may have another name in the student, as a fake-quantized value has.
      const own = value.isGraphOutput ? value.name : teacherOf(value);
      if (own !== undefined) ends.push({ value: value.name, teacher: own });
    }
  }
  return ends;
}

/** The Softmax whose result a value is, in whatever form. */
function softmaxBehind(value: Value): Node | undefined {
  let node = value.producer;
  while (node && (node.domain === fakeQuantDomain || node.is(...lookedThrough))) node = node.input(0)?.producer;
  return node?.is('Softmax', 'LogSoftmax') ? node : undefined;
}

/**
 * The axis of the classes, where an end says how likely each of them is.
 *
 * @param shape of the end at the batch that is trained
 * @param range of FP32's output: what lies within 0 and 1 is no logits
 * @returns undefined where the squared error is what compares
 */
export function classAxis(
  task: Task,
  { softmax }: End,
  shape: Shape,
  range: readonly [low: number, high: number] | undefined,
  batch: number,
): number | undefined {
  const given = softmax ?? -1;
  const axis = given < 0 ? given + shape.length : given;
  // Where that is the axis of the samples, they would be told apart from each other.
  if (axis < 0 || (axis === 0 && batch > 1)) return undefined;
  if (softmax !== undefined) return axis;
  const probabilities = range !== undefined && range[0] >= 0 && range[1] <= 1;
  // Logits of pixels too could be compared as classes, along their channels. Of two networks at 3 and 4 bits, what was trained so gave
  // FP32's class to as many pixels as by squared error at best, and to 5 in 100 fewer at worst.
  const isTask = task === 'classification' || task === 'language-model';
  return isTask && shape[axis]! > 1 && !probabilities ? axis : undefined;
}
