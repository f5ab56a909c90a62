import type { OnnxModel } from '../../onnx/model.ts';
import type { PassResult } from '../../onnx/passes/pass.ts';

/**
 * AveragePool has dilations since opset 19. Between Q and DQ ONNX Runtime 1.30 makes a QLinearAveragePool of it all the same, whose
 * schema knows no dilations, and does not open the file. Dilations of 1 are left out; where there are others the mean is that of the
 * negated numbers, negated: the same number, and no Q or DQ comes next to it.
 */
export function shieldDilatedPooling(model: OnnxModel): PassResult {
  const { graph } = model;
  let modified = false;
  for (const node of graph.nodes) {
    if (!node.is('AveragePool') || !node.hasAttr('dilations')) continue;
    modified = true;
    if (node.attrInts('dilations', []).every((dilation) => dilation === 1)) {
      node.setAttr('dilations', undefined);
      continue;
    }
    const output = node.output();
    const back = graph.addNode({ op: 'Neg', name: `${node.name}_back`, inputs: [] });
    graph.replaceAll(output, back.output());
    back.setInputs([output]);
    node.setInput(0, graph.addNode({ op: 'Neg', name: `${node.name}_negated`, inputs: [node.input(0)] }).output());
  }
  return { model, modified };
}
