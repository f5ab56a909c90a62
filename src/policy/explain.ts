import { closest, distance } from 'fastest-levenshtein';
import * as z from 'zod';
import type { PolicyPath } from './positions.ts';
import { policySchema } from './schema.ts';
import { alternatives, keysAt, placesOf, schemasAt, unwrap } from './shape.ts';
import { dataSources } from './sources.ts';

/** Something wrong in the policy: where, and one sentence with the value and what would be right. */
export interface Problem {
  path: PolicyPath;
  /** Whether the key itself is wrong, rather than its value. */
  atKey?: boolean;
  message: string;
}

/** Given to zod in place of its own messages: whatever differs is a message that the schema itself carries. */
export const noMessage = '\0';

/** A list of levels that has none. */
export const noLevel = 'no level is defined; write for instance levels: { 2: {} }';

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;
type Def = z.core.$ZodTypes['_zod']['def'];

/**
 * zod's issues as sentences for the policy's author. `data` is the parsed YAML, for the values; `base` is where in
 * the policy the issues' paths begin.
 */
export function explain(issues: readonly Issue[], data: unknown, base: PolicyPath = []): Problem[] {
  const problems = issues.flatMap((issue) => explainIssue(issue, [...base, ...keyPath(issue.path)], data));
  const renamed = new Set(problems.flatMap((each) => ('instead' in each ? [formatPath(each.instead)] : [])));
  // `paht: x` is one mistake: the unknown key is named with its cure, the missing `path` is not reported again.
  return problems.filter((each) => !('missing' in each) || !renamed.has(formatPath(each.missing)));
}

type Explained = Problem & ({ instead: PolicyPath } | { missing: PolicyPath } | object);

function explainIssue(issue: Issue, path: PolicyPath, data: unknown): Explained[] {
  const value = valueAt(data, path);
  if (isDataSource(path) && isRecord(value)) return explainDataSource(value, path, data);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path));
    case 'invalid_union': {
      const branch = likelyBranch(flatten(issue.errors as Issue[][]));
      if (branch) return branch.flatMap((inner) => explainIssue(inner, [...path, ...keyPath(inner.path)], data));
      return [wrongValue(path, value, issue)];
    }
    default:
      if (value === undefined) return [missingKey(path)];
      return [wrongValue(path, value, issue)];
  }
}

// ---- keys ----

function unknownKey(key: string, path: PolicyPath): Explained {
  const known = keysAt(policySchema, path);
  const where = path.length === 0 ? '' : ` in ${formatPath(path)}`;
  const found: Problem = { path: [...path, key], atKey: true, message: `unknown key "${clip(key)}"${where}` };
  const near = nearest(key, known);
  if (near) {
    return { ...found, message: `${found.message}; did you mean "${near}"?`, instead: [...path, near] };
  }
  const spelled = kebab(key);
  const below = schemasAt(policySchema, path).flatMap((each) => placesOf(each, spelled))[0];
  if (below && below.length > 1) {
    return { ...found, message: `${found.message}; "${spelled}" belongs under ${below.slice(0, -1).join('.')}` };
  }
  const up = [...path.keys()].reverse().find((end) => keysAt(policySchema, path.slice(0, end)).includes(spelled));
  if (up !== undefined) {
    const place = up === 0 ? 'at the top level' : `in ${formatPath(path.slice(0, up))}`;
    return { ...found, message: `${found.message}; "${spelled}" belongs ${place}` };
  }
  return { ...found, message: `${found.message}; known keys are ${known.join(', ')}` };
}

function missingKey(path: PolicyPath): Explained {
  const key = path.at(-1);
  const about = schemasAt(policySchema, path).map(descriptionOf).find(Boolean);
  const parent = path.slice(0, -1);
  const where = parent.length === 0 ? '' : ` in ${formatPath(parent)}`;
  return { path: parent, message: `"${key}" is missing${where}${about ? `: ${about}` : ''}`, missing: path };
}

// ---- data sources ----

function isDataSource(path: PolicyPath): boolean {
  return path.length === 4 && path[2] === 'data' && ['calibration', 'validation', 'training'].includes(String(path[3]));
}

