import type { OnnxModel } from '../onnx/model.ts';
import { constantsToInitializers } from '../onnx/passes/constants-to-initializers.ts';
import { liftLoopInvariants } from '../onnx/passes/lift-loop-invariants.ts';
import { lowerEinsum } from '../onnx/passes/lower-einsum.ts';
import { lowerGatherNd } from '../onnx/passes/lower-gather-nd.ts';
import { runPasses } from '../onnx/passes/pass.ts';
import { plainNames } from '../onnx/passes/plain-names.ts';
import { removeDeadCode } from '../onnx/passes/remove-dead-code.ts';
import { removeTraces } from '../onnx/passes/remove-traces.ts';
import { shareEqualWeights } from '../onnx/passes/share-equal-weights.ts';
import { shareTransposedTables } from '../onnx/passes/share-transposed-tables.ts';
import { splitFused } from '../onnx/passes/split-fused.ts';
import { widenHalf } from '../onnx/passes/widen-half.ts';
import type { WorkerProcess } from '../runtime/worker-process.ts';
import { fewestGathered } from './dynamic-plan.ts';
import { foldConstants } from './fold-constants.ts';

/** Passes that put other operators in the place of some. */
const rewrites = [widenHalf, splitFused, liftLoopInvariants, lowerGatherNd];

/** As far as the canonical form has other nodes than the file: what it puts in the place of operators, nothing computed. */
export function rewriteOperators(model: OnnxModel): void {
  runPasses(model, [...rewrites, lowerEinsum]);
}

/**
 * Brings a model to the form in which weights are found, whatever exported it: constants are initializers, float16 is float32,
 * what is fused is taken apart, a loop reads from outside the weights that it only hands through, an Einsum is the MatMul and a
 * GatherND the Gather that it computes, what follows from constants is a constant, equal weights are one, transposed or not, and
 * the exporter's stack traces are gone. Same results, names kept but for one that JavaScript cannot hold.
 */
export async function toCanonicalForm(model: OnnxModel, worker: WorkerProcess, workDir: string): Promise<void> {
  runPasses(model, [plainNames, removeTraces, constantsToInitializers, ...rewrites, removeDeadCode]);
  await foldConstants(model, worker, workDir);
  // Its Transpose and Reshape of a weight are for folding again.
  if (lowerEinsum(model).modified) await foldConstants(model, worker, workDir);
  shareEqualWeights(model);
  shareTransposedTables(model, fewestGathered);
}
