import type { Placement } from '../measure/contract.ts';
import type { TargetName } from '../policy/schema.ts';
import type { Target } from '../targets/index.ts';

/**
 * What whoever deploys a file has to know of other CPUs: the policy named none, so that the file is for the one that measured, which may
 * be another from run to run.
 *
 * @param named the targets as the policy, or the command line, names them
 * @returns sentences, none where the file gives the same results on every CPU that takes it
 */
export function elsewhereNotes(
  { elsewhere, description }: Target,
  named: readonly TargetName[],
  placement: Pick<Placement, 'integerKernels'> | undefined,
): string[] {
  const chosen = !named.includes('cpu') || named.includes('cpu-x64-avx2');
  if (!elsewhere || chosen || !placement || placement.integerKernels === 0) return [];
  return [`The file is for an ${description}: ${elsewhere}, and is made too where the policy's targets name it.`];
}
