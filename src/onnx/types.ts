import { create } from '@bufbuild/protobuf';
import type { TensorType } from '../tensor.ts';
import { type TypeProto, TypeProtoSchema } from './proto.ts';
import { dataTypeOf } from './tensor.ts';

/** A tensor type; dims undefined leaves the rank open, an undefined dim is unknown, a text names it. */
export function makeTypeProto(type: TensorType, dims?: readonly (number | string | undefined)[]): TypeProto {
  return create(TypeProtoSchema, {
    value: {
      case: 'tensorType',
      value: {
        elemType: dataTypeOf(type),
        ...(dims && {
          shape: {
            dim: dims.map((dim) => {
              if (dim === undefined) return {};
              if (typeof dim === 'string') return { value: { case: 'dimParam', value: dim } } as const;
              return { value: { case: 'dimValue', value: BigInt(dim) } } as const;
            }),
          },
        }),
      },
    },
  });
}
