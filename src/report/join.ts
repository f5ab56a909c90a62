import { UserError } from '../errors.ts';
import { decideGate, decideModel } from '../gate/verdict.ts';
import type { Level } from '../policy/schema.ts';
import type { ModelReport, Report, VariantReport } from './schema.ts';
import { requiredLevels } from './view.ts';

/** From the gravest to the best. */
const gravity: readonly Report['verdict'][] = ['error', 'fail', 'inconclusive', 'pass'];

interface Part {
  /** The name that messages use, such as its folder. */
  from: string;
  report: Report;
}

/**
 * The parts without what chance lets two of them measure: a matrix with the targets `cpu` and `cpu-x64-vnni` measures the same variant
 * twice where the runner of `cpu` has such a CPU. The graver verdict stays, with a note; of equal ones what the policy names.
 */
export function withoutChance<P extends Part>(parts: readonly P[]): P[] {
  const measured = new Map<string, Measured[]>();
  for (const { report } of parts) {
    for (const { name, variants } of report.models) {
      for (const variant of variants) {
        const key = JSON.stringify([name, variant.id]);
        measured.set(key, [...(measured.get(key) ?? []), { variant, machine: report.machine.cpu }]);
      }
    }
  }
  const dropped = new Set<VariantReport>();
  const notes = new Map<VariantReport, string>();
  for (const [one, other, ...further] of measured.values()) {
    if (!one || !other || further.length > 0 || one.variant.requested === other.variant.requested) continue;
    const [named, chance] = one.variant.requested === undefined ? [one, other] : [other, one];
    const isGraver = gravity.indexOf(chance.variant.verdict) < gravity.indexOf(named.variant.verdict);
    const [kept, left] = isGraver ? [chance, named] : [named, chance];
    dropped.add(left.variant);
    notes.set(kept.variant, describeChance(named, chance, isGraver));
  }
  if (dropped.size === 0) return [...parts];
  const variantsOf = ({ variants }: ModelReport) =>
    variants.flatMap((variant) => {
      const note = notes.get(variant);
      if (dropped.has(variant)) return [];
      return note === undefined ? [variant] : [{ ...variant, notes: [note, ...variant.notes] }];
    });
  return parts.map((part) => {
    const models = part.report.models.map((model) => ({ ...model, variants: variantsOf(model) }));
    return { ...part, report: { ...part.report, models } };
  });
}

interface Measured {
  variant: VariantReport;
  machine: string;
}

function describeChance(named: Measured, chance: Measured, isGraver: boolean): string {
  const { target, verdict } = named.variant;
  const kept = isGraver ? 'that of cpu is kept, the graver one' : `that of ${target} is kept`;
  return (
    `Measured twice, as the policy has the targets cpu and ${target}, and cpu was ${target} too on its machine (${chance.machine}): ` +
    `the verdict is ${chance.variant.verdict} there and ${verdict} as ${target} (${named.machine}); ${kept}.`
  );
}

/**
 * One report of several that measured parts of the same policy on different machines (a matrix of models x targets).
 *
 * A model that several parts measured keeps the FP32 numbers of the first part; every variant was compared with FP32 on
 * its own machine, which is why ratios and not times are the result. The verdict is what one run would say of all variants: a part alone
 * may lack a level that the gate requires, or that is enough.
 *
 * @throws UserError where the parts do not belong together, or two of them measured the same variant by the same name
 */
