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
  /** Names of the trained parameters that it reads. */
  parameters: string[];
}

/**
 * Cuts the student at narrow points into blocks of at least `weights` weights each (the last may have fewer). Values
 * that no parameter has touched, such as an attention mask, may be read by every block: they are computed again from the
 * model's inputs.
 *
 * @param known whether the FP32 model has a value of that name
 */
export function findBlocks(student: Student, known: (name: string) => boolean, weights = 3): Block[] {
  const { graph } = student.model;
  const parameters = new Map(student.parameters.map((parameter) => [parameter.name, parameter]));
  const tainted = new Set<Value>();
  const remaining = new Map<Value, number>();
  const live = new Set<Value>();
  const blocks: Block[] = [];
  let from: Cut | undefined;
  let own = new Set<string>();
  let weighted = 0;
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (!input) continue;
      const parameter = parameters.get(input.name);
      if (parameter && !own.has(input.name)) {
        own.add(input.name);
        if (parameter.kind === 'weight') weighted += 1;
      }
    }
    const dependent = node.inputs.some((input) => input && (tainted.has(input) || parameters.has(input.name)));
    for (const input of node.inputs) {
      if (!input || !live.has(input)) continue;
      const left = (remaining.get(input) as number) - 1;
      remaining.set(input, left);
      if (left === 0) live.delete(input);
    }
    if (!dependent) continue;
    for (const output of node.outputs) {
      if (!output) continue;
      tainted.add(output);
      // A graph output stays live for ever: no cut may hide it.
      const uses = output.uses.length + (output.isGraphOutput ? 1 : 0);
      if (uses === 0) continue;
      remaining.set(output, uses);
      live.add(output);
    }
    if (live.size !== 1 || weighted < weights) continue;
    const [only] = [...live];
    const teacher = only && (student.floatNames.get(only.name) ?? only.name);
    if (!only || only.isGraphOutput || !teacher || !known(teacher)) continue;
    if (weightOnly(only, parameters)) continue;
    const to = { value: only.name, teacher };
    blocks.push({ from, to, parameters: [...own] });
    from = to;
    own = new Set();
    weighted = 0;
  }
  if (own.size > 0 || blocks.length === 0) blocks.push({ from, to: undefined, parameters: [...own] });
  return blocks;
}

/** A value that is made of parameters alone (a fake-quantized weight) is no activation. */
function weightOnly(value: Value, parameters: ReadonlyMap<string, unknown>): boolean {
  const seen = new Set<Value>();
  const stack = [value];
  while (stack.length > 0) {
    const current = stack.pop() as Value;
    if (seen.has(current)) continue;
    seen.add(current);
    if (current.isGraphInput && !current.initializer && !parameters.has(current.name)) return false;
    for (const input of current.producer?.inputs ?? []) if (input) stack.push(input);
  }
  return true;
}
