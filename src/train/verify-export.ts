import { shapeText } from '../data/shape.ts';
import { UserError } from '../errors.ts';
import { isIntegerKernel } from '../onnx/integer-operators.ts';
import type { OnnxModel } from '../onnx/model.ts';
import type { Node } from '../onnx/node.ts';
import { constantsToInitializers } from '../onnx/passes/constants-to-initializers.ts';
import { dequantizeLate } from '../onnx/passes/dequantize-late.ts';
import { foldQuantizedConstants } from '../onnx/passes/fold-quantized-constants.ts';
import { ownQuantizers } from '../onnx/passes/own-quantizers.ts';
import { runPasses } from '../onnx/passes/pass.ts';
import { removeDeadCode } from '../onnx/passes/remove-dead-code.ts';
import { removeIdentity } from '../onnx/passes/remove-identity.ts';
import { removeIdleClips } from '../onnx/passes/remove-idle-clips.ts';
import { removeReducedRange } from '../onnx/passes/remove-reduced-range.ts';
import { removeTraces } from '../onnx/passes/remove-traces.ts';
import { scalarScales } from '../onnx/passes/scalar-scales.ts';
import { upgradeOpset } from '../onnx/passes/upgrade-opset.ts';
import { DataType } from '../onnx/proto.ts';
import { reshaping } from '../onnx/reshaping.ts';
import type { Value } from '../onnx/value.ts';
import { type NodeDecision, nodeLabel } from '../quantize/contract.ts';
import type { TensorInfo } from '../tensor.ts';

/** A model that was trained elsewhere, in the form that integer kernels take, and what of it is quantized. */
export interface VerifiedExport {
  model: OnnxModel;
  /** Of the FP32 model's weighted nodes: those that are found again by name. */
  nodes: NodeDecision[];
  notes: string[];
}

const weighted = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'LSTM', 'GRU'];

/**
 * Checks a quantization-aware export against the FP32 model: the same inputs and outputs, and weights that really are
 * quantized. What PyTorch writes is brought into the form that integer kernels take. Whether it loads and how accurate it
 * is is measured like for any other variant.
 *
 * @param what names it in messages: `model: qat.onnx`
 * @throws UserError saying what does not match, and the cure
 */
export function verifyQatExport(fp32: OnnxModel, candidate: OnnxModel, what: string): VerifiedExport {
  compare(what, 'input', fp32.graph.infos('inputs'), candidate.graph.infos('inputs'));
  compare(what, 'output', fp32.graph.infos('outputs'), candidate.graph.infos('outputs'));
  const model = candidate.clone();
  runPasses(model, [
    removeTraces,
    constantsToInitializers,
    // ONNX Runtime quantizes float biases by a Round, which came with it.
    (model) => upgradeOpset(model, 11),
    ownQuantizers,
    removeIdentity,
    scalarScales,
    removeReducedRange,
    removeIdleClips,
    foldQuantizedConstants,
    dequantizeLate,
    removeDeadCode,
  ]);
  const heads = [...model.graph.allNodes()].filter((node) => node.is(...weighted) || isIntegerKernel(node.op));
  const quantized = heads.filter(readsIntegers);
  if (quantized.length === 0) {
    refuseForeign(what, model);
    const pairs = [...model.graph.allNodes()].filter((node) => node.is('QuantizeLinear', 'DequantizeLinear')).length;
    throw new UserError(
      pairs === 0
        ? `${what} has no QuantizeLinear or DequantizeLinear and no integer operator: it is a float model. Export the ` +
            'model with its fake-quant modules (PyTorch: torch.onnx.export(..., dynamo=False, opset_version=17))'
        : `${what} has QuantizeLinear or DequantizeLinear but no weight that goes through them: quantize the weights too`,
    );
  }
  // ONNX Runtime's tool calls a node in integers what it was, and `_quant`.
  const byName = new Map(heads.map((node) => [nodeLabel(node).replace(/_quant$/, ''), node]));
  const nodes = [...fp32.graph.allNodes()].flatMap((node): NodeDecision[] => {
    const found = node.is(...weighted) ? byName.get(nodeLabel(node)) : undefined;
    if (!found) return [];
    const isQuantized = readsIntegers(found);
    const why = isQuantized ? 'quantized by its own training' : 'float in the trained export';
    return [{ node: nodeLabel(node), op: node.op, quantized: isQuantized, why }];
  });
  const float = heads.length - quantized.length;
  const notes = [
    `${quantized.length} weighted operators of the export are quantized${float > 0 ? `, ${float} are float` : ''}.`,
  ];
  return { model, nodes, notes };
}

