import { UserError } from '../errors.ts';
import type { ModelReport, Report } from './schema.ts';

/** From the gravest to the best: a joined verdict is the gravest of its parts. */
const gravity: readonly Report['verdict'][] = ['error', 'fail', 'inconclusive', 'pass'];

function gravest(verdicts: readonly Report['verdict'][]): Report['verdict'] {
  return gravity.find((verdict) => verdicts.includes(verdict)) ?? 'pass';
}

/**
 * One report of several that measured parts of the same policy on different machines (a matrix of models x targets).
 *
 * A model that several parts measured keeps the FP32 numbers of the first part; every variant was compared with FP32 on
 * its own machine, which is why ratios and not times are the result.
 *
 * @param reports with the name that messages use, such as their folder
 * @throws UserError where the parts do not belong together, or two of them measured the same variant
 */
export function joinReports(reports: readonly { from: string; report: Report }[]): Report {
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
  const models = joinModels(reports);
  const all = reports.map(({ report }) => report);
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
    verdict: gravest(all.map(({ verdict }) => verdict)),
    startedAt: all.map(({ startedAt }) => startedAt).toSorted()[0]!,
    seconds: all.reduce((sum, { seconds }) => sum + seconds, 0),
    stages,
    inRuntime,
    policy: { ...first.report.policy, ...joined(all, 'changes'), ...joined(all, 'loosened') },
    machines: joinMachines(all),
    gate: { ...first.report.gate, reason: [...new Set(all.map(({ gate }) => gate.reason))].join('; ') },
    models,
  };
}

function joined(reports: readonly Report[], key: 'changes' | 'loosened'): Partial<Report['policy']> {
  const lists = reports.map(({ policy }) => policy[key]).filter((each) => each !== undefined);
  return lists.length === 0 ? {} : { [key]: [...new Set(lists.flat())] };
}

function joinModels(reports: readonly { from: string; report: Report }[]): ModelReport[] {
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
    verdict: gravest([one.verdict, other.verdict]),
    // A part whose baseline failed has no numbers to show where another part has them.
    fp32: one.fp32.error ? other.fp32 : one.fp32,
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
