import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asPathError } from '../errors.ts';

/** A fresh folder in the runner's temporary one, which the runner empties after the job. @throws UserError */
export async function temporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(process.env['RUNNER_TEMP'] || tmpdir(), 'quant-gate-'));
  } catch (error) {
    throw asPathError(error);
  }
}
