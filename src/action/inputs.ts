import { resolve } from 'node:path';
import { getBooleanInput, getInput, getMultilineInput } from '@actions/core';
import { UserError } from '../errors.ts';
import { isInside } from '../files.ts';
import { type Level, type TargetName, targetNames } from '../policy/schema.ts';

export const commentModes = ['always', 'on-failure', 'never'] as const;
export type CommentMode = (typeof commentModes)[number];
export const limitSources = ['base', 'head'] as const;
export type LimitSource = (typeof limitSources)[number];

/** Every input of action.yml, parsed; nothing else reads an input. */
export interface Inputs {
  /** Absolute. */
  policyPath: string;
  models?: readonly string[];
  levels?: readonly Level[];
  targets?: readonly TargetName[];
  token: string;
  comment: CommentMode;
  checkName: string;
  artifactName: string;
  retentionDays?: number;
  runtimePath?: string;
  allowCommands: boolean;
  /** Only where the pull request changes a model, data or the policy. */
  onlyChanged: boolean;
  limitsFrom?: LimitSource;
}

/**
 * @param workspace the checkout; `working-directory` is relative to it and stays inside
 * @throws UserError that names the input, its value and what would be right
 */
export function readInputs(workspace: string): Inputs {
  const { folder, policyPath } = readPlace(workspace);
  const models = list('models');
  const levels = list('levels')?.map(parseLevel);
  const targets = list('targets')?.map((value) => oneOf('targets', value, targetNames));
  const runtimePath = getInput('runtime-path');
  const limitsFrom = getInput('limits-from');
  return {
    policyPath,
    ...(models && { models }),
    ...(levels && { levels }),
    ...(targets && { targets }),
    ...readSettings(),
    ...(runtimePath && { runtimePath: resolve(folder, runtimePath) }),
    allowCommands: flag('allow-commands', false),
    onlyChanged: flag('only-changed', true),
    ...(limitsFrom && { limitsFrom: oneOf('limits-from', limitsFrom, limitSources) }),
  };
}

/** Where things are published: what the gate and the report action ask alike. */
export function readSettings() {
  const retentionDays = days('retention-days');
  return {
    token: getInput('github-token'),
    comment: oneOf('comment', getInput('comment') || 'always', commentModes),
    checkName: getInput('check-name') || 'Quant Gate',
    artifactName: artifactName('artifact-name'),
    ...(retentionDays !== undefined && { retentionDays }),
  };
}

/** The folder of `working-directory`, and `policy` in it, both absolute. */
export function readPlace(workspace: string): { folder: string; policyPath: string } {
  const folder = resolve(workspace, getInput('working-directory') || '.');
  if (!isInside(resolve(workspace), folder)) {
    throw wrong('working-directory', getInput('working-directory'), 'a folder inside the checkout');
  }
  return { folder, policyPath: resolve(folder, getInput('policy') || 'quant.yml') };
}

export function wrong(name: string, value: string, right: string): UserError {
  return new UserError(`input ${name}: ${JSON.stringify(value)} is not ${right}`);
}

/** A comma or a line end separates; nothing at all means everything. */
export function list(name: string): string[] | undefined {
  const items = getMultilineInput(name)
    .flatMap((line) => line.split(','))
    .map((item) => item.trim())
    .filter(Boolean);
  return items.length > 0 ? items : undefined;
}

function parseLevel(value: string): Level {
  return Number(oneOf('levels', value, ['1', '2', '3'])) as Level;
}

export function oneOf<const T extends string>(name: string, value: string, choices: readonly T[]): T {
  const choice = choices.find((item) => item === value);
  if (choice === undefined) throw wrong(name, value, `one of ${choices.join(', ')}`);
  return choice;
}

export function flag(name: string, otherwise: boolean): boolean {
  const value = getInput(name);
  if (!value) return otherwise;
  try {
    return getBooleanInput(name);
  } catch {
    throw wrong(name, value, 'true or false');
  }
}

function days(name: string): number | undefined {
  const value = getInput(name);
  if (!value) return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > 400) throw wrong(name, value, 'a number of days, 1 to 400');
  return number;
}

/** The characters that an artifact's name may not have: it becomes a file name on every system. */
function artifactName(name: string): string {
  const value = getInput(name) || 'quant-gate';
  if (/["<>|*?:\r\n\\/]/.test(value)) throw wrong(name, value, 'an artifact name: it has one of " : < > | * ? \\ /');
  return value;
}
