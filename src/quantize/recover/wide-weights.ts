import type { Candidate } from '../static/choose.ts';
import type { StaticRun } from '../static/run.ts';

/**
 * What all 8 bits of a part's weights have to win, dB, since their kernel is slower: little where the outputs are poor, more where
 * a classifier would not notice but a picture would (super_resolution_x3 loses 0.8 dB of PSNR at 27 dB).
 */
const worthDb = (sqnrDb: number): number => (sqnrDb < 25 ? 0.5 : sqnrDb < 36 ? 1 : Infinity);
/** Into how many parts, in the order of computation, the network is cut. */
const parts = 12;

/**
 * Gives the layers that need it the eighth bit of their weights, on targets whose fast kernel takes 7: uint8 weights, through
 * a kernel that is exact and slower. Part after part of the network, kept where the outputs gain enough.
 */
export async function widenWeights(run: StaticRun, start: Candidate): Promise<Candidate> {
  const { target, options } = run.request;
  if (!target.wideWeight || options.bits < 8 || options.prefer === 'speed' || worthDb(start.sqnrDb) === Infinity)
    return start;
  const heads = [...run.plan(start.recipe).decisions.values()].flatMap(({ unit, mode }) =>
    mode === 'integer' && unit.weight && unit.head.attrInt('group', 1) === 1 ? [unit.head.name] : [],
  );
  if (heads.length === 0) return start;
  const everywhere = await run.measure({ ...start.recipe, wideWeights: new Set(heads) }, start);
  if (!(everywhere.sqnrDb > start.sqnrDb + worthDb(start.sqnrDb))) return start;
  let best = start;
  const size = Math.max(1, Math.ceil(heads.length / parts));
  for (let from = 0; from < heads.length; from += size) {
    const wideWeights = new Set([...best.recipe.wideWeights, ...heads.slice(from, from + size)]);
    const wider = await run.measure({ ...best.recipe, wideWeights }, best);
    if (wider.sqnrDb > best.sqnrDb + worthDb(best.sqnrDb)) best = wider;
  }
  if (best !== start) {
    run.notes.push(
      `8-bit weights in ${best.recipe.wideWeights.size} layers that lose too much with the 7 bits of the fast kernel.`,
    );
  }
  return best;
}
