import type { AttributeProto, GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto } from './proto.ts';

/** Every tensor of a model, wherever one can be: initializers, attributes, subgraphs, functions, training information. */
export function* tensorsOf(model: ModelProto): Generator<TensorProto> {
  if (model.graph) yield* ofGraph(model.graph);
  for (const { initialization, algorithm } of model.trainingInfo) {
    if (initialization) yield* ofGraph(initialization);
    if (algorithm) yield* ofGraph(algorithm);
  }
  for (const { node, attributeProto } of model.functions) {
    yield* ofNodes(node);
    yield* ofAttributes(attributeProto);
  }
}

/** The initializers of a graph and its subgraphs. */
export function* initializersOf(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer;
  for (const { attribute } of graph.node) {
    for (const { g, graphs } of attribute) {
      if (g) yield* initializersOf(g);
      for (const inner of graphs) yield* initializersOf(inner);
    }
  }
}

function* ofGraph(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer;
  for (const sparse of graph.sparseInitializer) yield* ofSparse(sparse);
  yield* ofNodes(graph.node);
}

function* ofNodes(nodes: readonly NodeProto[]): Generator<TensorProto> {
  for (const node of nodes) yield* ofAttributes(node.attribute);
}

function* ofAttributes(attributes: readonly AttributeProto[]): Generator<TensorProto> {
  for (const attribute of attributes) {
    if (attribute.t) yield attribute.t;
    yield* attribute.tensors;
    if (attribute.sparseTensor) yield* ofSparse(attribute.sparseTensor);
    for (const sparse of attribute.sparseTensors) yield* ofSparse(sparse);
    if (attribute.g) yield* ofGraph(attribute.g);
    for (const graph of attribute.graphs) yield* ofGraph(graph);
  }
}

function* ofSparse({ values, indices }: SparseTensorProto): Generator<TensorProto> {
  if (values) yield values;
  if (indices) yield indices;
}
