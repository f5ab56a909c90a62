import openapi from './openapi.json' with { type: 'json' };

/** Whenever something happened. */
export const sometime = '2026-01-02T03:04:05Z';

type Schema = {
  $ref?: string;
  type?: string;
  enum?: unknown[];
  nullable?: boolean;
  required?: string[];
  properties?: Record<string, Schema>;
  format?: string;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
};
const schemas = openapi.components.schemas as unknown as Record<string, Schema>;
export const repositorySchema: Schema = { $ref: '#/components/schemas/repository' };

/** The least value that the schema allows: what is required, and nothing else. */
export function sample(schema: Schema): unknown {
  if (schema.$ref) return sample(schemas[schema.$ref.split('/').at(-1)!]!);
  if (schema.nullable) return null;
  if (schema.enum) return schema.enum[0];
  const first = schema.oneOf?.[0] ?? schema.anyOf?.[0];
  if (first) return sample(first);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => sample(part) as object));
  if (schema.type === 'array') return [];
  if (schema.type === 'string') return schema.format === 'date-time' ? sometime : 'https://example.com/';
  if (schema.type === 'boolean') return false;
  if (schema.type === 'integer' || schema.type === 'number') return 1;
  return Object.fromEntries((schema.required ?? []).map((name) => [name, sample(schema.properties?.[name] ?? {})]));
}
