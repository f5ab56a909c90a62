import { open, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { LineCounter, parseDocument, visit, type YAMLError } from 'yaml';
import { pathProblem, type SourcePosition, UserError } from '../errors.ts';
import { checkIsFile, readFlags, sha256 } from '../files.ts';
import { explain, noMessage, type Problem } from './explain.ts';
import { type PolicyPath, Positions } from './positions.ts';
import { type ModelPolicy, type Policy, policySchema } from './schema.ts';
import { semanticProblems } from './semantics.ts';
import { keysWithoutEffect } from './without-effect.ts';

export interface LoadedPolicy {
  policy: Policy;
  /** Models of `policy` that another policy adds: files that one of the others matches too are not gated twice. */
  added?: readonly ModelPolicy[];
  /** As the user wrote it; messages name it. */
  path: string;
  /** The policy's folder, absolute and without symlinks: its paths are relative to it. */
  folder: string;
  /** The Git repository that holds the policy, or the folder: no path leaves it. */
  root: string;
  sha256: string;
  text: string;
  positions: Positions;
}

/**
 * Reads and checks a policy.
 *
 * @throws UserError with everything that is wrong, a line each: `file:line:column: what, and what would be right`
 */
export async function loadPolicy(path: string): Promise<LoadedPolicy> {
  const text = await readPolicy(path);
  const folder = await realpath(dirname(resolve(path)));
  return parsePolicy(text, { path, folder, root: await repositoryRoot(folder) });
}

/**
 * The same for a text that is not in a file, such as the policy of the base branch.
 *
 * @param unread whether keys that nothing would read are refused
 * @throws UserError
 */
export function parsePolicy(
  text: string,
  place: Pick<LoadedPolicy, 'path' | 'folder' | 'root'>,
  unread: 'refused' | 'ignored' = 'refused',
): LoadedPolicy {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true, logLevel: 'error' });
  const positions = new Positions(place.path, document, lines);

  const syntax = [...document.errors, ...document.warnings].map((error) => ({
    position: positions.offset(error.pos[0]),
    message: yamlMessage(error),
  }));
  // A duplicate key still leaves something to check; after any other mistake the rest is guesswork.
  if (document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) throw joined(syntax);
  if (document.contents === null) {
    throw new UserError('the policy is empty; `quant-gate init MODEL.onnx` writes one', {
      position: { file: place.path, line: 1, column: 1 },
    });
  }
  checkAliases(document, positions);
  const data = toData(document, place.path);
  const result = policySchema.safeParse(data, { error: () => noMessage });
  const structure = result.error ? explain(result.error.issues, data) : [];
  // What several places share need not have an effect in each.
  const unreadKeys = keysWithoutEffect(data).filter(({ path }) => positions.isUnshared(path));
  const semantic = [...semanticProblems(data), ...(unread === 'refused' ? unreadKeys : [])];
  const located = (problem: Problem) => ({
    position: problem.atKey ? positions.key(problem.path) : positions.value(problem.path),
    message: problem.message,
  });
  const problems = [...inOrder(syntax), ...inOrder(structure.map(located)), ...inOrder(semantic.map(located))];
  if (problems.length > 0 || !result.success) throw joined(problems);
  return { ...place, policy: result.data, sha256: sha256(text), text, positions };
}

/** Where the value at `path` stands in the policy's file. */
export function positionOf(loaded: LoadedPolicy, path: PolicyPath): SourcePosition {
  return loaded.positions.value(path);
}

/** Bytes that a policy has at most; hundreds of models take a tenth of it. */
const mostBytes = 2 ** 20;

async function readPolicy(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readBytes(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new UserError(`there is no policy ${path}; \`quant-gate init MODEL.onnx\` writes one`, { cause: error });
    }
    if (code === 'EISDIR') {
      throw new UserError(`${path} is a folder; name the policy in it, such as ${join(path, 'quant.yml')}`);
    }
    throw new UserError(`the policy ${path} cannot be read: ${pathProblem(error) ?? (error as Error).message}`, {
      cause: error,
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`the policy ${basename(path)} is not UTF-8 text; save it as UTF-8`, {
      position: { file: path },
    });
  }
}

async function readBytes(path: string): Promise<Buffer> {
  const file = await open(path, readFlags);
  try {
    const info = await file.stat();
    checkIsFile(info, path);
    if (info.size > mostBytes) {
      const [size, most] = [info.size, mostBytes].map((bytes) => bytes.toLocaleString('en-US'));
      throw new UserError(`the policy ${path} has ${size} bytes; a policy has at most ${most}`);
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** The nearest folder upward that holds `.git` (a file in worktrees and submodules), or `folder` itself. */
export async function repositoryRoot(folder: string): Promise<string> {
  for (let current = folder; ; current = dirname(current)) {
    const found = await stat(join(current, '.git')).then(
      () => true,
      () => false,
    );
    if (found) return current;
    if (dirname(current) === current) return folder;
  }
}

/** @throws UserError for an alias that nothing stands for, or that stands for what it is in */
function checkAliases(document: ReturnType<typeof parseDocument>, positions: Positions): void {
  visit(document, {
    Alias(_key, alias, path) {
      const target = alias.resolve(document);
      if (target && !path.includes(target)) return;
      const why = target ? 'stands within what it refers to' : 'refers to an anchor that does not stand before it';
      throw new UserError(`the alias "*${alias.source}" ${why}`, { position: positions.offset(alias.range?.[0] ?? 0) });
    },
  });
}

function toData(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    // Aliases that multiply without bound.
    throw new UserError(`${(error as Error).message}`, { position: { file }, cause: error });
  }
}

function yamlMessage(error: Pick<YAMLError, 'code' | 'message'>): string {
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return 'this key stands twice in the same map; keep one';
    case 'TAB_AS_INDENT':
      return 'a tab indents this line; YAML allows only spaces';
    case 'MULTIPLE_DOCS':
      return 'a second YAML document begins here; a policy is one document';
    default:
      return `not valid YAML: ${error.message}`;
  }
}

interface Located {
  position: SourcePosition;
  message: string;
}

function inOrder(problems: readonly Located[]): Located[] {
  return problems.toSorted(
    (one, other) =>
      (one.position.line ?? 0) - (other.position.line ?? 0) ||
      (one.position.column ?? 0) - (other.position.column ?? 0),
  );
}

/** One error for all that is wrong; the first gives it its position. */
function joined(problems: readonly Located[]): UserError {
  const [first, ...others] = problems as [Located, ...Located[]];
  const rest = others.map(({ position, message }) => new UserError(message, { position }).message);
  return new UserError([first.message, ...new Set(rest)].join('\n'), { position: first.position });
}
