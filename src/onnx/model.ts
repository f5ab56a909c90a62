import { create } from '@bufbuild/protobuf';
import { UserError } from '../errors.ts';
import { copyMessage } from './copy.ts';
import { Graph } from './graph.ts';
import {
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  OperatorSetIdProtoSchema,
  type TensorProto,
} from './proto.ts';
import { elementCount } from './tensor.ts';

/**
 * A model in memory. `graph` is where it is changed; `proto` holds everything else (opsets, metadata, functions, training
 * information, fields that this program does not know) and is brought up to date from the graph whenever it is read.
 */
export class OnnxModel {
  /** The file it was read from. */
  readonly path: string | undefined;
  readonly #proto: ModelProto;
  #graph: Graph | undefined;

  /** `graph` where it was made already from `proto.graph`. */
  constructor(proto: ModelProto, path?: string, graph?: Graph) {
    this.#proto = proto;
    this.path = path;
    this.#graph = graph;
  }

  get proto(): ModelProto {
    this.#graph?.sync();
    return this.#proto;
  }

  /** @throws UserError that names the file where the graph is not valid (see Graph), or its nodes form a cycle. */
  get graph(): Graph {
    this.#graph ??= this.#makeGraph();
    return this.#graph;
  }

  #makeGraph(): Graph {
    try {
      const graph = new Graph(this.#proto.graph as GraphProto);
      for (const each of graph.allGraphs()) void each.nodes;
      return graph;
    } catch (error) {
      if (!(error instanceof UserError) || this.path === undefined) throw error;
      throw new UserError(error.message, { position: { file: this.path }, cause: error });
    }
  }

  /** Version of the operator set the model imports for this domain; undefined where it imports none. */
  opset(domain: '' | 'ai.onnx'): number;
  opset(): number;
  opset(domain: string): number | undefined;
  opset(domain = ''): number | undefined {
    const found = this.#proto.opsetImport.find((entry) => plain(entry.domain) === plain(domain));
    // A model that imports no version of ONNX's own operators means version 1 (https://onnx.ai/onnx/repo-docs/IR.html).
    if (found === undefined) return plain(domain) === '' ? 1 : undefined;
    return Number(found.version);
  }

  /** Declares an operator set without converting anything: see upgradeOpset for ONNX's own. */
  setOpset(domain: string, version: number): void {
    const found = this.#proto.opsetImport.find((entry) => plain(entry.domain) === plain(domain));
    if (found) found.version = BigInt(version);
    else this.#proto.opsetImport.push(create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }));
  }

  /** Functions defined in the model; changed in place. */
  get functions(): readonly FunctionProto[] {
    return this.#proto.functions;
  }

  get irVersion(): number {
    return Number(this.#proto.irVersion);
  }

  set irVersion(version: number) {
    this.#proto.irVersion = BigInt(version);
  }

  /** Elements of all floating-point and integer initializers and Constant nodes' tensors, subgraphs included. */
  get parameterCount(): number {
    let count = 0;
    for (const tensor of constants(this.proto.graph as GraphProto)) count += elementCount(tensor);
    return count;
  }

  /** An independent copy; the tensors' bytes, which nobody changes, are shared. */
  clone(): OnnxModel {
    return new OnnxModel(copyMessage(this.proto), this.path);
  }
}

function plain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

function* constants(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer;
  for (const sparse of graph.sparseInitializer) if (sparse.values) yield sparse.values;
  for (const node of graph.node) {
    for (const attribute of node.attribute) {
      if (attribute.t && node.opType === 'Constant') yield attribute.t;
      if (attribute.g) yield* constants(attribute.g);
      for (const inner of attribute.graphs) yield* constants(inner);
    }
  }
}

export { buildModel, GraphBuilder } from './builder.ts';
export { externalLocationsOf, loadModel, modelBytes, modelDigest, readModel } from './load.ts';
export { modelSize, modelToBytes, removeModel, saveModel, saveScratch } from './save.ts';
