import { create, type DescField, type DescMessage, type Message, toBinary } from '@bufbuild/protobuf';
import { holdsTensors } from './holders.ts';
import { type ModelProto, ModelProtoSchema, type TensorProto, TensorProtoSchema } from './proto.ts';
import type { ByteSource } from './source.ts';
import './text.ts';

/** The pieces of an encoded message, in order. Big payloads are the tensors' own bytes, not copies. */
export type Chunk = Uint8Array | ByteSource;

/** What stands in for a tensor on writing: the message without its payload, and the payload (TensorProto.raw_data). */
export interface TensorForm {
  header: TensorProto;
  raw?: Chunk;
}

/** A payload below this is copied into its message; above, it is passed on as it is. */
const BIG = 4096;
const RAW_DATA = 9;

/**
 * Encodes a model without gathering it in one buffer: protobuf-es' own writer encodes everything small, and the path
 * from the model down to each big tensor is written by hand around it. Fields are in the order of their numbers and
 * unknown fields last, as the reference implementation writes them.
 */
export function encodeModel(model: ModelProto, form: (tensor: TensorProto) => TensorForm = inlineForm): Chunk[] {
  const chunks: Chunk[] = [];
  encodeMessage(ModelProtoSchema, model, form, chunks);
  return chunks;
}

export function encodedLength(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

/** Takes a big raw_data out of its message; every other tensor stays whole. */
export function inlineForm(tensor: TensorProto): TensorForm {
  if (!Object.hasOwn(tensor, 'rawData') || tensor.rawData.length < BIG) return { header: tensor };
  const header = shallowCopy(tensor);
  delete (header as Partial<TensorProto>).rawData;
  return { header, raw: tensor.rawData };
}

/** A copy whose fields may be changed without touching the original; nested messages and bytes are shared. */
export function shallowCopy<T extends Message>(message: T): T {
  return Object.assign(Object.create(Object.getPrototypeOf(message)), message) as T;
}

function encodeMessage(
  schema: DescMessage,
  message: Message,
  form: (tensor: TensorProto) => TensorForm,
  out: Chunk[],
): void {
  if (schema.typeName === TensorProtoSchema.typeName) {
    encodeTensor(form(message as TensorProto), out);
    return;
  }
  if (!holdsTensors(schema) || !holdsBig(schema, message, form)) {
    push(out, toBinary(schema, message));
    return;
  }
  const record = message as unknown as Record<string, unknown>;
  for (const field of fieldsInOrder(schema)) {
    if (!Object.hasOwn(record, field.localName)) continue;
    const value = record[field.localName];
    const child = field.message;
    if (child === undefined || !holdsTensors(child)) {
      push(out, toBinary(schema, partial(schema, { [field.localName]: value })));
    } else {
      for (const item of messages(value)) {
        const inner: Chunk[] = [];
        encodeMessage(child, item, form, inner);
        push(out, lengthPrefix(field.number, encodedLength(inner)));
        for (const chunk of inner) push(out, chunk);
      }
    }
  }
  if (message.$unknown?.length) push(out, toBinary(schema, partial(schema, { $unknown: message.$unknown })));
}

function encodeTensor({ header, raw }: TensorForm, out: Chunk[]): void {
  if (raw === undefined) {
    push(out, toBinary(TensorProtoSchema, header));
    return;
  }
  // raw_data is field 9: the fields before it, the payload, then the rest.
  const before: Record<string, unknown> = {};
  const after: Record<string, unknown> = {};
  for (const field of TensorProtoSchema.fields) {
    if (!Object.hasOwn(header, field.localName) || field.number === RAW_DATA) continue;
    const value = (header as unknown as Record<string, unknown>)[field.localName];
    (field.number < RAW_DATA ? before : after)[field.localName] = value;
  }
  if (header.$unknown) after['$unknown'] = header.$unknown;
  push(out, toBinary(TensorProtoSchema, partial(TensorProtoSchema, before) as TensorProto));
  push(out, lengthPrefix(RAW_DATA, raw.length));
  push(out, raw);
  push(out, toBinary(TensorProtoSchema, partial(TensorProtoSchema, after) as TensorProto));
}

/** Whether the message has a tensor whose payload is passed on apart, at any depth. */
function holdsBig(schema: DescMessage, message: Message, form: (tensor: TensorProto) => TensorForm): boolean {
  if (schema.typeName === TensorProtoSchema.typeName) {
    const tensor = message as TensorProto;
    const { header, raw } = form(tensor);
    return raw !== undefined || header !== tensor;
  }
  const record = message as unknown as Record<string, unknown>;
  return schema.fields.some(
    (field) =>
      field.message !== undefined &&
      holdsTensors(field.message) &&
      messages(record[field.localName]).some((item) => holdsBig(field.message as DescMessage, item, form)),
  );
}

function messages(value: unknown): readonly Message[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as Message[]) : [value as Message];
}

function partial(schema: DescMessage, fields: Record<string, unknown>): Message {
  return Object.assign(create(schema), fields);
}

/** Small pieces that follow each other are joined, so that a thousand nodes are not a thousand writes. */
function push(out: Chunk[], chunk: Chunk): void {
  if (chunk.length === 0) return;
  const last = out.at(-1);
  if (chunk instanceof Uint8Array && chunk.length < BIG && last instanceof Joined && last.append(chunk)) return;
  out.push(chunk instanceof Uint8Array && chunk.length < BIG ? new Joined(chunk) : chunk);
}

/** Bytes that grow: a ByteSource over a buffer with room to spare. */
class Joined implements ByteSource {
  #bytes: Uint8Array;
  length: number;

  constructor(first: Uint8Array) {
    this.#bytes = new Uint8Array(Math.max(256, first.length * 2));
    this.#bytes.set(first);
    this.length = first.length;
  }

  append(more: Uint8Array): boolean {
    const needed = this.length + more.length;
    if (needed > 1 << 20) return false;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(needed * 2);
      grown.set(this.#bytes.subarray(0, this.length));
      this.#bytes = grown;
    }
    this.#bytes.set(more, this.length);
    this.length = needed;
    return true;
  }

  read(start: number, length: number): Uint8Array {
    return this.#bytes.subarray(start, Math.min(start + length, this.length));
  }
}

/** Tag and length of a length-delimited field. */
function lengthPrefix(fieldNumber: number, length: number): Uint8Array {
  const bytes: number[] = [];
  for (let value of [fieldNumber * 8 + 2, length]) {
    while (value > 0x7f) {
      bytes.push((value % 0x80) | 0x80);
      value = Math.floor(value / 0x80);
    }
    bytes.push(value);
  }
  return Uint8Array.from(bytes);
}

const ordered = new Map<DescMessage, DescField[]>();

function fieldsInOrder(schema: DescMessage): DescField[] {
  let fields = ordered.get(schema);
  if (fields === undefined) {
    fields = [...schema.fields].sort((a, b) => a.number - b.number);
    ordered.set(schema, fields);
  }
  return fields;
}
