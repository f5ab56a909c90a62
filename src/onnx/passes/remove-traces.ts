import type { OnnxModel } from '../model.ts';
import type { NodeProto } from '../proto.ts';
import type { PassResult } from './pass.ts';

/** What PyTorch's exporter notes of each node for its own debugging: lines of source with the paths of the machine that exported. */
const traces: ReadonlySet<string> = new Set(['pkg.torch.onnx.stack_trace', 'pkg.torch.onnx.fx_node']);
/** It also notes in which modules a node was made, of which classes those are, and in `namespace` both together. */
const halves: ReadonlySet<string> = new Set(['pkg.torch.onnx.name_scopes', 'pkg.torch.onnx.class_hierarchy']);
const whole = 'namespace';

/**
 * Removes the exporter's stack traces, one a node, and what it notes of a node twice: of Silero's voice activity detector in integers
 * the traces were half the bytes, of a small SegFormer the rest a fifth of what was left. All else that a model says of itself stays.
 */
export function removeTraces(model: OnnxModel): PassResult {
  let modified = false;
  for (const node of model.graph.allNodes()) {
    if (!removeFrom(node.proto)) continue;
    node.graph.touch();
    modified = true;
  }
  for (const { node } of model.functions) for (const each of node) modified = removeFrom(each) || modified;
  return { model, modified };
}

function removeFrom(node: NodeProto): boolean {
  const isTwice = (key: string) => halves.has(key) && node.metadataProps.some((other) => other.key === whole);
  const kept = node.metadataProps.filter(({ key }) => !traces.has(key) && !isTwice(key));
  if (kept.length === node.metadataProps.length) return false;
  node.metadataProps = kept;
  return true;
}
