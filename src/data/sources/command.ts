import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../command.ts';
import { UserError } from '../../errors.ts';
import { silent } from '../../progress.ts';
import { isFile, type OpenedSource, type OpenOptions, type SourceOf } from '../context.ts';
import { openNpz } from '../npy.ts';
import { openArchiveSource } from './arrays.ts';

const defaultTimeoutMs = 10 * 60_000;

/**
 * Runs the policy's command, which writes a .npz to the path in QUANT_GATE_OUTPUT, and opens what it wrote like
 * `arrays`. The file lives in a temporary folder until the process ends.
 *
 * @throws UserError where commands are not allowed, or it fails, takes too long or writes nothing
 */
export async function openCommand(source: SourceOf<'command'>, options: OpenOptions): Promise<OpenedSource> {
  const folder = await mkdtemp(join(tmpdir(), 'quant-gate-data-'));
  // Samples are read from it whenever they are wanted, so it goes with the process.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const output = join(folder, 'data.npz');
  await runCommand(source.command, {
    folder: options.policyFolder,
    allowed: options.allowCommands === true,
    what: 'data command',
    env: { QUANT_GATE_OUTPUT: output },
    timeoutMs: options.commandTimeoutMs ?? defaultTimeoutMs,
    progress: options.progress ?? silent,
  });
  const name = `the output of \`${shorten(source.command)}\``;
  if (!(await isFile(output))) {
    throw new UserError(
      `${name} is missing: the command ended well but wrote no file to the path in QUANT_GATE_OUTPUT.`,
    );
  }
  const npz = await openNpz(output, name);
  return openArchiveSource({ name, ...npz, files: [{ path: output, name }] }, source, options);
}

function shorten(command: string): string {
  return command.length <= 60 ? command : `${command.slice(0, 57)}...`;
}
