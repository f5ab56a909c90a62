import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { runtimeToken } from './fake-results.ts';

export const root = resolve(import.meta.dirname, '../..');

export interface JobOptions {
  /** The folder that holds action.yml and dist. */
  action: string;
  /** The checkout. */
  workspace: string;
  eventName: string;
  event: object;
  sha: string;
  /** `with:` of the step. */
  inputs?: Record<string, string>;
  env?: Record<string, string>;
  githubUrl: string;
  resultsUrl: string;
}

/** A line that the runner takes as a command: https://docs.github.com/actions/reference/workflow-commands */
export interface Command {
  name: string;
  properties: Record<string, string>;
  message: string;
}

export interface Turn {
  exitCode: number | null;
  /** Standard output and error, as the log shows them. */
  log: string;
  /** Commands that were in force, with `stop-commands` obeyed. */
  commands: Command[];
  outputs: Record<string, string>;
  summary: string;
  seconds: number;
}

/** What a runner does around one step: https://github.com/actions/runner, NodeScriptActionHandler.cs and ActionCommandManager.cs. */
export class Job {
  readonly folder = mkdtempSync(join(tmpdir(), 'quant-gate-job-'));
  readonly #options: JobOptions;
  #state: Record<string, string> = {};

  constructor(options: JobOptions) {
    this.#options = options;
    mkdirSync(join(this.folder, 'temp'));
    mkdirSync(join(this.folder, 'tools'));
    writeFileSync(join(this.folder, 'event.json'), JSON.stringify(options.event));
  }

  main(during?: (pid: number, log: string) => void): Promise<Turn> {
    return this.#turn('main', during);
  }

  post(): Promise<Turn> {
    return this.#turn('post');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #turn(which: 'main' | 'post', during?: (pid: number, log: string) => void): Promise<Turn> {
    const { action, workspace, inputs = {}, env = {} } = this.#options;
    const manifest = parse(readFileSync(join(action, 'action.yml'), 'utf8')) as {
      inputs: Record<string, { default?: string }>;
      runs: { main: string; post?: string };
    };
    const files = Object.fromEntries(
      ['OUTPUT', 'ENV', 'PATH', 'STATE', 'STEP_SUMMARY'].map((name) => [name, join(this.folder, `${which}-${name}`)]),
    );
    for (const path of Object.values(files)) writeFileSync(path, '');
    const values = Object.entries({
      ...Object.fromEntries(Object.entries(manifest.inputs).map(([name, input]) => [name, input.default ?? ''])),
      ...inputs,
    }).map(([name, value]) => [
      `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's
      value === '${{ github.token }}' ? 'job-token' : value,
    ]);
    const started = Date.now();
    const child = spawn(process.execPath, [join(action, manifest.runs[which]!)], {
      cwd: workspace,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Nothing of ours: no proxy, no token, no NODE_OPTIONS.
      env: {
        PATH: process.env['PATH']!,
        HOME: this.folder,
        TMPDIR: join(this.folder, 'temp'),
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        ...Object.fromEntries(Object.entries(files).map(([name, path]) => [`GITHUB_${name}`, path])),
        ...Object.fromEntries(Object.entries(this.#state).map(([name, value]) => [`STATE_${name}`, value])),
        GITHUB_EVENT_NAME: this.#options.eventName,
        GITHUB_EVENT_PATH: join(this.folder, 'event.json'),
        GITHUB_WORKSPACE: workspace,
        GITHUB_REPOSITORY: 'o/r',
        GITHUB_SHA: this.#options.sha,
        GITHUB_RUN_ID: '42',
        GITHUB_API_URL: this.#options.githubUrl,
        GITHUB_SERVER_URL: 'https://github.com',
        ACTIONS_RESULTS_URL: `${this.#options.resultsUrl}/`,
        ACTIONS_RUNTIME_TOKEN: runtimeToken(),
        RUNNER_TEMP: join(this.folder, 'temp'),
        RUNNER_TOOL_CACHE: join(this.folder, 'tools'),
        ...Object.fromEntries(values),
        ...env,
      },
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        during?.(child.pid!, log);
      });
    }
    const exitCode = await new Promise<number | null>((done) => child.once('close', done));
    this.#state = { ...this.#state, ...keyValues(readFileSync(files['STATE']!, 'utf8')) };
    return {
      exitCode,
      log,
      commands: parseCommands(log),
      outputs: keyValues(readFileSync(files['OUTPUT']!, 'utf8')),
      summary: readFileSync(files['STEP_SUMMARY']!, 'utf8'),
      seconds: (Date.now() - started) / 1000,
    };
  }
}

/** `name<<delimiter`, lines, `delimiter`. */
function keyValues(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const match of text.matchAll(/^(.+?)<<(.+)\n([\s\S]*?)\n?^\2$/gm)) values[match[1]!] = match[3]!;
  return values;
}

function parseCommands(log: string): Command[] {
  const commands: Command[] = [];
  let stopped: string | undefined;
  for (const line of log.split(/\r?\n/)) {
    // The older form counts anywhere in a line.
    const match =
      /^\s*::([^\s:]+)(?: ([^:]*(?::[^:]+)*?))?::(.*)$/.exec(line) ?? /##\[([^\s\]]+)(?: ([^\]]*))?\](.*)$/.exec(line);
    if (!match) continue;
    const [, name, properties = '', message] = match;
    if (stopped !== undefined) {
      if (name === stopped) stopped = undefined;
      continue;
    }
    if (name === 'stop-commands') stopped = message;
    commands.push({
      name: name!,
      properties: Object.fromEntries(properties.split(',').flatMap((pair) => (pair ? [pair.split('=', 2)] : []))),
      message: message!.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%'),
    });
  }
  return commands;
}
