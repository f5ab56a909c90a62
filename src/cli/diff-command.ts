import { diffModels } from './diff.ts';
import { renderDiff } from './diff-text.ts';
import type { AddCommand } from './program.ts';

export const addDiff: AddCommand = (program) => {
  program
    .command('diff')
    .description('what changed between two models')
    .argument('<before>', 'an ONNX file')
    .argument('<after>', 'an ONNX file')
    .option('--json', 'print JSON')
    .action(async (before: string, after: string, options: { json?: boolean }) => {
      const diff = await diffModels(before, after);
      process.stdout.write(options.json ? `${JSON.stringify(diff, null, 2)}\n` : `${renderDiff(diff).trimEnd()}\n`);
    });
};
