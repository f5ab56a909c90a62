import { extname } from 'node:path';
import { isRecord, type Problem, show, valueAt } from './explain.ts';
import type { PolicyPath } from './positions.ts';
import { type ModelPolicy, modelSchema } from './schema.ts';
import { metricOf } from './task.ts';

/**
 * Keys that the policy sets and nothing reads, given what else it says: a misunderstanding that would show nowhere. Works on
 * whatever parts of the policy are well-formed. Whether several places share a key by an anchor is for the caller to tell.
 */
export function keysWithoutEffect(data: unknown): Problem[] {
  const models = valueAt(data, ['models']);
  return [
    ...(Array.isArray(models) ? models : []).flatMap((raw: unknown, index) => {
      const model = modelSchema.safeParse(raw).data;
      return model ? modelKeys(model, raw, ['models', index], valueAt(data, ['levels', 3])) : [];
    }),
    ...([2, 3] as const).flatMap((level) => levelKeys(valueAt(data, ['levels', level]), ['levels', level])),
  ];
}

function modelKeys(model: ModelPolicy, raw: unknown, at: PolicyPath, third: unknown): Problem[] {
  const metric = metricOf(model);
  const named = typeof metric === 'string' ? metric : 'a command';
  const { decoder, data } = model;
  const has = (...path: PolicyPath) => valueAt(raw, path) !== undefined;
  const no = (path: PolicyPath, why: string) => withoutEffect([...at, ...path], valueAt(raw, path), why);
  const problems: Problem[] = [];
  // A border of none is what every metric leaves out.
  if (model.border > 0 && metric !== 'psnr') {
    problems.push(no(['border'], `${named} has no border; remove it, or use psnr`));
  }
  if (decoder && metric !== 'map50' && metric !== 'map') {
    problems.push(no(['decoder'], `${named} reads no boxes; remove it, or use map50 or map`));
  } else if (decoder?.command !== undefined) {
    for (const key of (['boxes', 'scores', 'classes'] as const).filter((each) => decoder[each] !== undefined)) {
      problems.push(no(['decoder', key], '`decoder.command` decodes all outputs; keep one of them'));
    }
  }
  // The user's own training gets the model's part of the policy, and with it this key.
  if (data.training && (!isRecord(third) || third['model'] !== undefined)) {
    const cure = isRecord(third) ? 'remove it, or `levels.3.model`' : 'remove it, or add levels.3';
    problems.push(no(['data', 'training'], `no level 3 trains with labels; ${cure}`));
  }
  const { preprocess } = data;
  if (preprocess && !preprocess.letterbox) {
    if (!preprocess.resize && has('data', 'preprocess', 'interpolation')) {
      const why = 'nothing is resized; remove it, or add `resize` or `letterbox`';
      problems.push(no(['data', 'preprocess', 'interpolation'], why));
    }
    if (has('data', 'preprocess', 'pad-value')) {
      problems.push(no(['data', 'preprocess', 'pad-value'], 'there is no `letterbox`; remove it, or add that'));
    }
  }
  for (const role of ['calibration', 'validation', 'training'] as const) {
    const source = data[role];
    if (!has('data', role, 'label-column') || !source || !('label-column' in source)) continue;
    if (readsColumn(source)) continue;
    const why = 'there is no `labels` that is a .csv file; remove it, or name that';
    problems.push(no(['data', role, 'label-column'], why));
  }
  return problems;
}

/** Whether a source's labels can be a table. */
function readsColumn(source: { labels?: string | undefined }): boolean {
  if (source.labels === undefined) return false;
  // In an archive everything else is a key.
  if ('arrays' in source) return extname(source.labels).toLowerCase() === '.csv';
  return extname(source.labels).toLowerCase() !== '.json';
}

const quantizing = ['per-channel', 'bits', 'keep-float', 'observer', 'recover', 'prefer', 'search-budget'] as const;

function levelKeys(raw: unknown, at: PolicyPath): Problem[] {
  if (!isRecord(raw)) return [];
  const given = (keys: readonly string[], why: string) =>
    keys.filter((key) => raw[key] !== undefined).map((key) => withoutEffect([...at, key], raw[key], why));
  if (raw['model'] !== undefined) {
    return given([...quantizing, 'budget'], '`model` is trained and quantized already; remove it, or `model`');
  }
  if (raw['command'] !== undefined)
    return given(quantizing, '`command` quantizes as it wants; remove it, or `command`');
  const { recover } = raw;
  if (recover === 'none' || (Array.isArray(recover) && !recover.includes('mixed-precision'))) {
    return given(['search-budget'], '`recover` has no mixed-precision; remove it, or add mixed-precision');
  }
  if (valueAt(raw, ['limits', 'accuracy']) === undefined) {
    return given(['search-budget'], 'the level has no limit on accuracy; remove it, or add limits.accuracy');
  }
  return [];
}

function withoutEffect(path: PolicyPath, value: unknown, why: string): Problem {
  const key = path.at(-2) === 'decoder' ? `decoder.${path.at(-1)}` : path.at(-1);
  const shown = isRecord(value) || Array.isArray(value) ? key : `${key}: ${show(value)}`;
  return { path, atKey: true, message: `\`${shown}\` has no effect: ${why}` };
}
