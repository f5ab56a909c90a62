import { decideCheck } from '../gate/verdict.ts';
import { traitsOf } from '../policy/task.ts';
import { counted, firstLine } from '../words.ts';
import { checkFormat, columnOf, dropText, factor, intervalOf, isAbsolute, metricValue, percent } from './format.ts';
import type { ModelReport, Report, VariantReport } from './schema.ts';
import {
  accuracyOf,
  allVariants,
  checkSentence,
  further,
  type LatencyReport,
  latencyOf,
  requiredLevels,
  variantName,
  verdictWords,
} from './view.ts';

/** The verdict in one sentence that anyone understands, without the leading icon. */
export function headline(report: Report): { verdict: string; text: string } {
  const verdict = `Quant Gate ${verdictWords[report.verdict]}`;
  return {
    verdict,
    text: { pass: passed, fail: failed, inconclusive: undecided, error: unfinished }[report.verdict](report),
  };
}

function passed(report: Report): string {
  const good = allVariants(report).filter(({ variant }) => variant.verdict === 'pass');
  if (report.models.length === 0) return 'there was nothing to measure';
  if (report.models.length > 1) {
    const all = allVariants(report).length;
    const some =
      good.length === all ? `all ${counted(all, 'variant')}` : `${good.length} of ${counted(all, 'variant')}`;
    return [
      `${counted(report.models.length, 'model')}, ${some} within the limits`,
      ...spans(good.map((each) => each.variant)),
    ].join('; ');
  }
  const best = bestOf(report, good);
  if (!best) return report.gate.reason;
  const { model, variant } = best;
  const facts = gains(variant, model);
  return `${variantName(variant, report)} of ${model.name} is ${facts.length > 0 ? facts.join(', ') : 'within the limits'}`;
}

/** The variant that a person would deploy: of a required level, the fastest, then the smallest. */
function bestOf(
  report: Report,
  good: ReturnType<typeof allVariants>,
): ReturnType<typeof allVariants>[number] | undefined {
  const required = requiredLevels(report.gate);
  const wanted = good.filter(({ variant }) => required?.includes(variant.level));
  const speed = (variant: VariantReport) => latencyOf(variant)[0]?.speedup.estimate ?? 0;
  const size = (variant: VariantReport) => variant.measurements.size?.ratio ?? 1;
  return (wanted.length > 0 ? wanted : good).toSorted(
    ({ variant: one }, { variant: other }) =>
      speed(other) - speed(one) || size(one) - size(other) || one.level - other.level,
  )[0];
}

/** `1.46x faster`, `3.9x smaller`, `accuracy −0.2 points (limit −1.0)` */
function gains(variant: VariantReport, { data }: ModelReport): string[] {
  const facts: string[] = [];
  const speedup = latencyOf(variant)[0]?.speedup;
  if (speedup) facts.push(speedFact(speedup));
  const size = variant.measurements.size?.ratio;
  if (size !== undefined && size > 0) facts.push(sizeFact(size));
  const accuracy = accuracyOf(variant);
  if (accuracy && isAbsolute(accuracy.metric)) {
    facts.push(`${accuracy.metric} ${metricValue(accuracy.metric, accuracy.value)}`);
  } else if (accuracy) {
    const check = variant.checks.find(({ name }) => name === 'accuracy.max-drop');
    const limit = check ? ` (limit ${checkFormat(check, accuracy).limit})` : '';
    const { labelFree } = traitsOf(accuracy.metric);
    const lower = accuracy.direction === 'lower';
    // Likeness to FP32 is no accuracy, and what falls is no loss of an error.
    const what = data.unmeasured || labelFree || lower ? accuracy.metric : 'accuracy';
    facts.push(`${what} ${dropText(accuracy, accuracy.drop.estimate)}${limit}`);
  } else {
    facts.push('accuracy not measured');
  }
  if (accuracy && data.unmeasured) facts.push('accuracy itself was not measured');
  return facts;
}

