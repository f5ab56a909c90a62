import type { Node } from '../onnx/node.ts';
import { reaches } from '../onnx/reaches.ts';

/** Why a product whose result reaches a logarithm stays float. */
export const logarithmic = 'its result goes into a logarithm, where small values count as much as large ones';

/** Operators after which a value is as precise, relative to the largest, as before. */
const keepsPrecision = new Set(
  (
    'Abs Add Cast Clip Concat Expand Flatten Gather Identity MatMul Max Mul Pow ReduceSum ReduceSumSquare Reshape Slice Split ' +
    'Sqrt Squeeze Sub Transpose Unsqueeze'
  ).split(' '),
);

/**
 * Whether a product's result goes into Log, as the spectra of audio front ends do. One scale serves the whole activation, so
 * its error is the same for loud and quiet frames; the logarithm turns it into a large error of the quiet ones.
 */
export function reachesLog(start: Node): boolean {
  return reaches(
    start,
    (reader) => reader.is('Log'),
    ({ op }) => keepsPrecision.has(op),
  );
}
