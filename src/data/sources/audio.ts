import { open } from 'node:fs/promises';
import { UserError } from '../../errors.ts';
import { type AudioPlan, checkWav, readWavHeader, type WavHeader } from '../audio.ts';
import { locate, type OpenedSource, type OpenOptions, type SourceOf, type SourcePath, selectRows } from '../context.ts';
import type { Sample } from '../dataset.ts';
import { decodeAll } from '../decode-pool.ts';
import { singleInput } from '../fit.ts';
import { inputText } from '../shape.ts';
import { forEachParallel, labelledFiles } from './files.ts';

/** Opens a folder of .wav files; every header is read. @throws UserError naming the file that does not fit */
export async function openAudio(source: SourceOf<'audio'>, options: OpenOptions): Promise<OpenedSource> {
  const input = singleInput(options.inputs, 'Audio files');
  if (input.dims.length < 1 || input.dims.length > 3 || !input.type.startsWith('float')) {
    throw new UserError(
      `the model's input ${inputText(input)} is not sound, float [batch, samples]; use \`arrays\` for features.`,
    );
  }
  const found = await labelledFiles(options, {
    folder: await locate(options, 'audio', source.audio, 'folder'),
    extensions: new Set(['.wav']),
    what: 'audio files',
    labels: source.labels,
    labelColumn: source['label-column'],
    classes: source.classes,
  });
  const { from, to } = selectRows(source, found.files.length, source.audio);
  const files = found.files.slice(from, to);
  const labels = found.labels?.slice(from, to);
  const headers: WavHeader[] = new Array(files.length);
  await forEachParallel(files, async (file, index) => {
    headers[index] = await readHeader(file);
  });
  const plan: AudioPlan = {
    input: input.name,
    type: input.type,
    dims: input.dims,
    sampleRate: source['sample-rate'] ?? headers[0]!.sampleRate,
    ...(source.length !== undefined && { length: source.length }),
  };
  for (const [index, header] of headers.entries()) checkWav(header, plan, files[index]!.name);
  return {
    description: `${source.audio} (${files.length} clips)`,
    size: files.length,
    files: [...files, ...found.labelFiles],
    ...(labels && { labels }),
    ...(found.labels && { allLabels: found.labels }),
    ...(found.classes && { classes: found.classes }),
    async *samples(): AsyncGenerator<Sample> {
      let index = 0;
      for await (const { tensor } of decodeAll({ kind: 'audio', plan }, files, options)) {
        const label = labels?.[index];
        yield { id: files[index]!.name, inputs: { [plan.input]: tensor }, ...(label && { label }) };
        index++;
      }
    },
  };
}

/** The header is in the first kilobytes, unless long notes come before the sound. */
async function readHeader({ path, name }: SourcePath): Promise<WavHeader> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    for (const length of [4096, size]) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size, length)), 0, Math.min(size, length), 0);
      try {
        return readWavHeader(buffer.subarray(0, bytesRead), name, size);
      } catch (error) {
        if (!(error instanceof UserError) || length >= size) throw error;
      }
    }
    throw new Error('not reached: the second reading is whole');
  } finally {
    await file.close();
  }
}
