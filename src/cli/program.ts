import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';

export { version } from '../version.ts';

import { type Level, type TargetName, targetNames } from '../policy/schema.ts';

/** Design, section 5. */
export const exitCodes = { passed: 0, failed: 1, userError: 2, defect: 70 } as const;

/** Adds a command to the program; `finish` says how the process ends. */
export type AddCommand = (program: Command, finish: (exitCode: number) => void) => void;

/** Options that may be repeated or hold a comma-separated list, which is not empty: that would choose everything. */
function collect<T>(parse: (text: string) => T): (value: string, previous: T[] | undefined) => T[] {
  return (value, previous) => {
    const items = value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
    if (items.length === 0) throw new InvalidArgumentError('it is empty; leave the option out for all.');
    return [...(previous ?? []), ...items.map(parse)];
  };
}

/** A path, which an empty text is not. */
export function parsePath(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('it is empty; name a file or folder.');
}

function parseLevel(text: string): Level {
  if (text === '1' || text === '2' || text === '3') return Number(text) as Level;
  throw new InvalidArgumentError('a level is 1, 2 or 3.');
}

export function parseTarget(text: string): TargetName {
  const target = targetNames.find((name) => name === text);
  if (target) return target;
  throw new InvalidArgumentError(`a target is one of ${targetNames.join(', ')}.`);
}

/** What `run` and `check` take alike: the policy, and what of it. */
export interface Selection {
  policy: string;
  model?: string[];
  level?: Level[];
  target?: TargetName[];
}

export function selecting(command: Command): Command {
  return command
    .option('--policy <file>', 'the policy', parsePath, 'quant.yml')
    .option('--model <name>', 'only this model (repeatable)', collect(String))
    .option('--level <n>', 'only this level (repeatable)', collect(parseLevel))
    .option('--target <name>', 'this target instead of the policy’s (repeatable)', collect(parseTarget));
}

export function selected({ policy, model, level, target }: Selection) {
  return {
    policyPath: policy,
    ...(model && { models: model }),
    ...(level && { levels: level }),
    ...(target && { targets: target }),
  };
}

export function parseSeed(text: string): number {
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0) return seed;
  throw new InvalidArgumentError('a seed is a whole number from 0.');
}
