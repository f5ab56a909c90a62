import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface Registry {
  /** Without a slash at the end. */
  url: string;
  /** Says where it was set. */
  source: string;
  /** Only ever sent to `url`. */
  token?: string;
}

const defaultRegistry = 'https://registry.npmjs.org';

/**
 * The npm registry as the operator set it: `npm_config_registry`, else the user's .npmrc (`NPM_CONFIG_USERCONFIG`, as
 * actions/setup-node writes it, or ~/.npmrc), else npm's own. The checkout's .npmrc is not read: a pull request must not
 * choose where the runner's token goes.
 */
export async function findRegistry(env: NodeJS.ProcessEnv = process.env): Promise<Registry> {
  const file = env['NPM_CONFIG_USERCONFIG'] ?? env['npm_config_userconfig'] ?? join(homedir(), '.npmrc');
  const settings = await readNpmrc(file, env);
  const set = env['npm_config_registry'] ?? env['NPM_CONFIG_REGISTRY'];
  const [url, source] = set
    ? [set, 'npm_config_registry']
    : settings.has('registry')
      ? [settings.get('registry')!, file]
      : [defaultRegistry, 'default'];
  const trimmed = url.replace(/\/+$/, '');
  const token = settings.get(`${trimmed.replace(/^https?:/, '')}/:_authToken`);
  return { url: trimmed, source, ...(token && { token }) };
}

/** `key = value` lines; `${NAME}` is the environment's. */
async function readNpmrc(file: string, env: NodeJS.ProcessEnv): Promise<Map<string, string>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return new Map();
    throw error;
  }
  return new Map(
    [...text.matchAll(/^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/gm)].map(([, key, value]) => [
      key!,
      value!.replace(/^"(.*)"$/, '$1').replace(/\$\{(\w+)\}/g, (whole, name: string) => env[name] ?? whole),
    ]),
  );
}
