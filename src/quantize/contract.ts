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
  /** The seed of all random choices. */
  seed: number;
  /** Intra-op threads of sessions; 0 lets ONNX Runtime choose. */
  threads?: number;
  progress: Progress;
  /** What another quantization found of speed here: taken over, and not measured again. For files that are compared with each other. */
  speed?: SpeedFindings;
}

/** What timing on this machine decided, so that another file can be made alike. */
export interface SpeedFindings {
  /** Nodes that do not run in static integer kernels because they are slower in them on this machine, or not fused, each with the reason. */
  slow: ReadonlyMap<string, string>;
  /** Products that would find their scale at run time, but are slower so on this machine, each with the reason. */
  slowProducts: ReadonlyMap<string, string>;
  /** Whether products that are too small to gain from integers anywhere find their scale at run time: here they do gain. */
  smallProducts: boolean;
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
  speed?: SpeedFindings;
  /** Decisions worth a person's attention, a sentence each. */
  notes: string[];
  seconds: number;
}

/** How decisions and reports call a node. */
export function nodeLabel(node: { name: string; outputs: readonly ({ name: string } | undefined)[] }): string {
  return node.name || (node.outputs.find((value) => value)?.name ?? '');
}
