import { joinOutputs } from '../bundle/join.ts';
import { lets } from '../gate/verdict.ts';
import { renderTerminal } from '../report/terminal.ts';
import { type AddCommand, exitCodes, parsePath, version } from './program.ts';

export const addReport: AddCommand = (program, finish) => {
  program
    .command('report')
    .description('join the outputs of several runs, render them again; exit code as of run')
    .argument('<folders...>', 'output folders, or folders of such folders')
    .option('--out <folder>', 'where everything is written', parsePath, 'quant-gate-out')
    .option('--json', 'print report.json on standard output')
    .action(async (folders: string[], options: { out: string; json?: boolean }) => {
      const { report } = await joinOutputs(folders, options.out, { version });
      process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderTerminal(report, options.out));
      finish(lets(report.verdict, report.gate.onInconclusive) ? exitCodes.passed : exitCodes.failed);
    });
};
