import { runGate } from '../engine/run.ts';
import { renderTerminal } from '../report/terminal.ts';
import { type AddCommand, parsePath, parseSeed, type Selection, selected, selecting } from './program.ts';
import { cliProgress } from './progress.ts';

interface RunOptions extends Selection {
  out: string;
  seed: number;
  runtimePath?: string;
  commands: boolean;
  resume?: boolean;
  json?: boolean;
}

export const addRun: AddCommand = (program, finish) => {
  selecting(
    program.command('run').description('quantize, measure, compare with the limits; exit code 1 where the gate failed'),
  )
    .option('--out <folder>', 'where everything is written', parsePath, 'quant-gate-out')
    .option('--seed <n>', 'seed of everything random', parseSeed, 0)
    .option('--runtime-path <folder>', 'a folder that holds a preinstalled ONNX Runtime', parsePath)
    .option('--no-commands', 'refuse to run commands that the policy names')
    .option('--resume', 'go on with the training that an interrupted run left in --out')
    .option('--json', 'print report.json on standard output')
    .action(async (options: RunOptions) => {
      const progress = cliProgress();
      try {
        const result = await runGate({
          ...selected(options),
          ...(options.runtimePath && { runtimePath: options.runtimePath }),
          ...(options.resume && { resume: true }),
          outDir: options.out,
          seed: options.seed,
          allowCommands: options.commands,
          progress,
        });
        progress.stop();
        process.stdout.write(
          options.json ? `${JSON.stringify(result.report, null, 2)}\n` : renderTerminal(result.report, result.outDir),
        );
        finish(result.exitCode);
      } finally {
        progress.stop();
      }
    });
};
