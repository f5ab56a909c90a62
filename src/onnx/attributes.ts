import { create, isMessage } from '@bufbuild/protobuf';
import type { Tensor } from '../tensor.ts';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeType,
  type GraphProto,
  GraphProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from './proto.ts';
import { tensorProto } from './tensor.ts';
import { encodeText } from './text.ts';

/**
 * A value for an attribute. A whole number is an integer unless the attribute's name is one of the specification's float
 * attributes (`alpha`, `epsilon`, ...); `{ float }` and `{ int }` leave no doubt.
 */
export type AttributeValue =
  | number
  | bigint
  | string
  | readonly number[]
  | readonly bigint[]
  | readonly string[]
  | Tensor
  | TensorProto
  | GraphProto
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly int: number | bigint }
  | { readonly ints: readonly (number | bigint)[] };

/** Attributes that are floats in every operator that has them (https://onnx.ai/onnx/operators/). */
const FLOATS = new Set(
  (
    'activation_alpha activation_beta alpha beta bias clip cubic_coeff_a epsilon extrapolation_value gamma ' +
    'height_scale high lambd low max mean min momentum ratio scale scales seed softcap spatial_scale threshold ' +
    'value_float value_floats weights width_scale'
  ).split(' '),
);

/** @throws TypeError for a list without elements, unless given as `{ ints: [] }` or `{ floats: [] }`. */
export function makeAttribute(name: string, value: AttributeValue): AttributeProto {
  const attribute = create(AttributeProtoSchema, { name });
  setAttributeValue(attribute, value);
  return attribute;
}

function setAttributeValue(a: AttributeProto, value: AttributeValue): void {
  if (typeof value === 'number') setNumber(a, value, FLOATS.has(a.name) || !Number.isInteger(value));
  else if (typeof value === 'bigint') setNumber(a, value, false);
  else if (typeof value === 'string') {
    a.type = AttributeType.STRING;
    a.s = encodeText(value) as Uint8Array<ArrayBuffer>;
  } else if (isArray(value)) setList(a, value);
  else if (isMessage(value, TensorProtoSchema)) {
    a.type = AttributeType.TENSOR;
    a.t = value;
  } else if (isMessage(value, GraphProtoSchema)) {
    a.type = AttributeType.GRAPH;
    a.g = value;
  } else if ('float' in value) setNumber(a, value.float, true);
  else if ('int' in value) setNumber(a, value.int, false);
  else if ('floats' in value) setNumbers(a, value.floats, true);
  else if ('ints' in value) setNumbers(a, value.ints, false);
  else {
    a.type = AttributeType.TENSOR;
    a.t = tensorProto(value as Tensor);
  }
}

function isArray(value: unknown): value is readonly (number | bigint | string)[] {
  return Array.isArray(value);
}

function setList(a: AttributeProto, values: readonly (number | bigint | string)[]): void {
  if (values.length === 0) throw new TypeError(`attribute '${a.name}': say { ints: [] } or { floats: [] }`);
  if (typeof values[0] === 'string') {
    a.type = AttributeType.STRINGS;
    a.strings = (values as string[]).map((text) => encodeText(text) as Uint8Array<ArrayBuffer>);
    return;
  }
  const numbers = values as readonly (number | bigint)[];
  const float = FLOATS.has(a.name) || numbers.some((x) => typeof x === 'number' && !Number.isInteger(x));
  setNumbers(a, numbers, float);
}

function setNumber(a: AttributeProto, value: number | bigint, float: boolean): void {
  a.type = float ? AttributeType.FLOAT : AttributeType.INT;
  if (float) a.f = Math.fround(Number(value));
  else a.i = BigInt(value);
}

function setNumbers(a: AttributeProto, values: readonly (number | bigint)[], float: boolean): void {
  a.type = float ? AttributeType.FLOATS : AttributeType.INTS;
  if (float) a.floats = values.map((x) => Math.fround(Number(x)));
  else a.ints = values.map((x) => BigInt(x));
}
