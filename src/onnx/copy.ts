import type { Message } from '@bufbuild/protobuf';
import { type TensorProto, TensorProtoSchema } from './proto.ts';
import { setTensorSource, tensorSource } from './tensor.ts';

/** A deep copy of a message that shares the payloads of tensors: bytes and lists of numbers are never changed in place. */
export function copyMessage<T extends Message>(message: T): T {
  return copy(message) as T;
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return typeof value[0] === 'object' ? value.map(copy) : value.slice();
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const result = Object.create(Object.getPrototypeOf(value)) as Record<string, unknown>;
  const isTensor = (value as { $typeName?: string }).$typeName === TensorProtoSchema.typeName;
  for (const [key, field] of Object.entries(value)) result[key] = isTensor && isPayload(key) ? field : copy(field);
  if (isTensor) {
    const source = tensorSource(value as TensorProto);
    if (source) setTensorSource(result as unknown as TensorProto, source);
  }
  return result;
}

function isPayload(key: string): boolean {
  return key.endsWith('Data') && key !== 'externalData';
}
