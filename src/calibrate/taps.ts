import { constantValue } from '../onnx/constants.ts';
import type { OnnxModel } from '../onnx/model.ts';
import type { Value } from '../onnx/value.ts';
import type { TensorInfo } from '../tensor.ts';
import { samplingStep } from './histogram.ts';

/** Which outputs of a tapped model show a tensor. */
export interface Tap {
  tensor: string;
  /** All values, or every `step`th of them; missing where the extremes are all that is asked. */
  values?: string;
  /**
   * Outputs of which the least and greatest values are those of the tensor, where the runtime looks for them; otherwise `values`
   * has all. A number is a bound that the operator has anyway.
   */
  min?: string | number;
  max?: string;
}

/** What is gathered of a tensor: its distribution, or no more than its least and greatest value, which takes half the time. */
export type CalibrationDetail = 'histogram' | 'range';

/**
 * A copy of the model with outputs that show these tensors. Where a tensor's size is known the runtime itself finds the
 * extremes and picks the values that are counted, so that little memory crosses to JavaScript and the tensor's own is
 * reused as ever.
 */
export function addTaps(
  model: OnnxModel,
  tensors: readonly string[],
  dims: (name: string) => TensorInfo['dims'] | undefined,
  detail: CalibrationDetail = 'histogram',
): { model: OnnxModel; taps: Tap[] } {
  const tapped = model.clone();
  const { graph } = tapped;
  for (const value of graph.outputs) graph.removeOutput(value);
  const int64 = (name: string, ...values: number[]) =>
    graph.addInitializer(name, { type: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) });
  const show = (value: Value): string => {
    graph.addOutput(value);
    return value.name;
  };
  const flat = int64('tap_flat', -1);
  const start = int64('tap_start', 0);
  const end = int64('tap_end', 2 ** 40);
  const axis = int64('tap_axis', 0);
  const rows = new Map<Value, Value>();
  const rowOf = (value: Value, name: string): Value => {
    const row = rows.get(value) ?? graph.addNode({ op: 'Reshape', name, inputs: [value, flat] }).output();
    rows.set(value, row);
    return row;
  };
  const reduced = (op: string, value: Value, name: string, axes?: readonly number[]): string => {
    const listed = axes && tapped.opset() >= 18 ? [int64(`${name}_axes`, ...axes)] : [];
    const attributes = { keepdims: { int: 0 }, ...(axes && listed.length === 0 && { axes: { ints: axes } }) };
    return show(graph.addNode({ op, name, inputs: [value, ...listed], attributes }).output());
  };
  const rowEnds = (value: Value, name: string) => {
    const row = rowOf(value, name);
    return { min: reduced('ReduceMin', row, name), max: reduced('ReduceMax', row, name) };
  };
  // Pooling runs on every core and in the layout that convolutions have; a reduction of the whole would do neither.
  const imageEnds = (value: Value, name: string) => ({
    min: isNeverNegative(value) ? 0 : reduced('ReduceMin', value, name, [2, 3]),
    max: show(graph.addNode({ op: 'GlobalMaxPool', name, inputs: [value] }).output()),
  });
  const taps = tensors.map((tensor): Tap => {
    const value = graph.value(tensor);
    if (!value) throw new Error(`the model has no value '${tensor}'`);
    const count = elementsOfSample(dims(tensor));
    const step = count === undefined ? 1 : samplingStep(count);
    if (!count || (step === 1 && detail === 'histogram')) {
      // A graph input cannot be an output as well.
      const shown = value.isGraphInput
        ? graph.addNode({ op: 'Identity', name: `${tensor}_tap`, inputs: [value] }).output()
        : value;
      return { tensor, values: show(shown) };
    }
    const name = `${tensor}_tap`;
    const ends = image(dims(tensor)) ? imageEnds(value, name) : rowEnds(value, name);
    if (detail === 'range') return { tensor, ...ends };
    const every = int64(`${name}_step`, step);
    const sampled = graph
      .addNode({ op: 'Slice', name, inputs: [rowOf(value, name), start, end, axis, every] })
      .output();
    return { tensor, ...ends, values: show(sampled) };
  });
  return { model: tapped, taps };
}

/** Elements of a tensor for one sample, where a first dimension that is not known counts as one. */
function elementsOfSample(dims: TensorInfo['dims'] | undefined): number | undefined {
  let count = 1;
  for (const [axis, dim] of (dims ?? [undefined, undefined]).entries()) {
    if (typeof dim === 'number') count *= dim;
    else if (axis > 0) return undefined;
  }
  return count;
}

/** [N, C, H, W] with a known size. */
function image(dims: TensorInfo['dims'] | undefined): boolean {
  return dims?.length === 4 && dims.slice(1).every((dim) => typeof dim === 'number');
}

/** A range contains zero in any case, so that zero may stand for the least value of what is above it. */
function isNeverNegative({ producer }: Value): boolean {
  if (producer?.is('Relu', 'Sigmoid')) return true;
  return producer?.is('Clip') === true && Number(constantValue(producer.input(1))?.data[0] ?? -1) >= 0;
}
