// Generates src/onnx/generated from src/onnx/onnx.proto (npm run generate:onnx). The output is committed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');
const work = mkdtempSync(join(tmpdir(), 'generate-onnx-'));
try {
  const template = join(work, 'buf.gen.json');
  writeFileSync(
    template,
    JSON.stringify({
      version: 'v2',
      clean: true,
      plugins: [
        {
          local: 'protoc-gen-es',
          out: join(root, 'src', 'onnx', 'generated'),
          // JavaScript plus declarations: TypeScript's enums cannot be stripped by Node.
          opt: ['target=js+dts', 'import_extension=js'],
        },
      ],
    }),
  );
  const { status, error } = spawnSync(
    join(bin, 'buf'),
    ['generate', '--template', template, join(root, 'src', 'onnx', 'onnx.proto')],
    {
      cwd: join(root, 'src', 'onnx'),
      stdio: 'inherit',
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
    },
  );
  if (error) throw error;
  process.exitCode = status ?? 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
