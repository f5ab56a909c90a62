import { getInput, info, setOutput } from '@actions/core';
import { effectivePolicy } from '../engine/base-policy.ts';
import { UserError } from '../errors.ts';
import { readContext } from '../github/event.ts';
import { judgeTrust } from '../github/guard.ts';
import { loadPolicy } from '../policy/load.ts';
import { expandModels } from '../policy/paths.ts';
import { targetNames } from '../policy/schema.ts';
import { orFail } from './fail.ts';
import { baseOptions, findBase } from './find-base.ts';
import { flag, list, oneOf, readLimitsFrom, readPlace, wrong } from './inputs.ts';
import { changedModels } from './relevance.ts';

/** https://docs.github.com/en/actions/reference/limits */
const mostJobs = 256;

/** plan/action.yml: the matrix of changed models x targets. */
process.exitCode = await orFail(async () => {
  const context = readContext(process.env);
  const { policyPath } = readPlace(context.workspace);
  const runners = readRunners();
  const onlyChanged = flag('only-changed', true);
  // As in the gate: a stranger's pull request leaves out no model and no target of the base's policy.
  const limitsFrom = judgeTrust(context).trusted ? readLimitsFrom() : 'base';
  const head = await loadPolicy(policyPath);
  const token = getInput('github-token');
  const found = await findBase(context, { policyPath, token, ...(limitsFrom && { limitsFrom }) });
  const opened = found && 'base' in found ? found : undefined;
  const { loaded } = effectivePolicy(head, baseOptions(found, limitsFrom));
  const all = await expandModels(loaded);
  const models = opened && onlyChanged ? await changedModels(loaded, all, opened) : all;
  const include = models.flatMap(({ name }) =>
    loaded.policy.targets.map((target) => ({
      name: `${name}-${target}`,
      model: name,
      target,
      runner: runners.get(target) ?? 'ubuntu-latest',
    })),
  );
  info(`${models.length} of ${all.length} models, ${include.length} jobs`);
  if (include.length > mostJobs) {
    throw new UserError(
      `${include.length} jobs (${models.length} models x ${loaded.policy.targets.length} targets) are more than the ` +
        `${mostJobs} that GitHub allows in a matrix. Split the policy in several, each with a plan of its own, or name fewer targets.`,
    );
  }
  setOutput('matrix', JSON.stringify({ include }));
  setOutput('count', include.length);
  setOutput('has-work', include.length > 0);
  return 0;
});

/** `target=label` lines; several labels are joined by `+`. A target of no name would leave its jobs to a runner without it. */
function readRunners(): Map<string, string | string[]> {
  const runners = new Map<string, string | string[]>();
  for (const line of list('runners') ?? []) {
    const match = /^([\w-]+)\s*=\s*(\S+)$/.exec(line);
    if (!match) throw wrong('runners', line, 'target=label, such as cuda=self-hosted+gpu');
    const target = oneOf('runners', match[1]!, targetNames);
    if (runners.has(target)) throw new UserError(`input runners: ${target} stands twice; join its labels by "+"`);
    const labels = match[2]!.split('+');
    runners.set(target, labels.length === 1 ? labels[0]! : labels);
  }
  return runners;
}
