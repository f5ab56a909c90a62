import type { OnnxModel } from './model.ts';
import { isExternal } from './tensor.ts';
import { tensorsOf } from './walk.ts';

/** The files that a model's external tensors lie in, as the model spells them: relative to its own folder. */
export function externalLocations(model: OnnxModel): string[] {
  const locations = [...tensorsOf(model.proto)]
    .filter(isExternal)
    .flatMap(({ externalData }) => externalData.filter(({ key }) => key === 'location').map(({ value }) => value));
  return [...new Set(locations)];
}
