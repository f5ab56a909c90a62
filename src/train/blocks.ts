import { readsOf } from '../onnx/outer-reads.ts';
import type { Value } from '../onnx/value.ts';
import type { Student } from './student.ts';

/** A narrow point of the student: everything trained before it reaches what lies behind through this one value. */
export interface Cut {
  /** The value in the student. */
  value: string;
  /** The same value in the FP32 model. */
  teacher: string;
}

/** A part of the student between two narrow points, trained by itself. */
export interface Block {
  /** undefined: the model's inputs. */
  from: Cut | undefined;
  /** undefined: the model's outputs. */
  to: Cut | undefined;
}

/**
 * Cuts the student at narrow points into blocks of at least `weights` weights each (the last may have fewer). Values
 * that no parameter has touched, such as an attention mask, may be read by every block: they are computed again from the
 * model's inputs.
 *
 * @param teacherOf the name of the same value in the FP32 model, undefined where it has none
 * @param outputs the values at which the student ends
 */
export function findBlocks(
  student: Student,
  teacherOf: (value: Value) => string | undefined,
  outputs: ReadonlySet<string>,
  weights = 3,
): Block[] {
  const { graph } = student.model;
  const kinds = new Map(student.parameters.map(({ name, kind }) => [name, kind]));
  /** Parameters, and what is made of them and of constants alone: no activations. Each with the weights in it. */
  const made = new Map<Value, readonly string[]>();
  for (const value of graph.inputs) {
    const kind = kinds.get(value.name);
    if (kind) made.set(value, kind === 'weight' ? [value.name] : []);
  }
  const tainted = new Set<Value>();
  const remaining = new Map<Value, number>();
  const live = new Set<Value>();
  const blocks: Block[] = [];
  let from: Cut | undefined;
  let own = new Set<string>();
  for (const node of graph.nodes) {
    const inputs = readsOf(node);
    if (!inputs.some((value) => tainted.has(value) || made.has(value))) continue;
    const used = inputs.flatMap((value) => made.get(value) ?? []);
    if (inputs.every((value) => made.has(value) || value.initializer)) {
      for (const output of node.outputs) if (output) made.set(output, used);
      continue;
    }
    for (const weight of used) own.add(weight);
    for (const input of inputs) {
      if (!live.has(input)) continue;
      const left = (remaining.get(input) as number) - 1;
      remaining.set(input, left);
      if (left === 0) live.delete(input);
    }
    for (const output of node.outputs) {
      if (!output) continue;
      tainted.add(output);
      // What the student returns stays live for ever: no cut may hide it.
      const uses = output.uses.length + (output.isGraphOutput || outputs.has(output.name) ? 1 : 0);
      if (uses === 0) continue;
      remaining.set(output, uses);
      live.add(output);
    }
    const [only] = live;
    if (live.size !== 1 || !only || own.size < weights || only.isGraphOutput || outputs.has(only.name)) continue;
    const teacher = teacherOf(only);
    if (teacher === undefined) continue;
    const to = { value: only.name, teacher };
    blocks.push({ from, to });
    from = to;
    own = new Set();
  }
  if (own.size > 0 || blocks.length === 0) blocks.push({ from, to: undefined });
  else blocks.push({ from: (blocks.pop() as Block).from, to: undefined });
  return blocks;
}
