import { create, type DescMessage, type Message, mergeFromBinary, ScalarType } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import { holdsTensors } from './holders.ts';
import { type ModelProto, ModelProtoSchema, type TensorProto, TensorProtoSchema } from './proto.ts';
import { type ByteSource, Slice } from './source.ts';
import { setTensorSource } from './tensor.ts';
import './text.ts';

/** Bytes are no protobuf message of the wanted type. `truncated`: all that is there could be one. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly at: number;
  readonly truncated: boolean;
  /** Records of known fields that were read before, in the outermost message. */
  readonly records: number;

  constructor(message: string, at: number, truncated = false, records = 0) {
    super(message);
    this.at = at;
    this.truncated = truncated;
    this.records = records;
  }
}

/** Messages nested deeper are refused, as ONNX Runtime's own reader does. */
const DEPTH = 100;
/** Records below this are decoded as they are; larger ones may hold payloads that stay in the file. */
const BIG = 1 << 16;
const RAW_DATA = 9;

/**
 * Decodes a model. With `lazy`, the raw_data of big tensors is not read: such a tensor knows its place in `source` (see
 * tensorSource) and is read from there. Otherwise payloads are views of the source's bytes.
 *
 * Every record is checked to lie inside its message and to have its field's wire type first, which protobuf-es, made for
 * messages from friends, does not do.
 *
 * @throws WireError
 */
export function decodeModel(source: ByteSource, lazy: boolean): ModelProto {
  const model = create(ModelProtoSchema);
  new Decoder(source, lazy).message(ModelProtoSchema, model, 0, source.length, 0);
  return model;
}

class Decoder {
  readonly #source: ByteSource;
  readonly #lazy: boolean;
  #window: Uint8Array = new Uint8Array();
  #windowStart = 0;
  #at = 0;

  constructor(source: ByteSource, lazy: boolean) {
    this.#source = source;
    this.#lazy = lazy;
  }

  /** Decodes the message in [start, end): the records around big tensors at once, the big ones one by one. */
  message(schema: DescMessage, target: Message, start: number, end: number, depth: number): void {
    if (depth > DEPTH) throw new WireError('messages are nested too deeply', start);
    let pending = start;
    let records = 0;
    const flush = (until: number): void => {
      if (until > pending) this.#decodeSmall(schema, target, pending, until, depth);
    };
    this.#at = start;
    while (this.#at < end) {
      const record = this.#at;
      const { number, wireType } = this.#tag(end, records);
      const length = this.#skip(number, wireType, end, 0, records);
      const body = this.#at - length;
      const field = schema.fields.find((candidate) => candidate.number === number);
      records += field ? 1 : 0;
      if (!this.#lazy || length < BIG || field === undefined || wireType !== WireType.LengthDelimited) continue;
      const fieldsOf = target as unknown as Record<string, unknown>;
      if (schema.typeName === TensorProtoSchema.typeName && number === RAW_DATA) {
        flush(record);
        setTensorSource(target as TensorProto, new Slice(this.#source, body, length));
      } else if (field.message && holdsTensors(field.message)) {
        flush(record);
        const child =
          (field.fieldKind === 'message' && (fieldsOf[field.localName] as Message | undefined)) ||
          create(field.message);
        const after = this.#at;
        this.message(field.message, child, body, after, depth + 1);
        this.#at = after;
        if (field.fieldKind === 'list') (fieldsOf[field.localName] as Message[]).push(child);
        else fieldsOf[field.localName] = child;
      } else {
        continue;
      }
      pending = this.#at;
    }
    flush(end);
    this.#at = end;
  }

  #decodeSmall(schema: DescMessage, target: Message, start: number, end: number, depth: number): void {
    const bytes = this.#source.read(start, end - start);
    checkMessage(schema, bytes, 0, bytes.length, start, depth);
    mergeFromBinary(schema, target, bytes, { recursionLimit: DEPTH - depth });
  }

  #tag(end: number, records: number): { number: number; wireType: WireType } {
    const at = this.#at;
    const tag = this.#varint(end, records);
    const number = Math.floor(tag / 8);
    if (number === 0 || tag > 0xffffffff) throw new WireError('a field number is not valid', at, false, records);
    return { number, wireType: tag % 8 };
  }

  /** Steps over a record's content and gives its length, without the length prefix. */
  #skip(number: number, wireType: WireType, end: number, depth: number, records: number): number {
    const start = this.#at;
    switch (wireType) {
      case WireType.Varint:
        this.#varint(end, records);
        return this.#at - start;
      case WireType.Bit64:
      case WireType.Bit32:
        return this.#advance(wireType === WireType.Bit64 ? 8 : 4, end, records);
      case WireType.LengthDelimited:
        return this.#advance(this.#varint(end, records), end, records);
      case WireType.StartGroup:
        if (depth > DEPTH) throw new WireError('messages are nested too deeply', start, false, records);
        for (;;) {
          const inner = this.#tag(end, records);
          if (inner.wireType === WireType.EndGroup) {
            if (inner.number !== number) throw new WireError('a group ends that did not start', start, false, records);
            return this.#at - start;
          }
          this.#skip(inner.number, inner.wireType, end, depth + 1, records);
        }
      default:
        throw new WireError('a wire type is not valid', start, false, records);
    }
  }

