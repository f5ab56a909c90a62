import type { Check, Estimate, NotMeasured, VerdictName } from '../measure/contract.ts';
import { confidencePercent } from '../words.ts';
import { percent } from './words.ts';

/** One limit and what was measured for it: what a row of the table of checks finds. */
export interface Finding {
  name: string;
  operator: Check['operator'];
  limit: number;
  /** A measured quantity with its interval; of no width where the quantity is exact. */
  measured: Estimate | NotMeasured | undefined;
  /** What is measured, as the subject of a sentence: `the size ratio`. */
  subject: string;
  /** A value of it with its unit, with `extra` digits more than usual. */
  show: (value: number, extra?: number) => string;
  /** The fraction by which equal files differ on this machine, where that matters. */
  noise?: number;
  /** More to say, a sentence. */
  detail?: string;
  /** Further samples that would decide it, where it is inconclusive. */
  samplesNeeded?: (measured: Estimate) => number | undefined;
}

/**
 * `pass` where the whole interval is inside the limit, `fail` where all of it is beyond, else `inconclusive`. An
 * interval with an end that is not a number decides nothing.
 */
export function verdictOf({ low, high }: Estimate, operator: Check['operator'], limit: number): VerdictName {
  if (Number.isNaN(low) || Number.isNaN(high)) return 'inconclusive';
  const [inside, beyond] = operator === '<=' ? [high <= limit, low > limit] : [low >= limit, high < limit];
  return inside ? 'pass' : beyond ? 'fail' : 'inconclusive';
}

/** Whether the estimate alone keeps the limit. */
export const keepsLimit = (estimate: number, operator: Check['operator'], limit: number): boolean =>
  operator === '<=' ? estimate <= limit : estimate >= limit;

/** Digits beyond these tell nothing. */
const mostExtra = 3;

/**
 * How many digits more than usual the numbers of a check need: the limit reads as the policy has it, and what misses it does not
 * read as the limit itself.
 */
export function extraDigits(
  { operator, limit, estimate }: Pick<Check, 'operator' | 'limit' | 'estimate'>,
  show: Finding['show'],
): number {
  const whole = (text: string) => text.replace(/(\.\d*?)0+(?!\d)/, '$1').replace(/\.(?!\d)/, '');
  const isMissed = estimate !== null && !keepsLimit(estimate, operator, limit);
  for (let extra = 0; extra < mostExtra; extra++) {
    const shown = show(limit, extra);
    if (whole(shown) !== whole(show(limit, mostExtra))) continue;
    if (!isMissed || show(estimate, extra) !== shown) return extra;
  }
  return mostExtra;
}

/** Holds a finding against its limit. A number that is missing or NaN is never a pass. */
export function judge(finding: Finding, confidence: number): Check {
  const { name, operator, limit, measured } = finding;
  const base = { name, operator, limit };
  const shownLimit = finding.show(limit, extraDigits({ ...base, estimate: null }, finding.show));
  if (measured === undefined || 'notMeasured' in measured) {
    // What this machine cannot measure is open; what was tried and failed, or was forgotten, has failed.
    const open = measured !== undefined && measured.failed === undefined;
    const why = measured?.notMeasured ?? 'there is no measurement';
    const message = `${sentence(finding.subject)} was not measured: ${why}; the limit is ${shownLimit}.`;
    return { ...base, estimate: null, low: null, high: null, verdict: open ? 'inconclusive' : 'fail', message };
  }
  if (Number.isNaN(measured.estimate)) {
    const message = `${sentence(finding.subject)} is not a number; the limit is ${shownLimit}.`;
    return { ...base, estimate: null, low: null, high: null, verdict: 'fail', message };
  }
  const verdict = verdictOf(measured, operator, limit);
  const needed = verdict === 'inconclusive' ? finding.samplesNeeded?.(measured) : undefined;
  return {
    ...base,
    estimate: finite(measured.estimate),
    low: finite(measured.low),
    high: finite(measured.high),
    verdict,
    message: explain(finding, measured, verdict, confidence, needed),
    ...(needed !== undefined && { samplesNeeded: needed }),
    ...(finding.noise !== undefined && { noise: finding.noise }),
  };
}

/** report.json has no infinities: an open end is null. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function explain(
  { operator, limit, subject, detail, noise, ...finding }: Finding,
  measured: Estimate,
  verdict: VerdictName,
  confidence: number,
  needed: number | undefined,
): string {
  const { estimate } = measured;
  const extra = extraDigits({ operator, limit, estimate }, finding.show);
  const show = (value: number) => finding.show(value, extra);
  const interval = intervalText(measured, show, confidence);
  const bound = operator === '<=' ? 'at most' : 'at least';
  const outcome = {
    pass: `within the limit of ${bound} ${show(limit)}`,
    fail: `beyond the limit of ${bound} ${show(limit)}`,
    inconclusive: `which does not decide the limit of ${bound} ${show(limit)}`,
  }[verdict];
  const more = needed === undefined ? '' : ` About ${needed.toLocaleString('en-US')} more samples would decide it.`;
  const loud =
    verdict === 'inconclusive' && noise !== undefined
      ? ` Equal files differ by up to ${percent(noise)} here; a quieter machine or a longer \`measure.latency-budget\` decides more.`
      : '';
  return `${sentence(subject)} is ${show(estimate)}${interval}, ${outcome}.${more}${loud}${detail ? ` ${detail}` : ''}`;
}

/** In brackets; nothing where it has no width. */
function intervalText({ low, high }: Estimate, show: Finding['show'], confidence: number): string {
  if (low === high) return '';
  if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY) return ' (no interval)';
  const [from, to] = [show(low), show(high)];
  const ends = high === Number.POSITIVE_INFINITY ? `${from} or more` : `${from} to ${to}`;
  return ` (${confidencePercent(confidence)} interval ${low === Number.NEGATIVE_INFINITY ? `${to} or less` : ends})`;
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
