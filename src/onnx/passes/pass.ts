import type { OnnxModel } from '../model.ts';

/** What a pass gives back: the model it was given, changed in place, and whether it changed anything. */
export interface PassResult {
  model: OnnxModel;
  modified: boolean;
}

export type Pass = (model: OnnxModel) => PassResult;

/** Runs passes one after another. */
export function runPasses(model: OnnxModel, passes: readonly Pass[]): PassResult {
  let modified = false;
  for (const pass of passes) modified = pass(model).modified || modified;
  return { model, modified };
}
