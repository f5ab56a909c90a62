import { existsSync, readdirSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import picomatch from 'picomatch';
import { UserError } from '../errors.ts';
import { describeChanges, type PolicyChanges } from '../policy/changes.ts';
import { type LoadedPolicy, parsePolicy, positionOf } from '../policy/load.ts';
import type { Level, ModelPolicy, Policy } from '../policy/schema.ts';
import type { GateOptions } from './options.ts';

/** The policy that counts, and what the base branch has to say about it. */
export interface EffectivePolicy {
  loaded: LoadedPolicy;
  /** What the pull request changes in the policy; undefined without a base policy. */
  changes?: PolicyChanges;
  /** How the base was used, a sentence. */
  status?: string;
  /** The base's own policy. */
  before?: Policy;
}

/**
 * The head's policy, with the levels, limits, targets and rule of the base's policy where the operator or that policy asks for it, so
 * that a pull request cannot loosen its own gate. Models that only the base's policy names stay gated while their files are there.
 *
 * @throws UserError where the limits are to come from a base that cannot be read
 */
export function effectivePolicy(
  head: LoadedPolicy,
  { base, noBase, limitsFrom }: Pick<GateOptions, 'base' | 'noBase' | 'limitsFrom'>,
): EffectivePolicy {
  if (noBase !== undefined && (limitsFrom ?? head.policy.gate['limits-from']) === 'base') {
    throw new UserError(`limits-from is base, and the base cannot be read: ${noBase}`, {
      position: positionOf(head, ['gate', 'limits-from']),
    });
  }
  if (!base) return { loaded: head };
  if (base.policyText === undefined) {
    return { loaded: head, status: `${base.ref} has no policy at this path; the limits of this pull request count` };
  }
  let before: LoadedPolicy;
  try {
    const place = { path: `${head.path} at ${base.ref}`, folder: head.folder, root: head.root };
    // A pull request that removes such a key has to be able to pass.
    before = parsePolicy(base.policyText, place, 'ignored');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (limitsFrom === 'base') throw error;
    return { loaded: head, status: `the policy of ${base.ref} is not valid, so it was not compared` };
  }
  const changes = describeChanges(before.policy, head.policy);
  if ((limitsFrom ?? before.policy.gate['limits-from']) !== 'base') {
    return { loaded: head, changes, before: before.policy };
  }
  const { gate, targets } = before.policy;
  const added = leftOut(before.policy, head);
  const models = [...head.policy.models, ...added];
  const levels = heldLevels(before.policy, head.policy);
  return {
    loaded: { ...head, policy: { ...head.policy, gate, targets, levels, models }, added },
    changes,
    before: before.policy,
    status: `the levels, their limits, the targets and the gate's rule are those of ${base.ref}`,
  };
}

/**
 * The levels of the base's policy, made as the head says where it has them. One that only the head has is run, but decides nothing in
 * the place of another.
 */
function heldLevels(base: Policy, head: Policy): Policy['levels'] {
  const held = <N extends Level>(level: N): Policy['levels'] => {
    const [before, own] = [base.levels[level], head.levels[level]];
    if (before) return { [level]: { ...(own ?? before), limits: before.limits, stop: before.stop } };
    return own && base.gate.require !== 'any' ? { [level]: { ...own, stop: false } } : {};
  };
  return { ...held(1), ...held(2), ...held(3) };
}

/** Models of the base's policy that the head's no longer names, neither by path nor by name, though their files are there. */
function leftOut(base: Policy, { policy: head, folder }: LoadedPolicy): ModelPolicy[] {
  const isNamed = ({ path, name }: ModelPolicy) =>
    head.models.some((model) => model.path === path || (name !== undefined && model.name === name));
  const isThere = ({ path }: ModelPolicy) => {
    const { isGlob, base: start } = picomatch.scan(path);
    if (!isGlob || !existsSync(resolve(folder, start))) return existsSync(resolve(folder, path));
    const matches = picomatch(path, { dot: false });
    const files = readdirSync(resolve(folder, start), { recursive: true, encoding: 'utf8' });
    return files.some((file) => matches(join(start, file).split(sep).join('/')));
  };
  return base.models.filter((model) => !isNamed(model) && isThere(model));
}

/** How the report names the base. */
export function describeBase(options: GateOptions, effective: EffectivePolicy) {
  const { base } = options;
  if (!base) return {};
  const { regression } = effective.loaded.policy.gate;
  const compared = regression ? 'compared on this machine' : 'only the policy, as gate.regression sets no limit';
  return { base: { ref: base.ref, sha: base.sha, status: effective.status ?? compared } };
}
