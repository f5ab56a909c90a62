import { resolve } from 'node:path';
import { describePlan } from '../engine/describe.ts';
import { planRun } from '../engine/plan.ts';
import { loadPolicy } from '../policy/load.ts';
import { locateRuntime } from '../runtime/locate.ts';
import { type AddCommand, parsePath, type Selection, selected, selecting } from './program.ts';
import { cliProgress } from './progress.ts';

interface CheckOptions extends Selection {
  commands: boolean;
  runtimePath?: string;
}

export const addCheck: AddCommand = (program) => {
  selecting(
    program
      .command('check')
      .description('read the policy, models and data; print what a run would do and how long it would take'),
  )
    .option('--no-commands', 'refuse to run commands that the policy names')
    .option('--runtime-path <folder>', 'a folder that holds a preinstalled ONNX Runtime', parsePath)
    .action(async (options: CheckOptions) => {
      const progress = cliProgress();
      try {
        const loaded = await loadPolicy(options.policy);
        const plan = await planRun(loaded, {
          ...selected(options),
          outDir: resolve('quant-gate-out'),
          seed: 0,
          allowCommands: options.commands,
          progress,
        });
        const runtime = await locateRuntime({ runtimePath: options.runtimePath });
        const text = await describePlan(loaded, plan, runtime);
        progress.stop();
        process.stdout.write(text);
      } finally {
        progress.stop();
      }
    });
};
