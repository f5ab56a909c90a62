import type { Level, TargetName } from '../policy/schema.ts';
import type { Progress } from '../progress.ts';
import type { Report } from '../report/schema.ts';

/** What the command line and the action ask of the engine. */
export interface GateOptions {
  /** Path of quant.yml. */
  policyPath: string;
  /** Names of models; default: all of the policy. */
  models?: readonly string[];
  /** Default: all levels of the policy. */
  levels?: readonly Level[];
  /** Default: the policy's. */
  targets?: readonly TargetName[];
  /** Everything is written below this folder. */
  outDir: string;
  seed: number;
  /** A folder that holds a preinstalled ONNX Runtime. */
  runtimePath?: string;
  /** Whether `command:` hooks of the policy may run; false for pull requests of forks. */
  allowCommands: boolean;
  /** Goes on with the training that an earlier run into the same folder left. */
  resume?: boolean;
  /** How long a model may take to load, and to run a sample, before it is said to hang; default: 10 minutes, 1 minute. */
  patience?: { loadMs: number; sampleMs: number };
  progress: Progress;
  base?: BaseBranch;
  /** Why the pull request's base cannot be read, a clause. */
  noBase?: string;
  /** Whose limits count in a pull request; default: what the base's policy, or where that cannot be read this one, says in `gate.limits-from`. */
  limitsFrom?: 'base' | 'head';
}

/** The pull request's base, where there is one: what the head is compared with. */
export interface BaseBranch {
  ref: string;
  sha: string;
  /** The text of the policy at the base, undefined where there was none. */
  policyText?: string;
  /** Writes a file of the base commit, `path` relative to the repository's root, and says whether it exists there. */
  extract(path: string, to: string): Promise<boolean>;
}

export interface GateResult {
  report: Report;
  outDir: string;
  exitCode: 0 | 1;
}
