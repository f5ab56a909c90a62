import type { SessionSpec } from '../../runtime/contract.ts';
import { defineJob } from '../../runtime/job.ts';
import type { TensorInfo, TensorType } from '../../tensor.ts';

/**
 * Element types and shapes of a model's outputs as ONNX Runtime infers them. With every value as an output this is shape
 * inference with the implementation that will run the model.
 */
export const describeJob = defineJob<{ session: SessionSpec }, TensorInfo[]>(
  'describe',
  async ({ sessions }, { session: spec }) => {
    const session = await sessions.open(spec);
    const infos = session.outputMetadata.flatMap((value): TensorInfo[] =>
      value.isTensor
        ? [
            {
              name: value.name,
              type: value.type as TensorType,
              dims: value.shape.map((dim) => (dim === '' ? undefined : dim)),
            },
          ]
        : [],
    );
    await sessions.release(spec);
    return infos;
  },
);
