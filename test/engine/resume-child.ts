import { runGate } from '../../src/engine/run.ts';
import { silent } from '../../src/progress.ts';

/** Runs the gate until it is killed: policy and output folder are its arguments. */
const [policyPath, outDir] = process.argv.slice(2) as [string, string];
await runGate({ policyPath, outDir, seed: 0, allowCommands: true, progress: silent });
