import { create } from '@bufbuild/protobuf';
import type { Tensor, TensorInfo, TensorType } from '../tensor.ts';
import type { AttributeValue } from './attributes.ts';
import { Graph } from './graph.ts';
import { OnnxModel } from './model.ts';
import { GraphProtoSchema, ModelProtoSchema, type TensorProto } from './proto.ts';
import type { Value } from './value.ts';

export interface OpOptions {
  /** Wish for the node's name. */
  name?: string;
  domain?: string;
  /** Number of outputs, or wishes for their names ('' leaves one out). */
  outputs?: number | readonly string[];
}

export interface BuildOptions {
  /** Versions of further operator sets: `{ 'com.microsoft': 1 }`. */
  domains?: { readonly [domain: string]: number };
  irVersion?: number;
}

/**
 * Makes a model in code:
 *
 *     const b = new GraphBuilder();
 *     const x = b.input('x', 'float32', [1, 3, 8, 8]);
 *     const w = b.constant({ type: 'float32', dims: [4, 3, 3, 3], data: weights }, 'w');
 *     b.output(b.op('Conv', [x, w], { strides: [2, 2] }), 'y');
 *     const model = b.build(21);
 */
export class GraphBuilder {
  readonly graph: Graph;

  constructor(name = 'graph') {
    this.graph = new Graph(create(GraphProtoSchema, { name }));
  }

  input(name: string, type: TensorType = 'float32', dims: TensorInfo['dims'] = []): Value {
    return this.graph.addInput({ name, type, dims });
  }

  /** An initializer. A number is a float32 scalar, a list of numbers a float32 vector. */
  constant(value: Tensor | TensorProto | number | readonly number[], name = 'constant'): Value {
    return this.graph.addInitializer(name, asTensor(value));
  }

  /** Adds a node and gives its first output. */
  op(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes?: { readonly [name: string]: AttributeValue },
    options?: OpOptions,
  ): Value {
    return this.ops(op, inputs, attributes, options)[0] as Value;
  }

  /** Adds a node and gives all its outputs. */
  ops(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: { readonly [name: string]: AttributeValue } = {},
    { name, domain, outputs = 1 }: OpOptions = {},
  ): (Value | undefined)[] {
    const names =
      typeof outputs === 'number' ? Array.from({ length: outputs }, (_, i) => outputName(name ?? op, i)) : outputs;
    const node = this.graph.addNode({
      op,
      inputs,
      attributes,
      outputs: names,
      ...(name !== undefined && { name }),
      ...(domain !== undefined && { domain }),
    });
    return [...node.outputs];
  }

  /** Makes a value a graph output, under `name` where given. Without a type, sessions infer it. */
  output(value: Value, name = value.name, info?: Omit<TensorInfo, 'name'>): Value {
    this.graph.rename(value, name);
    this.graph.addOutput(value, info);
    return value;
  }

  /** The finished model; the builder's graph is the model's. */
  build(opset = 21, { domains = {}, irVersion = irVersionOf(opset) }: BuildOptions = {}): OnnxModel {
    this.graph.sync();
    const model = new OnnxModel(
      create(ModelProtoSchema, { irVersion: BigInt(irVersion), producerName: 'quant-gate', graph: this.graph.proto }),
      undefined,
      this.graph,
    );
    model.setOpset('', opset);
    for (const [domain, version] of Object.entries(domains)) model.setOpset(domain, version);
    return model;
  }
}

/** Makes a model with a function that is given the builder. */
export function buildModel(fill: (b: GraphBuilder) => void, opset = 21, options: BuildOptions = {}): OnnxModel {
  const builder = new GraphBuilder();
  fill(builder);
  return builder.build(opset, options);
}

function asTensor(value: Tensor | TensorProto | number | readonly number[]): Tensor | TensorProto {
  if (typeof value === 'number') return { type: 'float32', dims: [], data: Float32Array.of(value) };
  if (Array.isArray(value)) return { type: 'float32', dims: [value.length], data: Float32Array.from(value) };
  return value as Tensor | TensorProto;
}

function outputName(stem: string, index: number): string {
  return index === 0 ? `${stem}_output` : `${stem}_output_${index}`;
}

/** The oldest IR version that allows an operator set version (https://onnx.ai/onnx/repo-docs/Versioning.html). */
export function irVersionOf(opset: number): number {
  const table: [opset: number, ir: number][] = [
    [24, 12],
    [25, 13],
    [23, 11],
    [21, 10],
    [19, 9],
    [15, 8],
    [12, 7],
    [11, 6],
    [10, 5],
    [9, 4],
  ];
  return Math.max(3, ...table.filter(([from]) => opset >= from).map(([, ir]) => ir));
}
