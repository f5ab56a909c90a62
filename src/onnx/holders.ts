import type { DescMessage } from '@bufbuild/protobuf';
import { TensorProtoSchema } from './proto.ts';

const holders = new Map<DescMessage, boolean>();

/** Whether a TensorProto can occur in a message of this type, at any depth. */
export function holdsTensors(schema: DescMessage): boolean {
  let holds = holders.get(schema);
  if (holds === undefined) {
    holds = reaches(schema, new Set());
    holders.set(schema, holds);
  }
  return holds;
}

function reaches(schema: DescMessage, seen: Set<DescMessage>): boolean {
  if (schema.typeName === TensorProtoSchema.typeName) return true;
  if (seen.has(schema)) return false;
  seen.add(schema);
  return schema.fields.some((field) => field.message !== undefined && reaches(field.message, seen));
}
