import { lstatSync, realpathSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { getBooleanInput, getInput, getMultilineInput } from '@actions/core';
import { UserError } from '../errors.ts';
import { isInside } from '../files.ts';
import { type Level, type TargetName, targetNames } from '../policy/schema.ts';

const commentModes = ['always', 'on-failure', 'never'] as const;
export type CommentMode = (typeof commentModes)[number];
const limitSources = ['base', 'head'] as const;
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
  const limitsFrom = readLimitsFrom();
  return {
    policyPath,
    ...(models && { models }),
    ...(levels && { levels }),
    ...(targets && { targets }),
    ...readSettings(),
    ...(runtimePath && { runtimePath: resolve(folder, runtimePath) }),
    allowCommands: flag('allow-commands', false),
    onlyChanged: flag('only-changed', true),
    ...(limitsFrom && { limitsFrom }),
  };
}

/** Undefined where the base branch's policy says it. */
export function readLimitsFrom(): LimitSource | undefined {
  const value = getInput('limits-from');
  return value ? oneOf('limits-from', value, limitSources) : undefined;
}

/** Where things are published: what the gate and the report action ask alike. */
export function readSettings(): Pick<Inputs, 'token' | 'comment' | 'checkName' | 'artifactName' | 'retentionDays'> {
  const retentionDays = days('retention-days');
  return {
    token: getInput('github-token'),
    comment: oneOf('comment', getInput('comment') || 'always', commentModes),
    checkName: getInput('check-name') || 'Quant Gate',
    artifactName: artifactName('artifact-name'),
    ...(retentionDays !== undefined && { retentionDays }),
  };
}

/** What is published with where the inputs are wrong: a wrong one of these has its default. */
export function settingsForMistake(): ReturnType<typeof readSettings> {
  try {
    return readSettings();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const checkName = getInput('check-name') || 'Quant Gate';
    return { token: getInput('github-token'), comment: 'always', checkName, artifactName: 'quant-gate' };
  }
}

/**
 * The folder of `working-directory`, and `policy` in it, both absolute. A policy that is not there is for its reader to say.
 *
 * @throws UserError where the policy is not a file of the checkout
 */
export function readPlace(workspace: string): { folder: string; policyPath: string } {
  const folder = resolve(workspace, getInput('working-directory') || '.');
  if (!isInside(resolve(workspace), folder)) {
    throw wrong('working-directory', getInput('working-directory'), 'a folder inside the checkout');
  }
  const policyPath = resolve(folder, getInput('policy') || 'quant.yml');
  refuseForeignPolicy(resolve(workspace), policyPath);
  return { folder, policyPath };
}

/**
 * A pull request can put a symbolic link in the place of the policy or of a folder on the way to it. What it leads to
 * is another file than the one that the base branch has there, or none of this repository at all; so it is not read.
 */
function refuseForeignPolicy(workspace: string, policyPath: string): void {
  if (!isInside(workspace, policyPath)) throw wrong('policy', getInput('policy'), 'a file inside the checkout');
  const shown = (path: string) => relative(workspace, path).split(sep).join('/');
  const refuse = (why: string) =>
    new UserError(
      `${why}. Commit the policy itself at ${shown(policyPath)}, or name where it lies in the inputs working-directory and policy.`,
    );
  let path = workspace;
  for (const part of relative(workspace, policyPath).split(sep)) {
    path = join(path, part);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return;
    if (found.isSymbolicLink()) {
      throw refuse(`${shown(path)} is a symbolic link, and no policy is read through one`);
    }
    if (path === policyPath ? !found.isFile() : !found.isDirectory()) {
      throw refuse(`${shown(path)} is no ${path === policyPath ? 'regular file' : 'folder'}`);
    }
  }
  if (!isInside(realpathSync(workspace), realpathSync(policyPath))) {
    throw refuse(`${shown(policyPath)} leads out of the checkout`);
  }
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
