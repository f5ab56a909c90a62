import { roundHalfToEven } from '../numbers.ts';
import type { OnnxModel } from '../onnx/model.ts';
import { DataType } from '../onnx/proto.ts';
import { packNibbles, rawTensorProto } from '../onnx/tensor.ts';
import type { Value } from '../onnx/value.ts';
import { innerOf, type Student, type WeightSlot } from './student.ts';

/** The trained values as the initializers of a copy of the quantized model; nothing else of it changes. */
export function exportStudent(
  quantized: OnnxModel,
  student: Student,
  trained: ReadonlyMap<string, Float32Array>,
): OnnxModel {
  const model = quantized.clone();
  const { graph } = model;
  const value = (name: string): Value => graph.value(name) as Value;
  const read = (name: string): Float32Array => {
    const data = trained.get(name);
    if (!data) throw new Error(`no trained values for '${name}'`);
    return data;
  };
  const scalesOf = (logScale: string) => read(logScale).map((log) => Math.fround(Math.exp(log)));
  const setFloats = (name: string, data: Float32Array) => {
    const dims = value(name).initializer?.dims.map(Number) ?? [];
    graph.setInitializer(value(name), { type: 'float32', dims, data });
  };
  for (const [scale, parameter] of student.scales) setFloats(scale, scalesOf(parameter));
  for (const [scale, { parameter, factor }] of student.multiples) {
    const [own] = scalesOf(parameter) as unknown as [number];
    // Where it is written once for each channel, all are the same.
    const count = Number(value(scale).initializer?.dims[0] ?? 1);
    setFloats(scale, new Float32Array(count).fill(own * factor));
  }
  for (const [name, parameter] of student.floats) setFloats(name, read(parameter));
  for (const slot of student.weights) {
    const scales = scalesOf(slot.logScale);
    setFloats(slot.scale, scales);
    const levels = roundWeight(read(slot.weight), scales, slot);
    const { dims, zeroPoint } = slot;
    const proto = value(slot.integers).initializer;
    if (proto?.dataType === DataType.INT4) {
      graph.setInitializer(value(slot.integers), rawTensorProto(DataType.INT4, dims, packNibbles(levels)));
    } else if (proto?.dataType === DataType.UINT8) {
      const data = Uint8Array.from(levels, (level) => level + zeroPoint);
      graph.setInitializer(value(slot.integers), { type: 'uint8', dims, data });
    } else graph.setInitializer(value(slot.integers), { type: 'int8', dims, data: levels });
  }
  for (const slot of student.biases) {
    const activation = scalesOf(slot.activationLogScale)[0] as number;
    const weightScales = scalesOf(slot.weightLogScale);
    const bias = read(slot.bias);
    const scales = Float32Array.from(
      bias,
      (_, c) => activation * (weightScales[weightScales.length === 1 ? 0 : c] as number),
    );
    const stored = value(slot.scale).initializer?.dims.map(Number) ?? [];
    setFloats(slot.scale, stored.length === 0 ? scales.slice(0, 1) : scales);
    const data = Int32Array.from(bias, (b, c) => clampInt32(roundHalfToEven(b / (scales[c] as number))));
    graph.setInitializer(value(slot.integers), { type: 'int32', dims: [data.length], data });
  }
  return model;
}

function roundWeight(weight: Float32Array, scales: Float32Array, { dims, axis, low, high }: WeightSlot): Int8Array {
  const inner = innerOf(dims, axis);
  return Int8Array.from(weight, (w, i) => {
    const scale = scales[axis === undefined ? 0 : Math.floor(i / inner) % scales.length] as number;
    return Math.min(Math.max(roundHalfToEven(Math.fround(w / scale)), low), high);
  });
}

function clampInt32(value: number): number {
  return Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1);
}
