import type { Graph } from '../onnx/graph.ts';
import type { Node } from '../onnx/node.ts';
import { dataTypeOf } from '../onnx/tensor.ts';
import type { Value } from '../onnx/value.ts';
import { nodeLabel } from './contract.ts';
import type { StoredWeight } from './weight-only.ts';

/** An activation whose scale is computed at run time. */
interface QuantizedActivation {
  integers: Value;
  scale: Value;
  zeroPoint: Value;
}

/**
 * Writes the integer forms of Level 1 in place of float nodes. Each is exactly the pattern that ONNX Runtime fuses into one
 * kernel: DynamicQuantizeLinear + MatMulInteger + Cast + Mul(Mul) -> DynamicQuantizeMatMul, or MatMulIntegerToFloat where
 * several products read one quantized activation.
 */
export class DynamicForms {
  readonly #activations = new Map<Value, QuantizedActivation>();

  /** MatMul or Gemm with a stored weight [..., K, N] and its scale [.., 1, N] (or a scalar). */
  product(node: Node, integers: Value, scale: Value): void {
    const { graph } = node;
    const label = nodeLabel(node);
    const activation = this.#quantize(node.input(0) as Value, graph);
    const alpha = node.attrFloat('alpha', 1);
    const scaled =
      alpha === 1
        ? scale
        : graph.addNode({ op: 'Mul', name: `${label}_alpha`, inputs: [scale, number(graph, 'alpha', alpha)] }).output();
    const sum = graph.addNode({
      op: 'MatMulInteger',
      name: `${label}_integer`,
      inputs: [activation.integers, integers, activation.zeroPoint],
    });
    const float = graph.addNode({
      op: 'Cast',
      name: `${label}_cast`,
      inputs: [sum.output()],
      attributes: { to: dataTypeOf('float32') },
    });
    const scales = graph.addNode({ op: 'Mul', name: `${label}_scales`, inputs: [activation.scale, scaled] });
    let result = graph.addNode({
      op: 'Mul',
      name: `${label}_dequantize`,
      inputs: [float.output(), scales.output()],
    });
    const addend = node.op === 'Gemm' ? node.input(2) : undefined;
    if (addend) {
      const beta = node.attrFloat('beta', 1);
      const term =
        beta === 1
          ? addend
          : graph.addNode({ op: 'Mul', name: `${label}_beta`, inputs: [addend, number(graph, 'beta', beta)] }).output();
      result = graph.addNode({ op: 'Add', name: `${label}_bias`, inputs: [result.output(), term] });
    }
    replaceNode(node, [result.output()], sum);
  }

  /**
   * LSTM -> com.microsoft.DynamicQuantizeLSTM.
   * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.DynamicQuantizeLSTM
   */
  lstm(node: Node, w: IntegerOperand, r: IntegerOperand): void {
    const { graph } = node;
    const inputs = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => node.input(index));
    inputs[1] = w.integers;
    inputs[2] = r.integers;
    const quantized = graph.addNode({
      op: 'DynamicQuantizeLSTM',
      domain: 'com.microsoft',
      name: `${node.name || 'LSTM'}_integer`,
      inputs: [...inputs, w.scale, w.zeroPoint, r.scale, r.zeroPoint],
      outputs: node.outputs.map((value) => (value ? `${value.name}_integer` : '')),
    });
    // PyTorch's exporter writes the layout that is the default, which is the only one here and no attribute of the kernel.
    quantized.proto.attribute.push(...node.proto.attribute.filter(({ name }) => name !== 'layout'));
    replaceNode(node, quantized.outputs, quantized);
  }

  /** com.microsoft.Attention -> QAttention; scale 1-D [3 * hidden] or a scalar. */
  attention(node: Node, weight: IntegerOperand): void {
    const { graph } = node;
    const activation = this.#quantize(node.input(0) as Value, graph);
    const scale = activation.scale;
    const quantized = graph.addNode({
      op: 'QAttention',
      domain: 'com.microsoft',
      name: `${node.name || 'Attention'}_integer`,
      inputs: [
        activation.integers,
        weight.integers,
        node.input(2),
        scale,
        weight.scale,
        node.input(3),
        activation.zeroPoint,
        weight.zeroPoint,
        node.input(4),
      ],
      outputs: node.outputs.map((value) => (value ? `${value.name}_integer` : '')),
    });
    const known = new Set([
      'num_heads',
      'unidirectional',
      'mask_filter_value',
      'do_rotary',
      'past_present_share_buffer',
    ]);
    for (const attribute of node.proto.attribute) {
      if (known.has(attribute.name)) quantized.proto.attribute.push(attribute);
    }
    replaceNode(node, quantized.outputs, quantized);
  }

  /**
   * Gather of a float table -> Gather of its int8 rows, then the scale: only the rows that are read become float. The other
   * way round (DequantizeLinear before Gather) would expand the whole table with every inference.
   */
  table(node: Node, { integers, scale, quantized }: StoredWeight): void {
    const { graph } = node;
    const label = nodeLabel(node);
    const indices = node.input(1) as Value;
    const rows = graph.addNode({
      op: 'Gather',
      name: `${label}_integer`,
      inputs: [integers, indices],
      attributes: { axis: { int: 0 } },
    });
    const float = graph.addNode({
      op: 'Cast',
      name: `${label}_cast`,
      inputs: [rows.output()],
      attributes: { to: dataTypeOf('float32') },
    });
    const perRow = quantized.scaleDims.length > 0;
    const factor = perRow
      ? graph
          .addNode({
            op: 'Gather',
            name: `${label}_scales`,
            inputs: [scale, indices],
            attributes: { axis: { int: 0 } },
          })
          .output()
      : scale;
    const result = graph.addNode({ op: 'Mul', name: `${label}_dequantize`, inputs: [float.output(), factor] });
    replaceNode(node, [result.output()], rows);
  }

  /** One DynamicQuantizeLinear an activation, however many products read it. */
  #quantize(value: Value, graph: Graph): QuantizedActivation {
    const known = this.#activations.get(value);
    if (known && known.integers.graph === graph) return known;
    const node = graph.addNode({
      op: 'DynamicQuantizeLinear',
      name: `${value.name}_quantize`,
      inputs: [value],
      outputs: [`${value.name}_integer`, `${value.name}_scale`, `${value.name}_zero_point`],
    });
    const made = { integers: node.output(0), scale: node.output(1), zeroPoint: node.output(2) };
    this.#activations.set(value, made);
    return made;
  }
}

export interface IntegerOperand {
  integers: Value;
  scale: Value;
  zeroPoint: Value;
}

function number(graph: Graph, name: string, value: number): Value {
  return graph.addInitializer(name, { type: 'float32', dims: [], data: Float32Array.of(value) });
}

/**
 * Lets `results` take over a node's outputs, names included, and gives `heir` the node's name, by which the runtime's
 * profile and our reports find it again.
 */
function replaceNode(node: Node, results: readonly (Value | undefined)[], heir: Node): void {
  const { graph } = node;
  const name = nodeLabel(node);
  const taken: [Value, string][] = [];
  node.outputs.forEach((value, index) => {
    const result = results[index];
    if (!value || !result) return;
    const wanted = value.name;
    if (value.info && !value.isGraphOutput) result.info ??= value.info;
    graph.replaceAll(value, result);
    if (result.name !== wanted) taken.push([result, wanted]);
  });
  graph.removeNode(node);
  for (const [result, wanted] of taken) if (!graph.value(wanted)) graph.rename(result, wanted);
  heir.proto.name = name;
}
