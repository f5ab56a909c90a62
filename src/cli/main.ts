#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { asPathError, isDiskFull, pathProblem, UserError } from '../errors.ts';
import { addCheck } from './check.ts';
import { addDiff } from './diff-command.ts';
import { addInit } from './init.ts';
import { addInspect } from './inspect-command.ts';
import { exitCodes, version } from './program.ts';
import { addReport } from './report.ts';
import { addRun } from './run.ts';

/** `quant-gate`: one file a command; each says by its return value how the process ends. */
async function main(argv: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.passed;
  const finish = (code: number) => {
    exitCode = code;
  };
  const program = new Command('quant-gate')
    .description('Quantizes ONNX models, measures them against FP32, and holds the result against quant.yml.')
    .version(version)
    .showSuggestionAfterError()
    .exitOverride();
  for (const add of [addRun, addInit, addCheck, addInspect, addDiff, addReport]) add(program, finish);
  await program.parseAsync([...argv], { from: 'user' });
  return exitCode;
}

// An interrupted process ends through its exit handlers, which end its children, restore the terminal and remove what is
// half-written.
for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) {
  process.once(signal, () => process.exit(128 + number));
}

// A reader that has seen enough (`| head`) changes no verdict; a result that is lost on a full disk is no success.
process.stderr.on('error', () => {});
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.once('exit', () => {
    process.stderr.write(`quant-gate: cannot write to standard output: ${pathProblem(error) ?? error.message}\n`);
    process.exitCode = exitCodes.userError;
  });
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (thrown) {
  const error = isDiskFull(thrown) ? asPathError(thrown) : thrown;
  if (error instanceof CommanderError) {
    // Commander has printed its message; help and version end with 0, a wrong option is the user's.
    process.exitCode = error.exitCode === 0 ? exitCodes.passed : exitCodes.userError;
  } else if (error instanceof UserError) {
    process.stderr.write(`quant-gate: ${error.message}\n`);
    process.exitCode = exitCodes.userError;
  } else {
    const stack = error instanceof Error ? error.stack : String(error);
    process.stderr.write(`quant-gate: internal error, please report it with this text:\n${stack}\n`);
    process.exitCode = exitCodes.defect;
  }
}
