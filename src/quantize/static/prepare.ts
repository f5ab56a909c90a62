import { axesOf, constantProto, constantValue } from '../../onnx/constants.ts';
import type { OnnxModel } from '../../onnx/model.ts';
import type { Node } from '../../onnx/node.ts';
import { FactFinder } from '../../onnx/opset/facts.ts';
import { allAxes } from '../../onnx/passes/all-axes.ts';
import { foldAffine } from '../../onnx/passes/fold-affine.ts';
import { foldBatchNorm } from '../../onnx/passes/fold-batch-norm.ts';
import { foldFactorAhead } from '../../onnx/passes/fold-factor-ahead.ts';
import { type Pass, type PassResult, runPasses } from '../../onnx/passes/pass.ts';
import { removeDeadCode } from '../../onnx/passes/remove-dead-code.ts';
import { removeIdentity } from '../../onnx/passes/remove-identity.ts';
import { removeIdleCeil } from '../../onnx/passes/remove-idle-ceil.ts';
import { trimOutputs } from '../../onnx/passes/trim-outputs.ts';
import { upgradeOpset } from '../../onnx/passes/upgrade-opset.ts';
import { DataType } from '../../onnx/proto.ts';
import { reaches } from '../../onnx/reaches.ts';
import { reshaping } from '../../onnx/reshaping.ts';
import type { WorkerProcess } from '../../runtime/worker-process.ts';
import { toCanonicalForm } from '../canonical-form.ts';
import { nodeLabel } from '../contract.ts';
import { shieldDilatedPooling } from './dilated-pooling.ts';
import { preluToLeakyRelu } from './prelu.ts';
import { soleUse } from './units.ts';

/**
 * The float model in the form that quantization works on: same results, names kept. What integer kernels cannot take is
 * rewritten to what they can, before anything is measured.
 */
export async function prepareForQuantization(
  source: OnnxModel,
  worker: WorkerProcess,
  workDir: string,
): Promise<OnnxModel> {
  const model = source.clone();
  nameNodes(model);
  await toCanonicalForm(model, worker, workDir);
  runPasses(model, passes);
  return model;
}

/** The first with per-channel Q/DQ. */
const quantizationOpset = 13;

const passes: readonly Pass[] = [
  (model) => upgradeOpset(model, quantizationOpset),
  trimOutputs,
  allAxes,
  removeIdentity,
  removeIdleCeil,
  shieldDilatedPooling,
  foldBatchNorm,
  divisionToProduct,
  preluToLeakyRelu,
  foldAffine,
  foldBatchNorm,
  foldFactorAhead,
  foldGemmFactors,
  foldPadding,
  meanToPooling,
  removeDeadCode,
];

/** Every node gets the name that reports call it by, and no two share one. */
function nameNodes(model: OnnxModel): void {
  const seen = new Set<string>();
  for (const node of model.graph.allNodes()) {
    const label = nodeLabel(node);
    const name = seen.has(label) ? model.graph.freshName(label) : label;
    seen.add(name);
    if (node.proto.name !== name) {
      node.proto.name = name;
      node.graph.touch();
    }
  }
}

/**
 * Division by a constant is a product with its reciprocal: only products have integer kernels. Sub likewise is an Add. What Erf
 * reads stays, for ONNX Runtime finds Gelu by the division, and what is cut off to whole numbers.
 */
function divisionToProduct(model: OnnxModel): PassResult {
  let modified = false;
  for (const node of model.graph.nodes) {
    if (!node.is('Div', 'Sub') || node.output().consumers.some((reader) => reader.is('Erf'))) continue;
    const constant = constantValue(node.input(1));
    if (!constant || !(constant.data instanceof Float32Array) || constantValue(node.input(0))) continue;
    if (node.is('Div') && isCutOff(node)) continue;
    const data = constant.data.map(node.op === 'Div' ? (x) => 1 / x : (x) => -x);
    if (!data.every(Number.isFinite)) continue;
    const name = `${node.input(1)!.name}_${node.op === 'Div' ? 'reciprocal' : 'negative'}`;
    node.setInput(1, model.graph.addInitializer(name, { ...constant, data }));
    node.op = node.op === 'Div' ? 'Mul' : 'Add';
    modified = true;
  }
  return { model, modified };
}

const floats: readonly number[] = [DataType.FLOAT, DataType.FLOAT16, DataType.BFLOAT16, DataType.DOUBLE];

/**
 * Whether the last digit of what a node gives decides a whole number, as that of an index divided by a width does: 41 times the reciprocal
 * of 41 is less than 1, and its Floor 0.
 */
function isCutOff(node: Node): boolean {
  return reaches(
    node,
    (reader) =>
      reader.is('Floor', 'Ceil', 'Round', 'Mod') || (reader.is('Cast') && !floats.includes(reader.attrInt('to', 0))),
    (reader) => reader.is(...reshaping),
  );
}