/** A source's kind is decided by its distinguishing key; printing the complaints of all six kinds helps nobody. */
function explainDataSource(value: Record<string, unknown>, path: PolicyPath, data: unknown): Explained[] {
  const kinds = Object.keys(dataSources) as (keyof typeof dataSources)[];
  const present = kinds.filter((kind) => Object.hasOwn(value, kind));
  const [kind, second] = present;
  if (kind === undefined) {
    const guess = Object.keys(value)
      .map((key) => [key, nearest(key, kinds)] as const)
      .find(([, near]) => near);
    return [
      {
        path,
        message:
          `${formatPath(path)} names no kind of data; it needs one of the keys ${list(kinds)}` +
          (guess ? `; did you mean "${guess[1]}" instead of "${clip(guess[0])}"?` : ''),
      },
    ];
  }
  if (second !== undefined) {
    return [
      {
        path: [...path, second],
        atKey: true,
        message: `${formatPath(path)} has both "${kind}" and "${second}"; a data source is one of ${list(kinds)}`,
      },
    ];
  }
  const known = Object.keys(dataSources[kind].shape);
  const result = dataSources[kind].safeParse(value, { error: () => noMessage });
  return (result.error?.issues ?? []).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys')
      return explainIssue(issue as Issue, [...path, ...keyPath(issue.path)], data);
    return issue.keys.map((key): Explained => {
      const near = nearest(key, known);
      const cure = near ? `did you mean "${near}"?` : `data of kind "${kind}" knows ${known.join(', ')}`;
      return {
        path: [...path, key],
        atKey: true,
        message: `unknown key "${clip(key)}" in ${formatPath(path)}; ${cure}`,
      };
    });
  });
}

// ---- values ----

function wrongValue(path: PolicyPath, value: unknown, issue: Issue): Explained {
  const schemas = schemasAt(policySchema, path);
  const own = issue.message === noMessage ? undefined : issue.message;
  const expected = own ?? rangeOf(issue) ?? expectedAt(schemas);
  const hint = hintFor(value, schemas, own);
  const subject = path.length === 0 ? '' : `${formatPath(path)}: `;
  if (Array.isArray(value) && value.length === 0 && issue.code === 'too_small') {
    return { path, message: `${subject}the list is empty; give at least one entry` };
  }
  if (value === null && formatPath(path) === 'levels') return { path, message: noLevel };
  const message =
    value === null ? `${subject}has no value; expected ${expected}` : `${subject}${show(value)} is not ${expected}`;
  return { path, message: `${message}${hint ? `; ${hint}` : ''}` };
}

/** All that may stand at a place; plain alternatives of a literal are listed as one. */
function expectedAt(schemas: readonly Schema[]): string {
  const literals = schemas.flatMap((each) => {
    const def = each._zod.def as Def;
    if (def.type === 'literal') return def.values.map(String);
    return def.type === 'enum' && schemas.length > 1 ? Object.values(def.entries).map(String) : [];
  });
  const others = schemas.filter(({ _zod }) => {
    const { type } = _zod.def as Def;
    return type !== 'literal' && (type !== 'enum' || schemas.length === 1);
  });
  const words = [...(literals.length > 1 ? [`one of ${literals.join(', ')}`] : literals), ...others.map(describe)];
  return [...new Set(words)].filter(Boolean).join(', or ') || 'valid';
}

function rangeOf(issue: Issue): string | undefined {
  if (issue.code === 'too_small') {
    if (issue.origin === 'array') return `a list with at least ${issue.minimum} entries`;
    return issue.inclusive ? `at least ${issue.minimum}` : `more than ${issue.minimum}`;
  }
  if (issue.code === 'too_big') {
    if (issue.origin === 'array') return `a list with at most ${issue.maximum} entries`;
    return issue.inclusive ? `at most ${issue.maximum}` : `less than ${issue.maximum}`;
  }
  return undefined;
}

/** What a user may write, in words: `a number`, `one of auto, none`. */
export function describe(schema: Schema): string {
  const inner = unwrap(schema);
  const def = inner._zod.def as Def;
  switch (def.type) {
    case 'string':
      return 'a text';
    case 'number':
      return def.checks?.some((check) => 'format' in check._zod.def && check._zod.def.format === 'safeint') ||
        ('format' in def && def.format === 'safeint')
        ? 'a whole number'
        : 'a number';
    case 'boolean':
      return 'true or false';
    case 'literal':
      return def.values.map((each) => JSON.stringify(each)).join(' or ');
    case 'enum':
      return `one of ${Object.values(def.entries).join(', ')}`;
    case 'array':
      return `a list, each ${alternatives(def.element).map(describe).join(' or ')}`;
    case 'tuple':
      return `a list of ${def.items.length}`;
    case 'object':
      return `a map with keys of ${Object.keys(def.shape).join(', ')}`;
    case 'record':
      return 'a map';
    default:
      return '';
  }
}

