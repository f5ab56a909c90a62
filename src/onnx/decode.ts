import { create, type DescMessage, type Message, mergeFromBinary, ScalarType } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import { holdsTensors } from './holders.ts';
import { type ModelProto, ModelProtoSchema, type TensorProto, TensorProtoSchema } from './proto.ts';
import { type ByteSource, MemorySource, Slice } from './source.ts';
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
  readonly #wire: WireReader;

  constructor(source: ByteSource, lazy: boolean) {
    this.#source = source;
    this.#lazy = lazy;
    this.#wire = new WireReader(source);
  }

  /** Decodes the message in [start, end): the records around big tensors at once, the big ones one by one. */
  message(schema: DescMessage, target: Message, start: number, end: number, depth: number): void {
    if (depth > DEPTH) throw new WireError('messages are nested too deeply', start);
    const wire = this.#wire;
    let pending = start;
    const flush = (until: number): void => {
      if (until > pending) this.#decodeSmall(schema, target, pending, until, depth);
    };
    wire.at = start;
    while (wire.at < end) {
      const record = wire.at;
      const { number, wireType } = wire.tag(end);
      const length = wire.skip(number, wireType, end);
      const body = wire.at - length;
      const field = schema.fields.find((candidate) => candidate.number === number);
      if (depth === 0 && field) wire.records += 1;
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
        this.message(field.message, child, body, body + length, depth + 1);
        if (field.fieldKind === 'list') (fieldsOf[field.localName] as Message[]).push(child);
        else fieldsOf[field.localName] = child;
      } else {
        continue;
      }
      pending = wire.at;
    }
    flush(end);
    wire.at = end;
  }

  #decodeSmall(schema: DescMessage, target: Message, start: number, end: number, depth: number): void {
    const bytes = this.#source.read(start, end - start);
    checkMessage(schema, new WireReader(new MemorySource(bytes), start), bytes.length, depth);
    mergeFromBinary(schema, target, bytes, { recursionLimit: DEPTH - depth });
  }
}

/** Steps over the records of protobuf's wire format, each of which has to lie inside its message. */
class WireReader {
  /** Where it stands in its source. */
  at = 0;
  /** Records of known fields so far, in the outermost message; errors tell it. */
  records = 0;
  readonly #source: ByteSource;
  readonly #base: number;
  #window: Uint8Array = new Uint8Array();
  #windowStart = 0;

  /** @param base where the source begins in the file */
  constructor(source: ByteSource, base = 0) {
    this.#source = source;
    this.#base = base;
  }

  fail(message: string, at = this.at, truncated = false): WireError {
    return new WireError(message, this.#base + at, truncated, this.records);
  }

  read(start: number, length: number): Uint8Array {
    return this.#source.read(start, length);
  }

  tag(end: number): { number: number; wireType: WireType } {
    const at = this.at;
    const tag = this.varint(end);
    const number = Math.floor(tag / 8);
    if (number === 0 || tag > 0xffffffff) throw this.fail('a field number is not valid', at);
    return { number, wireType: tag % 8 };
  }

  /** Steps over a record's content and gives its length, without the length prefix. */
  skip(number: number, wireType: WireType, end: number, depth = 0): number {
    const start = this.at;
    switch (wireType) {
      case WireType.Varint:
        this.varint(end);
        return this.at - start;
      case WireType.Bit64:
      case WireType.Bit32:
        return this.#advance(wireType === WireType.Bit64 ? 8 : 4, end);
      case WireType.LengthDelimited:
        return this.#advance(this.varint(end), end);
      case WireType.StartGroup:
        if (depth > DEPTH) throw this.fail('messages are nested too deeply', start);
        for (;;) {
          const inner = this.tag(end);
          if (inner.wireType === WireType.EndGroup) {
            if (inner.number !== number) throw this.fail('a group ends that did not start', start);
            return this.at - start;
          }
          this.skip(inner.number, inner.wireType, end, depth + 1);
        }
      default:
        throw this.fail('a wire type is not valid', start);
    }
  }

  varint(end: number): number {
    const at = this.at;
    let value = 0;
    for (let i = 0, scale = 1; i < 10; i++, scale *= 128) {
      if (this.at >= end) throw this.fail('a number is cut', at, end === this.#source.length);
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw this.fail('a number is longer than 64 bits', at);
  }

  #advance(length: number, end: number): number {
    if (this.at + length > end) {
      throw this.fail(`${this.at + length - end} bytes are missing`, this.at, end === this.#source.length);
    }
    this.at += length;
    return length;
  }

  #byte(): number {
    let offset = this.at - this.#windowStart;
    if (offset < 0 || offset >= this.#window.length) {
      this.#window = this.#source.read(this.at, 4096);
      this.#windowStart = this.at;
      offset = 0;
    }
    this.at += 1;
    return this.#window[offset] as number;
  }
}

/** Checks that the records up to `end` nest as the schema says, at every depth. */
function checkMessage(schema: DescMessage, wire: WireReader, end: number, depth: number): void {
  if (depth > DEPTH) throw wire.fail('messages are nested too deeply');
  const fields = fieldsByNumber(schema);
  while (wire.at < end) {
    const record = wire.at;
    const { number, wireType } = wire.tag(end);
    const field = fields.get(number);
    const packed = field?.packable === true && wireType === WireType.LengthDelimited;
    if (field && !packed && wireType !== field.wireType) {
      throw wire.fail(`field ${field.name} of ${schema.name} has another type`, record);
    }
    const length = wire.skip(number, wireType, end);
    if (packed) {
      checkPacked(field.wireType, wire, length);
    } else if (field?.message) {
      const after = wire.at;
      wire.at -= length;
      checkMessage(field.message, wire, after, depth + 1);
    }
  }
}

/** A packed list, whose `length` bytes were just stepped over, must end with its last element. */
function checkPacked(wireType: WireType, wire: WireReader, length: number): void {
  const width = wireType === WireType.Bit32 ? 4 : wireType === WireType.Bit64 ? 8 : 1;
  const last = width === 1 && length > 0 ? (wire.read(wire.at - 1, 1)[0] as number) : 0;
  if (length % width !== 0 || last >= 0x80) throw wire.fail('a list of numbers is cut');
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
