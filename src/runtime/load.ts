import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export type Ort = typeof import('onnxruntime-node');

/**
 * The child's environment variable with the absolute path of onnxruntime_binding.node. In the bundle,
 * scripts/onnxruntime-plugin.mjs makes onnxruntime-node read the binding from there.
 */
export const bindingVariable = 'QUANT_GATE_ORT_BINDING';

/** Loads onnxruntime-node with the binding that `bindingVariable` names. Call it in a child process only. */
export async function loadOrt(): Promise<Ort> {
  const binding = process.env[bindingVariable];
  if (!binding) throw new Error(`${bindingVariable} is not set`);
  if (import.meta.url.endsWith('.ts')) useBinding(binding);
  // CommonJS: in a split bundle only `default` holds its exports.
  return (await import('onnxruntime-node')).default;
}

/** From source, the package asks for the binding beside itself: answer that request with the one that was located. */
function useBinding(binding: string): void {
  const require = createRequire(import.meta.url);
  const own = join(
    dirname(require.resolve('onnxruntime-node')),
    `../bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`,
  );
  if (own === binding) return;
  require(binding);
  require.cache[own] = require.cache[binding];
}
