import { join } from 'node:path';
import { type OnnxModel, saveModel } from '../onnx/model.ts';
import type { SessionSpec } from '../runtime/contract.ts';
import type { ProfileFeeds } from '../runtime/profile-job.ts';
import type { WorkerProcess } from '../runtime/worker-process.ts';
import { hostTargetName } from '../targets/index.ts';
import type { DynamicRequest } from './dynamic.ts';
import type { GroupPlan } from './dynamic-plan.ts';

export async function slowerThanFloat(
  _worker: WorkerProcess,
  _request: DynamicRequest,
  _built: { model: OnnxModel; plan: readonly GroupPlan[] },
  _feeds: ProfileFeeds,
): Promise<Map<string, string>> {
  return new Map();
}
