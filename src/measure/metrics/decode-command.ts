import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { Label } from '../../data/dataset.ts';
import { UserError } from '../../errors.ts';
import { withTemporaryFolder } from '../../files.ts';
import { detectionOutputs } from './decode.ts';
import { type CommandRunner, exchangeFiles, writeOutputs, writeSamples } from './exchange.ts';
import type { Outputs } from './metric.ts';

/** Outputs that one call of the command gets: enough that its start-up does not count, bounded in memory. */
const chunkBytes = 256 * 2 ** 20;

const detectionRow = z.tuple([z.int().min(0), z.number(), z.number(), z.number(), z.number(), z.number()]);
const detectionLists = z.array(z.array(detectionRow));

/**
 * Decodes raw detection heads with a command of the policy, some hundred samples a call; each call stands alone.
 *
 * - QUANT_GATE_OUTPUTS: a .npz, see `writeOutputs`;
 * - QUANT_GATE_SAMPLES: JSON, `[{ "id", "width", "height" }]`, the size of the original images;
 * - QUANT_GATE_OUTPUT: where the command writes JSON, for each sample the list of its detections
 *   `[class, score, x0, y0, x1, y1]` in pixels of the original image.
 *
 * @throws UserError where what it wrote is something else
 */
export async function* decodeByCommand(
  command: string,
  run: CommandRunner,
  outputs: AsyncIterable<Outputs>,
  samples: readonly { id: string; label?: Label }[],
): AsyncGenerator<Outputs> {
  let chunk: Outputs[] = [];
  let bytes = 0;
  let done = 0;
  const flush = async () => {
    const decoded = await decodeChunk(command, run, chunk, samples.slice(done, done + chunk.length));
    done += chunk.length;
    chunk = [];
    bytes = 0;
    return decoded;
  };
  for await (const sample of outputs) {
    chunk.push(sample);
    for (const { data } of Object.values(sample)) bytes += 'byteLength' in data ? data.byteLength : 0;
    if (bytes >= chunkBytes) yield* await flush();
  }
  if (chunk.length > 0) yield* await flush();
}

function decodeChunk(
  command: string,
  run: CommandRunner,
  outputs: readonly Outputs[],
  samples: readonly { id: string; label?: Label }[],
): Promise<Outputs[]> {
  return withTemporaryFolder(async (folder) => {
    const { QUANT_GATE_LABELS: _, ...env } = exchangeFiles(folder);
    await writeOutputs(env.QUANT_GATE_OUTPUTS, outputs);
    await writeSamples(env.QUANT_GATE_SAMPLES, samples);
    await run(command, { what: 'decoder', env });
    const lists = await readDetections(env.QUANT_GATE_OUTPUT);
    if (lists.length !== samples.length) {
      throw new UserError(
        `decoder: the command wrote detections of ${lists.length} samples, it was given ${samples.length}`,
      );
    }
    return lists.map((rows) => detectionOutputs(Float64Array.from(rows.flat())));
  });
}

async function readDetections(path: string): Promise<z.output<typeof detectionLists>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UserError('decoder: the command wrote no file to the path in QUANT_GATE_OUTPUT', { cause });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`decoder: the command wrote no JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = detectionLists.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path: place, message } = parsed.error.issues[0]!;
  throw new UserError(
    `decoder: expected for each sample a list of [class, score, x0, y0, x1, y1]; at [${place.join('][')}]: ${message}`,
  );
}
