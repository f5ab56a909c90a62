import type { OnnxModel } from '../onnx/model.ts';
import type { Progress } from '../progress.ts';
import type { RuntimeLocation } from '../runtime/contract.ts';
import type { Target } from '../targets/index.ts';

/** What every quantizer is asked. `Options` is the level's part of the policy. */
export interface QuantizeRequest<Options> {
  /** The FP32 model; it is not changed. */
  model: OnnxModel;
  target: Target;
  options: Options;
  runtime: RuntimeLocation;
  /** A folder of this variant alone; intermediate models go there. */
  workDir: string;
  /** Of everything random. */
  seed: number;
  /** Intra-op threads of sessions; 0 lets ONNX Runtime choose. */
  threads?: number;
  progress: Progress;
  /**
   * What another quantization found to be slower in integers here (`QuantizedModel.slow`): taken over, and not measured again.
   * For two files that are compared with each other.
   */
  slow?: ReadonlyMap<string, string>;
}

/** What a quantizer decided about one node of the FP32 model. */
export interface NodeDecision {
  /** The node's name in the FP32 model; where it has none, the name of its first output. */
  node: string;
  op: string;
  quantized: boolean;
  /** How it was quantized, or why it stays float. */
  why: string;
}

export interface QuantizedModel {
  model: OnnxModel;
  /** The nodes that quantization is about: weighted ones, and those that others run in integers. */
  nodes: NodeDecision[];
  /** Nodes that do not run in integers because they are slower in them on this machine, or not fused, each with the reason. */
  slow?: ReadonlyMap<string, string>;
  /** Decisions worth a person's attention, a sentence each. */
  notes: string[];
  seconds: number;
}

/** How decisions and reports call a node. */
export function nodeLabel(node: { name: string; outputs: readonly ({ name: string } | undefined)[] }): string {
  return node.name || (node.outputs.find((value) => value)?.name ?? '');
}