/** alpha goes into Gemm's weight and beta into its bias, which gets a number for each column: QGemm knows nothing else. */
function foldGemmFactors(model: OnnxModel): PassResult {
  let modified = false;
  for (const node of model.graph.nodes) {
    if (!node.is('Gemm')) continue;
    modified = foldFactor(node, 'alpha', 1) || modified;
    modified = foldFactor(node, 'beta', 2) || modified;
    modified = spreadBias(node) || modified;
  }
  return { model, modified };
}

function foldFactor(node: Node, name: 'alpha' | 'beta', input: number): boolean {
  const factor = node.attrFloat(name, 1);
  const constant = constantValue(node.input(input));
  if (factor === 1 || !constant || !(constant.data instanceof Float32Array)) return false;
  const old = node.input(input)!;
  const data = constant.data.map((x) => x * factor);
  node.setInput(input, node.graph.addInitializer(`${old.name}_${name}`, { ...constant, data }));
  node.setAttr(name, undefined);
  return true;
}

/** A bias of one number becomes one of a number a column: QGemm (ONNX Runtime 1.30) reads as many, whatever there is. */
function spreadBias(node: Node): boolean {
  const bias = constantValue(node.input(2));
  const columns = constantProto(node.input(1))?.dims.map(Number)[node.attrInt('transB', 0) === 1 ? 0 : 1];
  if (!(bias?.data instanceof Float32Array) || bias.data.length !== 1 || columns === undefined || columns === 1)
    return false;
  const data = new Float32Array(columns).fill(bias.data[0]!);
  node.setInput(2, node.graph.addInitializer(node.input(2)!.name, { type: 'float32', dims: [columns], data }));
  return true;
}

/** Zeros padded around the space of an image, read by one Conv, are that Conv's own pads. */
function foldPadding(model: OnnxModel): PassResult {
  let modified = false;
  for (const node of model.graph.nodes) {
    if (!node.is('Pad') || node.attrString('mode', 'constant') !== 'constant') continue;
    const use = soleUse(node.output());
    const pads = constantValue(node.input(1));
    if (!use?.node.is('Conv') || use.index !== 0 || !pads || node.input(3)) continue;
    if (node.input(2) && Number(constantValue(node.input(2))?.data[0] ?? NaN) !== 0) continue;
    const conv = use.node;
    if (conv.attrString('auto_pad', 'NOTSET') !== 'NOTSET') continue;
    const amounts = Array.from(pads.data as BigInt64Array, Number);
    const rank = amounts.length / 2;
    if (amounts.some((amount, i) => amount < 0 || (i % rank < 2 && amount !== 0))) continue;
    const before = conv.attrInts('pads', new Array(2 * (rank - 2)).fill(0));
    const added = [...amounts.slice(2, rank), ...amounts.slice(rank + 2)];
    conv.setAttr('pads', { ints: before.map((amount, i) => amount + (added[i] as number)) });
    conv.setInput(0, node.input(0));
    model.graph.removeNode(node);
    modified = true;
  }
  return { model, modified };
}

/** A mean over the whole space of an image is GlobalAveragePool, which has an integer kernel; ReduceMean has none. */
function meanToPooling(model: OnnxModel): PassResult {
  const { graph } = model;
  const nodes = graph.nodes.filter((node) => node.is('ReduceMean'));
  if (nodes.length === 0) return { model, modified: false };
  const facts = new FactFinder(graph);
  let modified = false;
  for (const node of nodes) {
    const axes = axesOf(node) ?? [];
    const dims = node.input(0)?.staticInfo.dims ?? convolutionDims(node);
    if (dims?.length !== 4) continue;
    // GlobalAveragePool takes float32 alone, ReduceMean integers and double too.
    if ((facts.of(node.output()).elementType ?? DataType.FLOAT) !== DataType.FLOAT) continue;
    const spatial = axes.map((axis) => (axis < 0 ? axis + 4 : axis)).sort();
    if (spatial.length !== 2 || spatial[0] !== 2 || spatial[1] !== 3) continue;
    const pooled = graph.addNode({ op: 'GlobalAveragePool', name: node.name, inputs: [node.input(0)] });
    let result = pooled.output();
    if (node.attrInt('keepdims', 1) === 0) {
      // Flatten would do for a batch; a Reshape with a 0 keeps rank 2 whatever the batch.
      const shape = graph.addInitializer(`${node.name}_shape`, {
        type: 'int64',
        dims: [2],
        data: BigInt64Array.of(0n, -1n),
      });
      result = graph.addNode({ op: 'Reshape', name: `${node.name}_squeeze`, inputs: [result, shape] }).output();
    }
    graph.replaceAll(node.output(), result);
    graph.removeNode(node);
    pooled.proto.name = node.name;
    modified = true;
  }
  return { model, modified };
}

/** The rank behind a convolution is that of its weight. */
function convolutionDims(node: Node): readonly unknown[] | undefined {
  let producer = node.input(0)?.producer;
  while (producer?.is('Relu', 'Clip', 'LeakyRelu', 'Sigmoid', 'HardSwish', 'Mul', 'Add'))
    producer = producer.input(0)?.producer;
  return producer?.is('Conv') ? constantValue(producer.input(1))?.dims : undefined;
}
