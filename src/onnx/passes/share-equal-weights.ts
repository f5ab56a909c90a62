import { groupBy } from '../../groups.ts';
import type { OnnxModel } from '../model.ts';
import { DataType, type TensorProto } from '../proto.ts';
import { elementCount, tensorBytes, tensorSource } from '../tensor.ts';
import type { Value } from '../value.ts';
import type { PassResult } from './pass.ts';

/** Smaller constants cost little twice, and may be equal by chance. */
const leastBytes = 1024;
/** By so many bytes different weights are told from each other, without reading all of them. */
const prefix = 256;

/**
 * Keeps a weight that the model's own graph holds several times once: PyTorch's newer exporter writes what layers share (as ALBERT's
 * do) for each of them, transposed. Vectors stay each its own, for biases and normalizations are often equal before training.
 */
export function shareEqualWeights(model: OnnxModel): PassResult {
  const { graph } = model;
  const weights = graph.initializers.filter((value) => !value.isGraphOutput && isLarge(value.initializer!));
  let modified = false;
  for (const alike of groupBy(weights, ({ initializer }) => formOf(initializer!)).values()) {
    if (alike.length === 1) continue;
    for (const equal of groupBy(alike, ({ initializer }) => beginningOf(initializer!)).values()) {
      const different: Value[] = [];
      for (const value of equal) {
        const known = different.find((other) => isSame(other.initializer!, value.initializer!));
        if (!known) {
          different.push(value);
          continue;
        }
        graph.replaceAll(value, known);
        graph.removeInitializer(value);
        modified = true;
      }
    }
  }
  return { model, modified };
}

/** Whether it is a matrix or more, of floats. */
function isLarge(proto: TensorProto): boolean {
  return proto.dims.length > 1 && proto.dataType === DataType.FLOAT && 4 * elementCount(proto) >= leastBytes;
}

const formOf = ({ dims }: TensorProto): string => dims.join();

function beginningOf(proto: TensorProto): string {
  const bytes = tensorSource(proto)?.read(0, prefix) ?? tensorBytes(proto).subarray(0, prefix);
  return Buffer.from(bytes).toString('base64');
}

function isSame(a: TensorProto, b: TensorProto): boolean {
  return Buffer.compare(tensorBytes(a), tensorBytes(b)) === 0;
}
