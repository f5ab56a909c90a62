import { resolve } from 'node:path';
import { describePlan } from '../engine/describe.ts';
import { planRun } from '../engine/plan.ts';
import { loadPolicy } from '../policy/load.ts';
import type { Level, TargetName } from '../policy/schema.ts';
import { locateRuntime } from '../runtime/locate.ts';
import { type AddCommand, collect, parseLevel, parsePath, parseTarget } from './program.ts';
import { cliProgress } from './progress.ts';

interface CheckOptions {
  policy: string;
  model?: string[];
  level?: Level[];
  target?: TargetName[];
  commands: boolean;
  runtimePath?: string;
}

export const addCheck: AddCommand = (program) => {
  program
    .command('check')
    .description('read the policy, models and data; print what a run would do and how long it would take')
    .option('--policy <file>', 'the policy', parsePath, 'quant.yml')
    .option('--model <name>', 'only this model (repeatable)', collect(String))
    .option('--level <n>', 'only this level (repeatable)', collect(parseLevel))
    .option('--target <name>', 'this target instead of the policy’s (repeatable)', collect(parseTarget))
    .option('--no-commands', 'refuse to run commands that the policy names')
    .option('--runtime-path <folder>', 'a folder that holds a preinstalled ONNX Runtime', parsePath)
    .action(async (options: CheckOptions) => {
      const progress = cliProgress();
      try {
        const loaded = await loadPolicy(options.policy);
        const plan = await planRun(loaded, {
          policyPath: options.policy,
          ...(options.model && { models: options.model }),
          ...(options.level && { levels: options.level }),
          ...(options.target && { targets: options.target }),
          outDir: resolve('quant-gate-out'),
          seed: 0,
          allowCommands: options.commands,
          progress,
        });
        const runtime = await locateRuntime(
          options.runtimePath === undefined ? {} : { runtimePath: options.runtimePath },
        );
        const text = await describePlan(loaded, plan, runtime);
        progress.stop();
        process.stdout.write(text);
      } finally {
        progress.stop();
      }
    });
};
