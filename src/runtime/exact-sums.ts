import { loadModel, saveScratch } from '../onnx/model.ts';
import { unshareIntegers } from '../onnx/passes/unshare-integers.ts';
import type { SessionSpec } from './contract.ts';

/**
 * The session of a quantized file with the sums of a CPU that does not saturate; of a copy beside the file where ONNX
 * Runtime could not open the file itself that way (see unshareIntegers).
 */
export async function withExactSums(spec: SessionSpec): Promise<SessionSpec> {
  const exact: SessionSpec = { ...spec, exactInt8: true };
  const model = await loadModel(spec.model);
  if (!unshareIntegers(model).modified) return exact;
  const path = spec.model.replace(/(\.onnx)?$/, '.unshared.onnx');
  await saveScratch(model, path);
  return { ...exact, model: path };
}
