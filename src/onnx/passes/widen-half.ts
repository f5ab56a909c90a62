import { halfToNumber } from '../../numbers.ts';
import type { Graph } from '../graph.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import { FactFinder } from '../opset/facts.ts';
import { DataType, type TensorProto, type TypeProto } from '../proto.ts';
import { readTensor, tensorProto } from '../tensor.ts';
import type { Value } from '../value.ts';
import type { PassResult } from './pass.ts';

/** Attributes that name the element type of what a node makes. */
const typeAttributes = ['to', 'dtype', 'output_datatype', 'output_dtype'];

/**
 * Lets a model of float16 compute in float32: integer kernels take and give nothing else, and most CPUs compute float16 so in any
 * case. Inputs and outputs keep their type; where one is no tensor, or of a type that only a run can tell, the model stays, as do those
 * with functions. Expects constants to be initializers.
 */
export function widenHalf(model: OnnxModel): PassResult {
  const { graph } = model;
  if (model.proto.functions.length > 0 || !usesHalf(graph)) return { model, modified: false };
  const facts = new FactFinder(graph);
  if ([...graph.inputs, ...graph.outputs].some((value) => !facts.of(value).elementType))
    return { model, modified: false };
  const isFloat = (value: Value | undefined): boolean => {
    const type = value && facts.of(value).elementType;
    return type === DataType.FLOAT || type === DataType.FLOAT16;
  };
  const casts = [...graph.allNodes()].filter((node) => node.is('Cast'));
  const idle = casts.filter((node) => isFloat(node.input(0)) && isFloat(node.outputs[0]));
  const inputs = graph.inputs.filter(isHalf);
  const outputs = new Set(
    graph.outputs.filter((value) => facts.of(value).elementType === DataType.FLOAT16 && !value.isGraphInput),
  );
  for (const inner of graph.allGraphs()) widen(inner);
  for (const node of idle) {
    // Its own attributes, as `saturate`, are none of Identity's.
    node.proto.attribute = [];
    node.op = 'Identity';
  }
  for (const value of inputs) castInput(graph, value);
  for (const value of outputs) castOutput(graph, value);
  return { model, modified: true };
}

/** Whether a value is declared as float16. */
const isHalf = (value: Value): boolean => value.staticInfo.elementType === DataType.FLOAT16;

/** Whether anything in a graph is of float16. */
export function usesHalf(graph: Graph): boolean {
  for (const inner of graph.allGraphs()) {
    if (inner.values.some(isHalf)) return true;
    if (inner.nodes.some(makesHalf)) return true;
  }
  return false;
}

/** Whether a node holds float16, or says that it makes some. */
function makesHalf(node: Node): boolean {
  return (
    node.proto.attribute.some(({ t }) => t?.dataType === DataType.FLOAT16) ||
    typeAttributes.some((name) => node.hasAttr(name) && node.attrInt(name) === DataType.FLOAT16)
  );
}

/** Constants, declared types and what nodes say of the type that they make. */
function widen(graph: Graph): void {
  for (const value of graph.values) {
    if (value.initializer && isHalf(value)) graph.setInitializer(value, widened(value.initializer));
    const { values } = value.sparseInitializer ?? {};
    if (values && isHalf(value)) value.sparseInitializer!.values = widened(values);
    widenType(value.info?.type);
  }
  for (const node of graph.nodes) {
    for (const { name, t } of node.proto.attribute) {
      if (t?.dataType === DataType.FLOAT16) node.setAttr(name, widened(t));
    }
    for (const name of typeAttributes) {
      if (node.hasAttr(name) && node.attrInt(name) === DataType.FLOAT16) node.setAttr(name, DataType.FLOAT);
    }
  }
  graph.touch();
}

/** Of tensors, and of what a sequence or an optional value holds. */
function widenType(type: TypeProto | undefined): void {
  switch (type?.value.case) {
    case 'tensorType':
      if (type.value.value.elemType === DataType.FLOAT16) type.value.value.elemType = DataType.FLOAT;
      break;
    case 'sequenceType':
    case 'optionalType':
      widenType(type.value.value.elemType);
  }
}

function widened(tensor: TensorProto): TensorProto {
  const { dims, data } = readTensor(tensor);
  const floats = Float32Array.from(data as Uint16Array, halfToNumber);
  return tensorProto({ type: 'float32', dims, data: floats }, tensor.name);
}

function castInput(graph: Graph, value: Value): void {
  const readers = value.uses;
  const wide = graph.addNode({ op: 'Cast', inputs: [value], attributes: { to: DataType.FLOAT } }).output();
  for (const { node, index } of readers) node.setInput(index, wide);
  setType(value, DataType.FLOAT16);
}

function castOutput(graph: Graph, value: Value): void {
  const readers = value.uses;
  const node = graph.addNode({ op: 'Cast', inputs: [value], attributes: { to: DataType.FLOAT16 } });
  graph.replaceAll(value, node.output());
  for (const reader of [...readers, { node, index: 0 }]) reader.node.setInput(reader.index, value);
  setType(node.output(), DataType.FLOAT16);
}

function setType(value: Value, elementType: DataType): void {
  const type = value.info?.type?.value;
  if (type?.case === 'tensorType') type.value.elemType = elementType;
}
