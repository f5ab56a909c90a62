import { UserError } from '../errors.ts';

/** A Git LFS pointer begins with this; it is a text of three lines where the file should be. */
export const lfsPrefix = 'version https://git-lfs.github.com/spec/';

/**
 * @param bytes with which a file begins
 * @param wanted what should stand there: `an image`; undefined where that is clear
 * @throws UserError where a Git LFS pointer stands there instead
 */
export function refuseLfsPointer(bytes: Uint8Array, name: string, wanted?: string): void {
  if (new TextDecoder('latin1').decode(bytes.subarray(0, lfsPrefix.length)) !== lfsPrefix) return;
  throw new UserError(
    `${name} is a Git LFS pointer${wanted === undefined ? '' : `, not ${wanted}`}: the file itself was not fetched. ` +
      `Check out with \`lfs: true\`${wanted === undefined ? '' : ' (actions/checkout)'}, or run \`git lfs pull\`.`,
  );
}
