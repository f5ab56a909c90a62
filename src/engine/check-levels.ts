import { UserError } from '../errors.ts';
import type { LoadedPolicy } from '../policy/load.ts';
import { resolveInside } from '../policy/paths.ts';
import type { Level3Policy } from '../policy/schema.ts';
import { useQatExport } from '../train/user-training.ts';
import { at, type PlannedModel } from './plan.ts';

/**
 * Reads the committed export that Level 3 takes. Of several models one that it fits is enough, for levels are written once for
 * all: with the others that variant fails by itself.
 *
 * @throws UserError where there is no such file, or it is the export of none of the models
 */
export async function checkExport(loaded: LoadedPolicy, planned: readonly PlannedModel[]): Promise<void> {
  const variant = planned[0]?.variants.find(({ level }) => level === 3);
  const { model: name } = (variant?.options ?? {}) as Partial<Level3Policy>;
  if (name === undefined) return;
  const place = ['levels', 3, 'model'];
  await at(loaded, place, async () => {
    const path = await resolveInside(loaded, name, place);
    let refused: UserError | undefined;
    for (const { model } of planned) {
      try {
        await useQatExport(model, path, name);
        return;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        refused ??= error;
      }
    }
    throw refused;
  });
}