/** `1.46x faster`; what may be a difference of neither sign is not called one: `1.06x the speed of FP32 (0.84x to 1.18x)`. */
function speedFact(speedup: LatencyReport['speedup']): string {
  const { estimate, low, high } = speedup;
  if (Math.abs(estimate - 1) < 0.005) return 'as fast as FP32';
  if ((low ?? 0) < 1 && (high ?? Number.POSITIVE_INFINITY) > 1) {
    return `${factor(estimate)} the speed of FP32 (${intervalOf(speedup, { value: factor, flipped: false })})`;
  }
  return estimate > 1 ? `${factor(estimate)} faster` : `${factor(1 / estimate)} slower`;
}

/** `3.9x smaller`; what rounds to 1.0x is neither smaller nor bigger. */
function sizeFact(ratio: number): string {
  const [times, word] = ratio <= 1 ? [1 / ratio, 'smaller'] : [ratio, 'bigger'];
  return times < 1.05 ? 'as big as FP32' : `${times.toFixed(1)}x ${word}`;
}

/** The same over many variants: `1.15x to 1.80x as fast`. */
function spans(variants: readonly VariantReport[]): string[] {
  const span = (values: readonly number[], format: (value: number) => string) => {
    const [low, high] = [format(Math.min(...values)), format(Math.max(...values))];
    return low === high ? low : `${low} to ${high}`;
  };
  const speedups = variants.flatMap((variant) => latencyOf(variant)[0]?.speedup.estimate ?? []);
  const sizes = variants.flatMap(({ measurements }) => measurements.size?.ratio ?? []);
  return [
    ...(speedups.length > 0 ? [`${span(speedups, factor)} the speed of FP32`] : []),
    ...(sizes.length > 0 ? [`${span(sizes, (value) => percent(value, 0))} of its size`] : []),
  ];
}

function failed(report: Report): string {
  const rank = ({ check }: Decided) => (columnOf(check) === 'accuracy' ? 0 : 1) + (check.verdict === 'fail' ? 0 : 2);
  const [first, ...others] = decided(report, 'fail').toSorted((one, other) => rank(one) - rank(other));
  if (!first) return report.gate.reason;
  return `${sentenceOf(first, report)}${others.length > 0 ? `, and ${counted(others.length, 'other limit')} missed` : ''}`;
}

function undecided(report: Report): string {
  const [first] = decided(report, 'inconclusive');
  return first ? sentenceOf(first, report) : report.gate.reason;
}

interface Decided {
  model: ModelReport;
  variant: VariantReport;
  check: VariantReport['checks'][number];
}

/**
 * The checks of variants of this verdict that made it, as the policy decides them: an interval that straddles its limit may pass, or
 * fail, by the estimate. What a level comes to that is not required, or need not pass beside one that does, decided nothing.
 */
function decided(report: Report, verdict: 'fail' | 'inconclusive'): Decided[] {
  const required = requiredLevels(report.gate);
  const counts = ({ model, variant }: ReturnType<typeof allVariants>[number]) =>
    report.gate.require === 'any'
      ? !model.variants.some(({ target, verdict: own }) => target === variant.target && own === 'pass')
      : (required?.includes(variant.level) ?? true);
  return allVariants(report)
    .filter((each) => each.variant.verdict === verdict && counts(each))
    .flatMap(({ model, variant }) => variant.checks.map((check) => ({ model, variant, check })))
    .filter(({ check }) => decideCheck(check, report.gate.onInconclusive) === verdict);
}

function sentenceOf({ model, variant, check }: Decided, report: Report): string {
  const sentence =
    check.estimate === null ? check.message.replace(/\.$/, '') : checkSentence(check, variant, model) + further(check);
  return `${variantName(variant, report)} of ${model.name}: ${sentence}`;
}

function unfinished(report: Report): string {
  for (const { model, variant } of allVariants(report)) {
    if (variant.error) return `${variantName(variant, report)} of ${model.name}: ${firstLine(variant.error.message)}`;
  }
  return report.gate.reason;
}
