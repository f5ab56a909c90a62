import type { TargetName } from '../policy/schema.ts';
import { inspectModel } from './inspect.ts';
import { renderInspection } from './inspect-text.ts';
import { type AddCommand, parsePath, parseTarget } from './program.ts';
import { cliProgress } from './progress.ts';

export const addInspect: AddCommand = (program) => {
  program
    .command('inspect')
    .description('operators of a model, what each level would do with them, and which kernels ran')
    .argument('<model>', 'an ONNX file')
    .option('--target <name>', 'what the INT8 file would run on', parseTarget, 'cpu')
    .option('--runtime-path <folder>', 'a folder that holds a preinstalled ONNX Runtime', parsePath)
    .option('--json', 'print JSON')
    .action(async (model: string, options: { target: TargetName; runtimePath?: string; json?: boolean }) => {
      const progress = cliProgress();
      try {
        const inspection = await inspectModel({
          model,
          target: options.target,
          ...(options.runtimePath && { runtimePath: options.runtimePath }),
          progress,
        });
        progress.stop();
        process.stdout.write(
          options.json ? `${JSON.stringify(inspection, null, 2)}\n` : `${renderInspection(inspection).trimEnd()}\n`,
        );
      } finally {
        progress.stop();
      }
    });
};
