import { UserError } from '../../errors.ts';
import { irVersionOf } from '../builder.ts';
import type { Graph } from '../graph.ts';
import type { OnnxModel } from '../model.ts';
import { CONVERTERS, type ConversionContext } from '../opset/converters.ts';
import { FactFinder, type KnownShapes } from '../opset/facts.ts';
import { HIGHEST_OPSET, VERSIONS } from '../opset/versions.ts';
import type { NodeProto } from '../proto.ts';
import type { Value } from '../value.ts';
import { constantsToInitializers } from './constants-to-initializers.ts';
import type { PassResult } from './pass.ts';

const LOWEST_OPSET = 7;

export interface UpgradeOptions {
  /** Shapes that a session knows, by value name: fewer operators have to be rewritten in the general way. */
  shapes?: KnownShapes;
}

/**
 * Brings a model to a newer version of ONNX's operator set, operator by operator, so that it computes the same. A model
 * that has that version already, or a newer one, is left alone.
 *
 * Per-channel QuantizeLinear needs 13; 16-bit, 4-bit and blocked quantization need 21.
 *
 * @throws UserError naming the node where a definition changed in a way that cannot be followed; nothing is relabelled
 * silently. Then the model is half converted: convert a clone.
 */
export function upgradeOpset(model: OnnxModel, target: number, { shapes }: UpgradeOptions = {}): PassResult {
  const from = model.opset();
  if (from >= target) return { model, modified: false };
  if (from < LOWEST_OPSET && usesOnnx(model)) {
    throw new UserError(
      `the model has opset ${from}; opset ${LOWEST_OPSET} is the oldest that can be converted: export it again`,
    );
  }
  if (target > HIGHEST_OPSET) throw new Error(`opset ${target} is not known, only up to ${HIGHEST_OPSET}`);
  // Constants as initializers are what converters look at; and new initializers need IR version 4.
  constantsToInitializers(model);
  const context: ConversionContext = {
    facts: new FactFinder(model.graph, shapes),
    target,
    upsamples: new Set(),
    int64: int64Cache(),
  };
  for (const node of [...model.graph.allNodes()]) {
    if (node.domain !== '') continue;
    for (let at = from; ; ) {
      const version = nextVersion(node.op, at);
      if (version === undefined || version > target) break;
      CONVERTERS[`${node.op}@${version}`]?.(node, context);
      at = version;
    }
  }
  for (const body of model.functions) {
    const imported = body.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
    if (!imported || Number(imported.version) >= target) continue;
    checkFunction(body.node, body.name, Number(imported.version), target);
    imported.version = BigInt(target);
  }
  model.setOpset('', target);
  model.irVersion = Math.max(model.irVersion, irVersionOf(target));
  return { model, modified: true };
}

/** Whether anything is of ONNX's own operators: a forest of scikit-learn's is of another domain alone, and may import no version of these. */
function usesOnnx({ graph, functions }: OnnxModel): boolean {
  return functions.length > 0 || [...graph.allNodes()].some(({ domain }) => domain === '');
}

/** The next version after `at` in which the operator was defined anew. */
function nextVersion(op: string, at: number): number | undefined {
  const versions = VERSIONS[op];
  if (versions === undefined) {
    throw new UserError(
      `the model uses operator '${op}', which ONNX does not have: it cannot be brought to a newer opset`,
    );
  }
  return versions.find((version) => version > at);
}

/** Bodies of functions are converted only where nothing has to be rewritten. */
function checkFunction(nodes: readonly NodeProto[], name: string, from: number, target: number): void {
  for (const node of nodes) {
    if (node.domain !== '' && node.domain !== 'ai.onnx') continue;
    for (
      let at: number | undefined = nextVersion(node.opType, from);
      at !== undefined && at <= target;
      at = nextVersion(node.opType, at)
    ) {
      if (CONVERTERS[`${node.opType}@${at}`]) {
        throw new UserError(
          `function '${name}' uses ${node.opType}, which changed in opset ${at}: export the model with opset ${target}, or without functions`,
        );
      }
    }
    for (const { g, graphs } of node.attribute) {
      for (const graph of g ? [g, ...graphs] : graphs) checkFunction(graph.node, name, from, target);
    }
  }
}

function int64Cache(): ConversionContext['int64'] {
  const made = new Map<Graph, Map<string, Value>>();
  return (graph, values, wish) => {
    const ofGraph = made.get(graph) ?? new Map<string, Value>();
    made.set(graph, ofGraph);
    const key = `${wish} ${values.join()}`;
    let value = ofGraph.get(key);
    if (value === undefined) {
      value = graph.addInitializer(wish, {
        type: 'int64',
        dims: [values.length],
        data: BigInt64Array.from(values),
      });
      ofGraph.set(key, value);
    }
    return value;
  };
}
