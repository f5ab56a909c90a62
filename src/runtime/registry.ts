import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../errors.ts';

export interface Registry {
  /** Without a slash at the end, and without the user and password that were set in it: it gets into messages. */
  url: string;
  /** Says where it was set. */
  source: string;
  /** Only ever sent to `url`. */
  token?: string;
  /** The same: `user:password` of the address, as Basic authentication wants it. */
  basic?: string;
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
  const { url: trimmed, basic } = partAddress(url, source);
  const token = settings.get(`${trimmed.replace(/^https?:/, '')}/:_authToken`);
  return { url: trimmed, source, ...(basic ? { basic } : token && { token }) };
}

/** @throws UserError without the address, which may hold a password */
function partAddress(address: string, source: string): { url: string; basic?: string } {
  const parsed = URL.parse(address);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new UserError(`the registry that ${source} sets is no address such as https://npm.example.com/`);
  }
  const { username, password } = parsed;
  if (!username && !password) return { url: address.replace(/\/+$/, '') };
  parsed.username = '';
  parsed.password = '';
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url: parsed.href.replace(/\/+$/, ''), basic: Buffer.from(user).toString('base64') };
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
