import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeOutput } from '../../src/bundle/write-output.ts';
import type { Report } from '../../src/report/schema.ts';
import type { Scene } from './fixture.ts';

/** What a job of a matrix hands over: an output folder with one variant. */
export async function outputFolder(scene: Scene, report: Report, name: string): Promise<string> {
  const folder = join(scene.folder, name);
  const made = join(scene.folder, `${name}-made`);
  mkdirSync(made);
  const variants = report.models.flatMap((model) =>
    [model.fp32, ...model.variants].map(({ id }) => {
      const path = join(made, `${id}.onnx`);
      writeFileSync(path, `${model.name} ${id}`);
      return { model: model.name, id, path };
    }),
  );
  await writeOutput(folder, { report, variants, version: '1.2.3' });
  return folder;
}

/** The same as the files of its artifact. */
export async function zippedOutput(scene: Scene, report: Report, name: string): Promise<Record<string, Uint8Array>> {
  const folder = await outputFolder(scene, report, name);
  const { files } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { files: { path: string }[] };
  const paths = ['manifest.json', ...files.map(({ path }) => path)];
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path))]));
}
