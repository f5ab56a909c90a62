import type { Check, VerdictName } from '../measure/contract.ts';
import type { Level, Policy } from '../policy/schema.ts';
import { listed } from '../words.ts';
import { keepsLimit } from './judge.ts';

export type OnInconclusive = Policy['gate']['on-inconclusive'];
export type Verdict = VerdictName | 'error';

/** What the decision needs to know of a check. */
export type DecidableCheck = Pick<Check, 'name' | 'operator' | 'limit' | 'estimate' | 'verdict' | 'message'> & {
  noise?: number | undefined;
};

/** What the decision needs to know of a variant. */
export interface DecidedVariant {
  id: string;
  level: number;
  target: string;
  verdict: Verdict;
  checks: readonly DecidableCheck[];
  error?: { message: string } | undefined;
}

export interface Decision {
  verdict: Verdict;
  /** A sentence, or a few, for people. */
  reason: string;
}

type GatePolicy = { gate: Pick<Policy['gate'], 'require' | 'on-inconclusive'>; levels: LevelsPolicy };
type LevelsPolicy = Partial<Record<Level, { stop: boolean } | undefined>>;

/**
 * The verdict of a variant from its checks.
 *
 * - A failed check fails it.
 * - `estimate`: the estimate decides an inconclusive check; one without an estimate (what this machine cannot measure)
 *   stays inconclusive. So does a latency whose estimate is beyond the limit by less than equal files differ by on this
 *   machine: that is the machine's doing as likely as the model's, which makes it neither a failure nor a pass.
 * - `fail`: an inconclusive check fails it.
 * - `warn`: an inconclusive check makes it inconclusive, which does not block.
 *
 * A variant without limits passes.
 */
export function decideVerdict(checks: readonly DecidableCheck[], onInconclusive: OnInconclusive): VerdictName {
  return worst(checks.map((check) => decideCheck(check, onInconclusive))) as VerdictName;
}

/** What a check comes to under the policy. */
export function decideCheck(check: DecidableCheck, onInconclusive: OnInconclusive): VerdictName {
  const { verdict, estimate, operator, limit, noise = 0 } = check;
  if (verdict !== 'inconclusive') return verdict;
  if (onInconclusive === 'fail') return 'fail';
  if (onInconclusive === 'warn' || estimate === null) return 'inconclusive';
  if (keepsLimit(estimate, operator, limit)) return 'pass';
  const best = operator === '<=' ? estimate / (1 + noise) : estimate * (1 + noise);
  return keepsLimit(best, operator, limit) ? 'inconclusive' : 'fail';
}

const severity: readonly Verdict[] = ['pass', 'inconclusive', 'fail', 'error'];
const worst = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.reduce((a, b) => (severity.indexOf(b) > severity.indexOf(a) ? b : a), 'pass');
const best = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.reduce((a, b) => (severity.indexOf(b) < severity.indexOf(a) ? b : a), 'error');

/**
 * The verdict of a model: on every target the required levels have to pass (`all`, a list) or one of them (`any`). A
 * level that was not climbed to because a lower one passed and says `stop` counts as passed; a required level that is
 * missing for another reason is never a pass.
 */
export function decideModel(
  model: { name: string; variants: readonly DecidedVariant[] },
  policy: GatePolicy,
): Decision {
  const { require } = policy.gate;
  const targets = [...new Set(model.variants.map(({ target }) => target))];
  // Nothing to be unsure about, whatever the policy lets through with a warning.
  if (targets.length === 0) return { verdict: 'fail', reason: `${model.name}: no variant was made.` };
  const decisions = targets.map((target) => {
    const variants = model.variants.filter((variant) => variant.target === target);
    return require === 'any'
      ? decideAny(variants, policy)
      : decideRequired(variants, require === 'all' ? definedLevels(policy.levels) : require, policy, target);
  });
  return {
    verdict: worst(decisions.map(({ verdict }) => verdict)),
    reason: `${model.name}: ${listedReasons(decisions)}`,
  };
}

const definedLevels = (levels: LevelsPolicy): Level[] => ([1, 2, 3] as const).filter((level) => levels[level]);