  #advance(length: number, end: number, records: number): number {
    if (this.#at + length > end) {
      const truncated = end === this.#source.length;
      throw new WireError(`${this.#at + length - end} bytes are missing`, this.#at, truncated, records);
    }
    this.#at += length;
    return length;
  }

  #varint(end: number, records: number): number {
    const at = this.#at;
    let value = 0;
    for (let i = 0, scale = 1; i < 10; i++, scale *= 128) {
      if (this.#at >= end) throw new WireError('a number is cut', at, end === this.#source.length, records);
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new WireError('a number is longer than 64 bits', at, false, records);
  }

  #byte(): number {
    let offset = this.#at - this.#windowStart;
    if (offset < 0 || offset >= this.#window.length) {
      this.#window = this.#source.read(this.#at, 4096);
      this.#windowStart = this.#at;
      offset = 0;
    }
    this.#at += 1;
    return this.#window[offset] as number;
  }
}

/** Checks that records nest as the schema says, at every depth; `base` is where `bytes` lies in the file. */
function checkMessage(
  schema: DescMessage,
  bytes: Uint8Array,
  start: number,
  end: number,
  base: number,
  depth: number,
): void {
  if (depth > DEPTH) throw new WireError('messages are nested too deeply', base + start);
  const fields = fieldsByNumber(schema);
  let at = start;
  const varint = (): number => {
    let value = 0;
    for (let i = 0, scale = 1; i < 10; i++, scale *= 128) {
      if (at >= end) throw new WireError('a number is cut', base + at);
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new WireError('a number is longer than 64 bits', base + at);
  };
  const advance = (length: number): void => {
    if (at + length > end) throw new WireError(`${at + length - end} bytes are missing`, base + at);
    at += length;
  };
  const skipGroup = (number: number, level: number): void => {
    if (level > DEPTH) throw new WireError('messages are nested too deeply', base + at);
    for (;;) {
      const tag = varint();
      if (tag % 8 === WireType.EndGroup) {
        if (Math.floor(tag / 8) !== number) throw new WireError('a group ends that did not start', base + at);
        return;
      }
      skip(Math.floor(tag / 8), tag % 8, level + 1);
    }
  };
  const skip = (number: number, wireType: number, level: number): void => {
    if (wireType === WireType.Varint) varint();
    else if (wireType === WireType.Bit64) advance(8);
    else if (wireType === WireType.Bit32) advance(4);
    else if (wireType === WireType.LengthDelimited) advance(varint());
    else if (wireType === WireType.StartGroup) skipGroup(number, level);
    else throw new WireError('a wire type is not valid', base + at);
  };
  while (at < end) {
    const recordAt = base + at;
    const tag = varint();
    const number = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (number === 0 || tag > 0xffffffff) throw new WireError('a field number is not valid', recordAt);
    const field = fields.get(number);
    if (field === undefined) {
      skip(number, wireType, 0);
      continue;
    }
    if (wireType === WireType.LengthDelimited && (field.wireType === wireType || field.packable)) {
      const length = varint();
      const body = at;
      advance(length);
      if (field.message) checkMessage(field.message, bytes, body, at, base, depth + 1);
      else if (field.wireType !== wireType) checkPacked(field.wireType, bytes, body, at, base);
    } else if (wireType === field.wireType) {
      skip(number, wireType, 0);
    } else {
      throw new WireError(`field ${field.name} of ${schema.name} has another type`, recordAt);
    }
  }
}

/** A packed list must end with its last element. */
function checkPacked(wireType: WireType, bytes: Uint8Array, start: number, end: number, base: number): void {
  const width = wireType === WireType.Bit32 ? 4 : wireType === WireType.Bit64 ? 8 : 1;
  const whole = width === 1 ? start === end || (bytes[end - 1] as number) < 0x80 : (end - start) % width === 0;
  if (!whole) throw new WireError('a list of numbers is cut', base + end);
}

interface FieldShape {
  name: string;
  wireType: WireType;
  packable: boolean;
  message: DescMessage | undefined;
}

const shapes = new Map<DescMessage, Map<number, FieldShape>>();

function fieldsByNumber(schema: DescMessage): Map<number, FieldShape> {
  let found = shapes.get(schema);
  if (found === undefined) {
    found = new Map(
      schema.fields.map((field) => {
        const wireType = field.message
          ? WireType.LengthDelimited
          : field.enum
            ? WireType.Varint
            : wireTypeOf(field.scalar as ScalarType);
        const packable = field.fieldKind === 'list' && wireType !== WireType.LengthDelimited;
        return [field.number, { name: field.name, wireType, packable, message: field.message }];
      }),
    );
    shapes.set(schema, found);
  }
  return found;
}

function wireTypeOf(scalar: ScalarType): WireType {
  switch (scalar) {
    case ScalarType.BYTES:
    case ScalarType.STRING:
      return WireType.LengthDelimited;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32;
    default:
      return WireType.Varint;
  }
}
