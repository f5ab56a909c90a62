import type { OnnxModel } from '../onnx/model.ts';
import type { Value } from '../onnx/value.ts';
import type { Task } from '../policy/schema.ts';
import type { Shape } from './emitter.ts';
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

export interface End {
  value: string;
  teacher: string;
  softmax: boolean;
}

/**
 * What is compared with FP32: the model's float outputs that depend on a parameter; of a Softmax, what goes into it. None where
 * there is nothing to train.
 */
export function outputsOf(student: Student, teacherOf: (value: Value) => string | undefined): End[] {
  const { graph } = student.model;
  const parameters = new Set(student.parameters.map(({ name }) => name));
  const dependent = new Set<Value>();
  for (const node of graph.nodes) {
    if (!node.inputs.some((value) => value && (dependent.has(value) || parameters.has(value.name)))) continue;
    for (const value of node.outputs) if (value) dependent.add(value);
  }
  const ends: End[] = [];
  for (const output of graph.outputs) {
    // An output of float16 is a Cast of what is computed.
    const cast = output.staticInfo.type === 'float16' && output.producer?.is('Cast');
    const value = cast ? output.producer!.input(0)! : output;
    const { type } = value.staticInfo;
    if (!dependent.has(value) || (type !== undefined && type !== 'float32')) continue;
    let end = value;
    if (end.producer?.domain === 'quant-gate' && end.producer.input(0)?.producer?.is('Softmax')) {
      end = end.producer.input(0) as Value;
    }
    const softmax = end.producer?.is('Softmax', 'LogSoftmax') ?? false;
    const logits = softmax ? end.producer?.input(0) : undefined;
    const teacher = logits && teacherOf(logits);
    if (logits && teacher !== undefined) ends.push({ value: logits.name, teacher, softmax: true });
    else ends.push({ value: value.name, teacher: value.name, softmax: false });
  }
  return ends;
}

export function isClassification(
  task: Task,
  name: string,
  shapes: ReadonlyMap<string, Shape>,
  softmax: boolean,
): boolean {
  const classes = shapes.get(name)?.at(-1) ?? 0;
  return softmax || (classes > 1 && (task === 'classification' || task === 'language-model'));
}