/** Domains of which ONNX Runtime has operators. */
const ownDomain = /^(|ai\.onnx(\..*)?|com\.microsoft(\..*)?)$/;

/** Tools have fake-quantization of their own, as Brevitas has Quant, which stands for no format that ONNX Runtime knows. */
function refuseForeign(what: string, model: OnnxModel): void {
  const functions = new Set(model.functions.map(({ domain, name }) => `${domain}/${name}`));
  const foreign = [...model.graph.allNodes()].find(
    ({ domain, op }) => !ownDomain.test(domain) && !functions.has(`${domain}/${op}`),
  );
  if (!foreign) return;
  throw new UserError(
    `${what} has ${foreign.op} of ${foreign.domain}, an operator that ONNX Runtime has not: export it with QuantizeLinear ` +
      'and DequantizeLinear (Brevitas: export_onnx_qcdq)',
  );
}

/** What a weight goes through between its integers and what reads it. Tools cut off what is rounded to fewer bits, or to as many on both sides of 0. */
const passed = [...reshaping, 'DequantizeLinear', 'Cast', 'Clip', 'Mul', 'Sub'];

/** Whether a node's weight comes from integers, or from floats of 8 bits or fewer. */
function readsIntegers(node: Node): boolean {
  if (isIntegerKernel(node.op)) return true;
  // Of a product, the weight may be on either side.
  return node.inputs.some((value) => value !== undefined && fromIntegers(value));
}

function fromIntegers(value: Value): boolean {
  let dequantized = false;
  for (let current: Value | undefined = value; current; ) {
    const type = current.initializer?.dataType;
    if (type !== undefined) {
      if (type === DataType.FLOAT) return false;
      return dequantized || ([DataType.INT8, DataType.UINT8, DataType.INT4, DataType.UINT4] as number[]).includes(type);
    }
    const node: Node | undefined = current.producer;
    // Of a weight that is not stored in the type that it is rounded to.
    if (node?.is('QuantizeLinear')) return dequantized && node.input(0)?.initializer !== undefined;
    dequantized ||= node?.is('DequantizeLinear') === true;
    if (!node?.is(...passed)) return false;
    current = node.input(0);
  }
  return false;
}

function compare(what: string, kind: string, wanted: readonly TensorInfo[], got: readonly TensorInfo[]): void {
  const list = (infos: readonly TensorInfo[]) => infos.map(({ name }) => name).join(', ');
  for (const { name, type, dims } of wanted) {
    const other = got.find((info) => info.name === name);
    if (!other) {
      throw new UserError(
        `${what} has no ${kind} "${name}"; its ${kind}s are ${list(got)}. Give it the names of the FP32 model ` +
          '(PyTorch: input_names, output_names)',
      );
    }
    const differs = dims.some((dim, axis) => {
      const theirs = other.dims[axis];
      return typeof dim === 'number' && typeof theirs === 'number' && dim !== theirs;
    });
    // A dimension that was free and is fixed now takes fewer inputs than FP32 does.
    const fixed =
      kind === 'input' && dims.some((dim, axis) => typeof dim !== 'number' && typeof other.dims[axis] === 'number');
    const known = dims.length > 0 && other.dims.length > 0;
    if (other.type !== type || (known && (dims.length !== other.dims.length || differs || fixed))) {
      throw new UserError(
        `${what}: ${kind} "${name}" is ${other.type} ${shapeText(other.dims)}; in the FP32 model it is ${type} ${shapeText(dims)}` +
          (fixed ? '. Export with dynamic_axes' : ''),
      );
    }
  }
  const more = got.filter((info) => !wanted.some(({ name }) => name === info.name));
  if (more.length > 0) throw new UserError(`${what} has ${kind}s that the FP32 model lacks: ${list(more)}`);
}
