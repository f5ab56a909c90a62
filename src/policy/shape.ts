import type * as z from 'zod';
import type { PolicyPath } from './positions.ts';

/** Reading a zod schema as data: what keys and types it knows at a place. */

type Schema = z.core.$ZodType;
type Def = z.core.$ZodTypes['_zod']['def'];

/** Without the wrappers that say nothing about what a user writes (optional, default, transform). */
export function unwrap(schema: Schema): Schema {
  const def = schema._zod.def as Def;
  switch (def.type) {
    case 'optional':
    case 'default':
    case 'prefault':
    case 'nullable':
      return unwrap(def.innerType);
    case 'pipe':
      return unwrap(def.in);
    default:
      return schema;
  }
}

/** Every alternative of a schema: itself, or the members of a union. */
export function alternatives(schema: Schema): Schema[] {
  const inner = unwrap(schema);
  const def = inner._zod.def as Def;
  return def.type === 'union' ? def.options.flatMap(alternatives) : [inner];
}

/** The keys of an object schema with their schemas; undefined for anything else. */
export function shapeOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  const def = unwrap(schema)._zod.def as Def;
  return def.type === 'object' ? def.shape : undefined;
}

/** All schemas that may hold at `path`: more than one where unions are passed. */
export function schemasAt(schema: Schema, path: PolicyPath): Schema[] {
  let current = alternatives(schema);
  for (const part of path) {
    current = current.flatMap((each) => {
      const def = each._zod.def as Def;
      if (def.type === 'object') {
        const next = Object.hasOwn(def.shape, part) ? def.shape[part] : undefined;
        return next ? alternatives(next) : [];
      }
      if (def.type === 'array') return alternatives(def.element);
      if (def.type === 'tuple') return def.items.flatMap(alternatives);
      if (def.type === 'record') return alternatives(def.valueType);
      return [];
    });
  }
  return current;
}

/** The known keys at `path`. */
export function keysAt(schema: Schema, path: PolicyPath): string[] {
  return [...new Set(schemasAt(schema, path).flatMap((each) => Object.keys(shapeOf(each) ?? {})))];
}

/** Every place at or below `schema` (depth first, few levels) where an object knows `key`, as ways from there. */
export function placesOf(schema: Schema, key: string, depth = 3): string[][] {
  if (depth === 0) return [];
  return alternatives(schema).flatMap((each) => {
    const def = each._zod.def as Def;
    if (def.type === 'array') return placesOf(def.element, key, depth - 1);
    const shape = shapeOf(each) ?? {};
    return Object.entries(shape).flatMap(([name, child]) =>
      name === key ? [[name]] : placesOf(child, key, depth - 1).map((way) => [name, ...way]),
    );
  });
}
