/**
 * Environment variables that a command of the policy has no business with, by their names. The command comes from the
 * pull request, what it prints gets into messages, and what it starts can do more than print.
 */

/** The runner's own: the files that the steps after this one read, its services' tokens, our inputs. */
const runner = /^(ACTIONS_|INPUT_|STATE_)|^GITHUB_(OUTPUT|ENV|PATH|STATE|STEP_SUMMARY|TOKEN|ARTIFACTS)$/i;
/** How people name what is secret. GIT_AUTHOR_NAME is not. */
const secret = /KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|AUTH(?!OR(_|$))|_PAT$/i;

export function isOfRunner(name: string): boolean {
  return runner.test(name);
}

/** The environment in two: what a command of the policy finds, and what it does not. */
export function partEnvironment(env: NodeJS.ProcessEnv): { open: NodeJS.ProcessEnv; closed: string[] } {
  const open: NodeJS.ProcessEnv = {};
  const closed: string[] = [];
  for (const [name, value = ''] of Object.entries(env)) {
    if (isOfRunner(name) || secret.test(name)) closed.push(value);
    else open[name] = value;
  }
  return { open, closed };
}

/** The text with every one of these values as `***`; a short value would be found in any text. */
export function redact(text: string, values: readonly string[]): string {
  return values
    .flatMap((value) => [value, ...value.split('\n')])
    .map((value) => value.trim())
    .filter((value) => value.length > 5)
    .sort((one, other) => other.length - one.length)
    .reduce((rest, value) => rest.replaceAll(value, '***'), text);
}