function hintFor(value: unknown, schemas: readonly Schema[], own: string | undefined): string | undefined {
  const defs = schemas.map((each) => each._zod.def as Def);
  const names = defs.flatMap((def) => {
    const element = def.type === 'array' ? (unwrap(def.element)._zod.def as Def) : def;
    return element.type === 'enum' ? Object.values(element.entries).map(String) : [];
  });
  const wants = (type: Def['type']) => defs.some((def) => def.type === type);
  if (typeof value === 'string') {
    const near = nearest(value, names);
    if (near === value) return `write [${value}]`;
    if (near) return `did you mean "${near}"?`;
    const percent = /^\s*(-?\d+(?:\.\d+)?)\s*%\s*$/.exec(value)?.[1];
    if (wants('number') && percent !== undefined) return `write ${Number((Number(percent) / 100).toPrecision(12))}`;
    if (wants('number') && value.trim() !== '' && Number.isFinite(Number(value)))
      return `write ${value.trim()} without quotes`;
    if (wants('boolean') && /^(yes|on|y)$/i.test(value)) return 'write true';
    if (wants('boolean') && /^(no|off|n)$/i.test(value)) return 'write false';
  }
  if (typeof value === 'number' && own?.startsWith('a duration')) return `write ${value}s or ${value}m`;
  if (typeof value === 'number' && own?.startsWith('a size')) return `write ${value}MB or ${value}KiB`;
  if (typeof value === 'number' && own === undefined && wants('string') && !wants('number'))
    return `write "${value}" in quotes`;
  if (value === null && schemas.some((schema) => z.safeParse(schema, {}).success)) return 'write {} for the defaults';
  if (wants('array') && isRecord(value)) return 'put "- " before its first key';
  if (defs.every(({ type }) => type === 'array') && value !== null && typeof value !== 'object')
    return `write [${String(value)}]`;
  return undefined;
}

// ---- helpers ----

/** Unions within unions as one. */
function flatten(branches: readonly Issue[][]): Issue[][] {
  return branches.flatMap((issues) => {
    const [only, ...others] = issues;
    return only?.code === 'invalid_union' && only.path.length === 0 && others.length === 0
      ? flatten(only.errors as Issue[][])
      : [issues];
  });
}

/** The alternative that the author meant: the one that does not reject the value as a whole, with the fewest complaints. */
function likelyBranch(branches: readonly Issue[][]): Issue[] | undefined {
  const whole = (issue: Issue) =>
    issue.path.length === 0 && ['invalid_type', 'invalid_value', 'invalid_union'].includes(issue.code);
  return branches.filter((issues) => !issues.some(whole)).sort((one, other) => one.length - other.length)[0];
}

/** The known word that `word` is a misspelling of: near in edits, or the same but for case, `_` and camelCase. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const spellings = [word, kebab(word)].map((spelled) => ({ spelled, best: closest(spelled, [...known]) }));
  const [first, second] = spellings as [(typeof spellings)[0], (typeof spellings)[0]];
  const { spelled, best } =
    distance(first.spelled, first.best) < distance(second.spelled, second.best) ? first : second;
  const shorter = Math.min(spelled.length, best.length);
  // Two swapped letters are two edits; a word of one or two letters is near to everything.
  const allowed = shorter < 3 ? 0 : shorter === 3 ? 1 : Math.max(2, Math.floor(shorter / 3));
  return distance(spelled, best) <= allowed ? best : undefined;
}

function kebab(word: string): string {
  return word
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/[_\s]+/g, '-')
    .toLowerCase();
}

/** `models[0].data.validation` */
export function formatPath(path: PolicyPath): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}

/** A value as a message shows it: short, and what it is rather than all that is in it. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `the list ${clip(JSON.stringify(value))}`;
  if (isRecord(value)) return `the map ${clip(JSON.stringify(value))}`;
  return typeof value === 'string' ? `"${clip(value)}"` : String(value);
}

function list(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function clip(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ');
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

function descriptionOf(schema: Schema): string | undefined {
  return (schema as z.ZodType).description;
}

function keyPath(path: readonly PropertyKey[]): PolicyPath {
  return path.map((part) => (typeof part === 'symbol' ? String(part) : part));
}

export function valueAt(data: unknown, path: PolicyPath): unknown {
  let value = data;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