function decideAny(variants: readonly DecidedVariant[], policy: GatePolicy): Decision {
  const verdict = best(variants.map((variant) => variant.verdict));
  const shown = verdict === 'pass' ? variants.filter((variant) => variant.verdict === 'pass') : variants;
  return { verdict, reason: shown.map((variant) => explain(variant, policy)).join(' ') };
}

function decideRequired(
  variants: readonly DecidedVariant[],
  required: readonly Level[],
  policy: GatePolicy,
  target: string,
): Decision {
  const stopped = variants.find(({ level, verdict }) => verdict === 'pass' && policy.levels[level as Level]?.stop);
  const parts = required.map((level): Decision => {
    // Also where another part of a joined report climbed on.
    if (stopped && stopped.level < level) {
      return { verdict: 'pass', reason: `Level ${level} was not needed: ${stopped.id} passes and says stop.` };
    }
    const variant = variants.find((each) => each.level === level);
    if (variant) return { verdict: variant.verdict, reason: explain(variant, policy) };
    return { verdict: 'fail', reason: `Level ${level}, which the gate requires, was not run for ${target}.` };
  });
  const verdict = worst(parts.map((part) => part.verdict));
  const reasons = parts.filter((part) => verdict === 'pass' || part.verdict !== 'pass').map(({ reason }) => reason);
  const passing = variants.filter((variant) => variant.verdict === 'pass');
  const isMissed = variants.some(({ verdict: own }) => own === 'fail' || own === 'error');
  if (isMissed && policy.gate.require === 'all' && passing.length > 0) {
    reasons.push(`\`gate.require: any\` would accept ${listed(passing.map(({ id }) => id))}.`);
  }
  return { verdict, reason: reasons.join(' ') };
}

const listedReasons = (decisions: readonly Decision[]): string => {
  const bad = decisions.filter(({ verdict }) => verdict !== 'pass');
  return (bad.length > 0 ? bad : decisions).map(({ reason }) => reason).join(' ');
};

/** Why a variant has its verdict, a sentence or two. */
function explain({ id, verdict, checks, error }: DecidedVariant, policy: GatePolicy): string {
  if (verdict === 'error') return `${id} could not be made or measured: ${error?.message ?? 'unknown reason'}`;
  const onInconclusive = policy.gate['on-inconclusive'];
  const those = (wanted: VerdictName) => checks.filter((check) => decideCheck(check, onInconclusive) === wanted);
  if (verdict === 'fail')
    return `${id} fails: ${those('fail')
      .map(({ message }) => message)
      .join(' ')}`;
  if (verdict === 'inconclusive') {
    return `${id} is inconclusive: ${those('inconclusive')
      .map(({ message }) => message)
      .join(' ')}`;
  }
  if (checks.length === 0) return `${id} passes: the policy sets no limit.`;
  const estimated = checks.filter((check) => check.verdict === 'inconclusive').map(({ name }) => name);
  const by = estimated.length > 0 ? `, ${listed(estimated)} by the estimate alone` : '';
  return `${id} passes ${checks.length === 1 ? 'its check' : `all ${checks.length} checks`}${by}.`;
}

/** Whether a verdict lets the merge through. */
export const lets = (verdict: Verdict, onInconclusive: OnInconclusive): boolean =>
  verdict === 'pass' || (verdict === 'inconclusive' && onInconclusive === 'warn');

/** The gate's decision over all models: the worst of them. */
export function decideGate(
  models: readonly { name: string; variants: readonly DecidedVariant[] }[],
  policy: GatePolicy,
): Decision & { passed: boolean } {
  const decisions = models.map((model) => decideModel(model, policy));
  const verdict = models.length === 0 ? 'inconclusive' : worst(decisions.map((each) => each.verdict));
  const passed = lets(verdict, policy.gate['on-inconclusive']);
  const shown = verdict === 'pass' ? decisions : decisions.filter((each) => each.verdict !== 'pass');
  const reason = models.length === 0 ? 'There is no model to gate.' : shown.map((each) => each.reason).join('\n');
  const warning =
    verdict === 'inconclusive' && passed ? ' The policy lets inconclusive checks through with a warning.' : '';
  return { verdict, passed, reason: reason + warning };
}
