import { modelBytes } from '../onnx/load.ts';
import type { SizeMeasurement } from './contract.ts';

/** @param fp32 path of the FP32 model  @param variant path of the variant; the external data of both counts too */
export async function measureSize(fp32: string, variant: string): Promise<SizeMeasurement> {
  const bytes = await modelBytes(variant);
  return { bytes, ratio: bytes / (await modelBytes(fp32)) };
}