export function joinReports(reports: readonly Part[]): Report {
  const [first, ...others] = reports;
  if (!first) throw new UserError('there is no report to join');
  if (others.length === 0) return first.report;
  for (const { from, report } of others) {
    if (report.policy.sha256 !== first.report.policy.sha256) {
      throw new UserError(
        `${from} and ${first.from} were measured with different policies; run all parts from one commit`,
      );
    }
  }
  const all = reports.map(({ report }) => report);
  const rule = ruleOf(first);
  const models = joinModels(reports).map((model) => ({ ...model, verdict: decideModel(model, rule).verdict }));
  const { verdict, reason } = decideGate(models, rule);
  const stages: Report['stages'] = {};
  const inRuntime: NonNullable<Report['inRuntime']> = {};
  for (const report of all) {
    for (const [stage, spent] of Object.entries(report.stages)) stages[stage] = (stages[stage] ?? 0) + spent;
    for (const [stage, { run, load }] of Object.entries(report.inRuntime ?? {})) {
      const sum = inRuntime[stage] ?? { run: 0, load: 0 };
      inRuntime[stage] = { run: sum.run + run, load: sum.load + load };
    }
  }
  return {
    ...first.report,
    verdict,
    startedAt: all.map(({ startedAt }) => startedAt).toSorted()[0]!,
    seconds: all.reduce((sum, { seconds }) => sum + seconds, 0),
    stages,
    inRuntime,
    policy: { ...first.report.policy, ...joined(all, 'changes'), ...joined(all, 'loosened') },
    machines: joinMachines(all),
    gate: { ...first.report.gate, reason },
    models,
  };
}

/** What the policy of all parts says of a verdict. */
function ruleOf({ from, report: { gate } }: Part): Parameters<typeof decideGate>[1] {
  const { levels } = gate;
  if (!levels) {
    throw new UserError(
      `${from} does not say which levels its policy has: an earlier release of Quant Gate measured it; run all parts with this one`,
    );
  }
  return {
    gate: {
      require: gate.require === 'any' ? 'any' : ((requiredLevels(gate) as Level[] | undefined) ?? 'all'),
      'on-inconclusive': gate.onInconclusive,
    },
    levels: Object.fromEntries(levels.map(({ level, stop }) => [level, { stop }])),
  };
}

function joined(reports: readonly Report[], key: 'changes' | 'loosened'): Partial<Report['policy']> {
  const lists = reports.map(({ policy }) => policy[key]).filter((each) => each !== undefined);
  return lists.length === 0 ? {} : { [key]: [...new Set(lists.flat())] };
}

function joinModels(reports: readonly Part[]): ModelReport[] {
  const joined = new Map<string, { from: string; model: ModelReport }>();
  const owners = new Map<string, string>();
  for (const { from, report } of reports) {
    for (const model of report.models) {
      for (const { id } of model.variants) {
        const owner = owners.get(JSON.stringify([model.name, id]));
        if (owner !== undefined) {
          throw new UserError(
            `${owner} and ${from} both measured ${id} of ${model.name}; give each part its own models or targets`,
          );
        }
        owners.set(JSON.stringify([model.name, id]), from);
      }
      const known = joined.get(model.name);
      if (known && known.model.source.sha256 !== model.source.sha256) {
        throw new UserError(
          `${known.from} and ${from} measured different files as ${model.name}; run all parts from one commit`,
        );
      }
      joined.set(model.name, known ? { from: known.from, model: joinModel(known.model, model) } : { from, model });
    }
  }
  return [...joined.values()].map(({ model }) => model);
}

function joinModel(one: ModelReport, other: ModelReport): ModelReport {
  const sensitivity = one.sensitivity ?? other.sensitivity;
  return {
    ...one,
    variants: [...one.variants, ...other.variants].toSorted(
      (a, b) => a.target.localeCompare(b.target, 'en') || a.level - b.level,
    ),
    ...(sensitivity && { sensitivity }),
    suggestions: [...new Set([...one.suggestions, ...other.suggestions])],
  };
}

/** Every part's machine with what it measured; equal machines are one runner type but still separate measurements. */
function joinMachines(reports: readonly Report[]): NonNullable<Report['machines']> {
  return reports.flatMap(
    ({ machine, machines, models }) =>
      machines ?? [
        { ...machine, measured: models.flatMap(({ name, variants }) => variants.map(({ id }) => `${name}/${id}`)) },
      ],
  );
}
