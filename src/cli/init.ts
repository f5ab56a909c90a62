import { access, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { policyTemplate } from '../engine/template.ts';
import { pathProblem, UserError } from '../errors.ts';
import { isInside, writeAtomic } from '../files.ts';
import { loadModel } from '../onnx/model.ts';
import { repositoryRoot } from '../policy/load.ts';
import { type AddCommand, parsePath } from './program.ts';

export const addInit: AddCommand = (program) => {
  program
    .command('init')
    .description('write a policy for a model')
    .argument('<model>', 'an ONNX file')
    .option('--policy <file>', 'where it is written', parsePath, 'quant.yml')
    .option('--force', 'replace a policy that is there')
    .action(async (path: string, options: { policy: string; force?: boolean }) => {
      if (!options.force && (await exists(options.policy))) {
        throw new UserError(`${options.policy} is there already; --force replaces it, --policy names another file`);
      }
      const folder = dirname(options.policy);
      const { graph } = await loadModel(path);
      const text = policyTemplate({
        path: relative(folder, path) || basename(path),
        inputs: graph.infos('inputs'),
        outputs: graph.infos('outputs'),
        folders: await dataFolders(folder),
      });
      await writeAtomic(options.policy, text).catch((error: unknown) => {
        const problem = pathProblem(error);
        if (problem === undefined) throw error;
        throw new UserError(`cannot write ${options.policy}: ${problem}`, { cause: error });
      });
      process.stdout.write(
        `Wrote ${options.policy}. Fill in the data, then try: quant-gate check --policy ${options.policy}\n`,
      );
      const root = await repositoryRoot(await realpath(folder));
      if (isInside(root, await realpath(path))) return;
      process.stderr.write(
        `quant-gate: ${path} lies outside of ${root}, which holds the policy: \`check\` and \`run\` will refuse it. ` +
          'Copy it there, or write the policy where the model is.\n',
      );
    });
};

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** Folders and files beside the policy that look like data, for the template to name. */
async function dataFolders(folder: string): Promise<string[]> {
  const entries = await readdir(join(folder, 'data'), { withFileTypes: true }).catch(() => []);
  return entries.map((entry) => `data/${entry.name}`).sort();
}
