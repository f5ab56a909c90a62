import { randomUUID } from 'node:crypto';
import { isOfRunner } from '../secrets.ts';

/**
 * Runs `work` so that what it prints is no workflow command, and what it starts finds no token.
 *
 * Models, data, and the policy's own commands come from the pull request. A line `::add-path::` or `::set-env::` that
 * they print, or a write to GITHUB_ENV, would reach the steps after this one.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#stopping-and-starting-workflow-commands
 */
export async function sealed<T>(work: () => Promise<T>): Promise<T> {
  const kept = Object.entries(process.env).filter(([name]) => isOfRunner(name));
  const token = randomUUID();
  for (const [name] of kept) delete process.env[name];
  process.stdout.write(`::stop-commands::${token}\n`);
  let open = false;
  unseal = () => {
    if (open) return;
    open = true;
    process.stdout.write(`\n::${token}::\n`);
    for (const [name, value] of kept) process.env[name] = value;
  };
  try {
    return await work();
  } finally {
    unseal();
  }
}

/** Ends the seal early: a handler that ends the process has something to tell the runner. */
export let unseal: () => void = () => {};
