import type { Candidate } from '../static/choose.ts';
import type { StaticRun } from '../static/run.ts';

/** Where the outputs are better than this, 7 bits are enough. */
const enoughDb = 25;
/** What all 8 bits of a part's weights have to win, dB: their kernel is slower. */
const worthDb = 0.5;
/** Into how many parts, in the order of computation, the network is cut. */
const parts = 12;

/**
 * Gives the layers that need it the eighth bit of their weights, on targets whose fast kernel takes 7: uint8 weights, through
 * a kernel that is exact and slower. Part after part of the network, kept where the outputs gain enough.
 */
export async function widenWeights(run: StaticRun, start: Candidate): Promise<Candidate> {
  const { target, options } = run.request;
  if (!target.wideWeight || options.bits < 8 || options.prefer === 'speed' || start.sqnrDb > enoughDb) return start;
  const heads = [...run.plan(start.recipe).decisions.values()].flatMap(({ unit, mode }) =>
    mode === 'integer' && unit.weight && unit.head.attrInt('group', 1) === 1 ? [unit.head.name] : [],
  );
  let best = start;
  const size = Math.max(1, Math.ceil(heads.length / parts));
  for (let from = 0; from < heads.length; from += size) {
    const wideWeights = new Set([...best.recipe.wideWeights, ...heads.slice(from, from + size)]);
    const wider = await run.measure({ ...best.recipe, wideWeights }, best);
    if (wider.sqnrDb > best.sqnrDb + worthDb) best = wider;
  }
  if (best !== start) {
    run.notes.push(
      `8-bit weights in ${best.recipe.wideWeights.size} layers that lose too much with the 7 bits of the fast kernel.`,
    );
  }
  return best;
}
