import * as z from 'zod';
import { UserError } from '../errors.ts';
import { isSafePath } from '../files.ts';
import { publishSchema } from '../policy/schema.ts';

/** manifest.json: what lies in the output folder, for whoever publishes or checks it. */

/** Relative, with `/`, and nothing that leaves the folder on any system. */
const safePath = z.string().max(500).refine(isSafePath, { error: 'a relative path that stays inside the folder' });

const file = z.object({
  path: safePath,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().nonnegative(),
  kind: z.enum(['report', 'page', 'comment', 'model', 'external-data']),
  model: z.string().optional(),
  variant: z.string().optional(),
  level: z.int().min(0).max(3).optional(),
  method: z.enum(['fp32', 'dynamic', 'static', 'qat']).optional(),
  target: z.string().optional(),
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'error']).optional(),
});

const manifestSchema = z.object({
  manifestVersion: z.literal(1),
  complete: z.boolean().describe('false while a run replaces the files: nothing in the folder counts.'),
  createdAt: z.iso.datetime(),
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'error']),
  policy: z.object({ path: z.string(), sha256: z.string(), publish: publishSchema.optional() }),
  versions: z.object({ quantGate: z.string(), node: z.string(), onnxruntime: z.string() }),
  files: z.array(file).max(100_000),
});

export type Manifest = z.output<typeof manifestSchema>;
export type ManifestFile = Manifest['files'][number];

/**
 * Checks a manifest that may come from anywhere.
 *
 * @param from names it in messages
 * @throws UserError where it is no manifest, of another version, or of an interrupted run
 */
export function parseManifest(text: string, from = 'manifest.json'): Manifest {
  const manifest = readManifest(text, from);
  if (!manifest.complete) {
    throw new UserError(`${from} says that the run was interrupted while it wrote its files; run the gate again`);
  }
  return manifest;
}

/** The same, also for the manifest of an interrupted run. */
export function readManifest(text: string, from: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${from} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const version = (value as { manifestVersion?: unknown } | null)?.manifestVersion;
  if (typeof version === 'number' && version !== 1) {
    throw new UserError(
      `${from} has version ${version}; this Quant Gate reads version 1: use the release that wrote it`,
    );
  }
  const result = manifestSchema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new UserError(`${from} is not a manifest of Quant Gate: ${issue!.path.join('.') || 'it'}: ${issue!.message}`);
  }
  return result.data;
}
