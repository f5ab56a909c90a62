import { readFile } from 'node:fs/promises';

/**
 * The line by which onnxruntime-node finds its native library. In the bundle the library is not beside the code: the
 * parent process located or downloaded it, and names it in the child's environment (src/runtime/load.ts).
 */
const bindingRequire =
  /require\(`\.\.\/bin\/napi-v6\/\$\{process\.platform\}\/\$\{process\.arch\}\/onnxruntime_binding\.node`\)/g;

/**
 * esbuild plugin: bundles onnxruntime-node without its native files. The build fails if onnxruntime-node no longer
 * looks as expected, so that an update cannot ship a bundle that finds no library.
 * @returns {import('esbuild').Plugin}
 */
export function onnxruntimePlugin() {
  return {
    name: 'onnxruntime-node',
    setup(build) {
      build.onLoad({ filter: /[\\/]onnxruntime-node[\\/]dist[\\/]binding\.js$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        const found = source.match(bindingRequire)?.length ?? 0;
        if (found !== 1) throw new Error(`${path}: expected one require of the native binding, found ${found}`);
        return {
          contents: source.replace(bindingRequire, 'require(process.env.QUANT_GATE_ORT_BINDING)'),
          loader: 'js',
        };
      });
    },
  };
}
