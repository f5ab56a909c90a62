import { setImmediate } from 'node:timers/promises';
import type { FeedStore, StoredSample } from '../../data/store.ts';
import { groupBy } from '../../groups.ts';
import type { Graph } from '../../onnx/graph.ts';
import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';
import { isJobError } from '../../runtime/contract.ts';
import { sizeOf, type TensorInfo } from '../../tensor.ts';
import { integerLayers } from '../static/plan.ts';
import type { Recipe } from '../static/recipe.ts';
import type { StaticRun } from '../static/run.ts';
import type { Unit, ValueInfos } from '../static/units.ts';
import { factorBlock, type InputMoments } from './lattice-rounding.ts';
import { overlaps, patches } from './patches.ts';
import { runTapped } from './tapped-run.ts';

/** Samples from which moments are taken. */
const samples = 96;
/** Samples that share a run where the model takes batches: half as many matrices to add up. Four took 90 MB more for MobileNetV2. */
const stacked = 2;
/** Inputs that are rounded together, at most: the first with which all layers together are not too much work. */
const blockSizes = [2048, 1024, 512, 256, 128, 64, 32];
/** Below this there is little left to gain from what varies together. */
const leastBlock = 4;
/** Multiplications that rounding all layers may take: some seconds. */
const mostWork = 5e9;
/** Numbers that one run over the samples may add up: 10 MB in each of two processes, and on the way between them. */
const mostNumbers = 5e6;

/** Parts that are taken at a time: one is run while the one before is factored. */
const inFlight = 2;

/** A weight of which the moments are wanted, and the node that multiplies it with `input`. */
interface Reading {
  readonly head: Node;
  /** That of the node, where a static integer kernel reads the weight. */
  readonly unit?: Unit;
  readonly weight: Value;
  readonly input: Value;
  readonly outputs: number;
  readonly inputs: number;
  /** Inputs of an output that lie side by side in the weight. */
  readonly side?: number;
  /** Groups of inputs, each with outputs of its own. */
  readonly groups: number;
  readonly outputsFirst: boolean;
  /** Axes of the input that the groups are along, before that of the rows. */
  readonly groupAxes?: number;
  /** So many matrices read the same input. */
  readonly matrices?: number;
}

/** A weight with all that read it. */
interface Layer extends Reading {
  readonly readings: readonly Reading[];
  /** Inputs in a block. */
  readonly size: number;
}

let made = 0;

/**
 * The second moments of what the weights of a recipe read, on calibration samples that no candidate is compared on where there
 * are enough, as factors for rounding.
 *
 * @param onFound is told of each that a static integer kernel reads, while the process that takes the rest runs
 * @returns by the weight's name; empty where no weight has inputs that vary together
 */
export async function inputMoments(
  run: StaticRun,
  recipe: Recipe,
  onFound?: (unit: Unit, moments: InputMoments) => void,
): Promise<Map<string, InputMoments>> {
  const found = new Map<string, InputMoments>();
  const layers = planLayers(run, recipe);
  if (layers.length === 0) return found;
  const stage = run.request.progress.stage('rounding', layers.length, 'layers');
  // What takes longest to factor goes first, while the process of the models is busy with the rest.
  const parts = partsOf(layers).toReversed();
  let stack = run.effort < 1 ? 1 : stacked;
  const tapped = async (part: readonly Layer[]) =>
    runTapped(
      run,
      recipe.base,
      { samples: await run.samples.apart(samples), stack },
      (graph) => new Map(part.map((layer) => [layer.weight.name, addMoments(graph, layer, run)])),
    );
  const take = (part: readonly Layer[]) => {
    const wasStacked = stack > 1;
    const taken = tapped(part).catch((error: unknown) => {
      // A file may say that it takes a batch of any size and have a batch of one written into its shapes.
      if (!wasStacked || !isJobError(error)) throw error;
      stack = 1;
      return tapped(part);
    });
    // Whoever waits for it first is told of a failure, not the process.
    taken.catch(() => {});
    return taken;
  };
  const waiting = parts.slice(0, inFlight).map(take);
  for (const [index, part] of parts.entries()) {
    const moments = await waiting.shift()!;
    for (const { unit, weight, outputs, inputs, outputsFirst, side, size, matrices = 1 } of part) {
      const sums = moments.get(weight.name)!;
      if (!sums.every(Number.isFinite)) continue;
      const blocks = Array.from({ length: sums.length / size ** 2 }, (_, b) =>
        factorBlock(sums.subarray(b * size ** 2, (b + 1) * size ** 2), size),
      );
      const ofWeight = {
        id: made++,
        outputs,
        inputs,
        outputsFirst,
        ...(side && { side }),
        blocks: Array(matrices).fill(blocks).flat(),
      };
      found.set(weight.name, ofWeight);
      if (unit) onFound?.(unit, ofWeight);
      stage.advance();
      // Whatever came in the meantime is seen to.
      await setImmediate();
    }
    const next = parts[index + inFlight];
    if (next) waiting.push(take(next));
  }
  stage.done();
  return found;
}

/** The layers in order, cut so that a part's moments are few enough. */
function partsOf(layers: readonly Layer[]): Layer[][] {
  const parts: Layer[][] = [];
  let numbers = 0;
  for (const layer of layers) {
    numbers += numbersOf(layer);
    if (parts.length > 0 && numbers <= mostNumbers) parts.at(-1)!.push(layer);
    else {
      parts.push([layer]);
      numbers = numbersOf(layer);
    }
  }
  return parts;
}

const numbersOf = ({ groups, inputs, size }: Layer): number => groups * inputs * size;

/** The layers whose weights are rounded this way, with the size of their blocks. */
function planLayers(run: StaticRun, recipe: Recipe): Layer[] {
  const plan = run.plan(recipe);
  const readings: Reading[] = [
    ...integerLayers(plan).flatMap((unit) => {
      const reading = readingOf(unit.head, unit.weight!.input, run.infos);
      return reading ? [{ ...reading, unit }] : [];
    }),
    ...run
      .remaining(recipe, plan)
      .flatMap(({ sites }) =>
        sites.flatMap(({ site: { node, input }, form }) =>
          form !== 'float' && node.graph === recipe.base.graph ? (readingOf(node, input, run.infos) ?? []) : [],
        ),
      ),
  ];
  // One rounding is for all that read a weight: where not all are seen here, or read it in different ways, there is none.
  const shared = [...groupBy(readings, ({ weight }) => weight.name).values()].filter(
    ([first, ...others]) =>
      first!.weight.uses.length === 1 + others.length &&
      !run.request.tied?.has(first!.weight.name) &&
      others.every((other) => isAlike(other, first!)),
  );
  for (const most of blockSizes) {
    const cut = shared.map((all) => ({ ...all[0]!, readings: all, size: blockSize(all[0]!, most) }));
    const work = cut.reduce(
      (sum, { inputs, outputs, groups, size }) =>
        sum + (groups * inputs * size ** 2) / 6 + (outputs * inputs * size) / 2,
      0,
    );
    if (work <= mostWork) return cut.filter(({ size }) => size >= leastBlock);
  }
  return [];
}

/** The largest size up to `most` into which the inputs can be cut evenly; of many matrices, so that their moments are few enough. */
function blockSize({ head, inputs, groups }: Reading, most: number): number {
  const isStack = head.is('MatMul') && groups > 1;
  const fit = isStack ? Math.min(most, Math.max(1, Math.floor(mostNumbers / (groups * inputs)))) : most;
  let blocks = Math.ceil(inputs / fit);
  while (inputs % blocks !== 0) blocks++;
  return inputs / blocks;
}

const layout = ['outputs', 'inputs', 'groups', 'outputsFirst', 'side', 'matrices'] as const;

/** Whether two nodes read a weight in the same way. */
const isAlike = (a: Reading, b: Reading): boolean => layout.every((key) => a[key] === b[key]);

/** What an operator multiplies with the constant that is its input `at`. */
function readingOf(head: Node, at: number, infos: ValueInfos): Reading | undefined {
  const weight = head.input(at);
  // Behind a Transpose stands a weight that others read too.
  if (!weight?.initializer) return undefined;
  const dims = weight.initializer.dims.map(Number);
  if (head.is('LSTM', 'GRU', 'RNN')) {
    // [directions, gates * hidden, inputs]. What the recurrence reads is what it gave a step before, each direction its own.
    const [directions, rows, inputs] = dims as [number, number, number];
    const input = at === 1 ? head.input(0) : head.outputs[0];
    const groups = at === 1 ? 1 : directions;
    const groupAxes = at === 2 && head.attrInt('layout', 0) === 0 ? 1 : 0;
    return input && { head, weight, input, outputs: directions * rows, inputs, groups, outputsFirst: true, groupAxes };
  }
  const input = head.input(0);
  if (at !== 1 || !input) return undefined;
  if (head.is('Conv')) {
    const inputs = sizeOf(dims.slice(1));
    return { head, weight, input, outputs: dims[0]!, inputs, groups: head.attrInt('group', 1), outputsFirst: true };
  }
  if (head.is('ConvTranspose')) {
    if (head.attrInt('group', 1) !== 1) return undefined;
    // What one position of the kernel writes is an output of its own, unless others write there too.
    const side = overlaps(head) ? sizeOf(dims.slice(2)) : 1;
    const outputs = sizeOf(dims.slice(1)) / side;
    return { head, weight, input, outputs, inputs: dims[0]! * side, groups: 1, outputsFirst: false, side };
  }
  if (head.is('MatMul') && dims.length > 2) {
    const [inputs, columns] = dims.slice(-2) as [number, number];
    const stack = dims.slice(0, -2);
    const matrices = sizeOf(stack);
    const reading = { head, weight, input, outputs: matrices * columns, inputs, outputsFirst: false };
    const read = infos.get(input.name)?.dims;
    const batch = read?.slice(0, -2).slice(-stack.length);
    // All the same rows, or each its own, as experts do.
    if (matrices === 1 || batch?.every((dim) => dim === 1)) return { ...reading, groups: 1, matrices };
    return batch?.join() === stack.join() ? { ...reading, groups: matrices, groupAxes: stack.length } : undefined;
  }
  const isProduct = head.is('Gemm', 'MatMul') || (head.op === 'Attention' && head.domain === 'com.microsoft');
  if (!isProduct || dims.length !== 2 || head.attrInt('transA', 0) === 1) return undefined;
  const outputsFirst = head.is('Gemm') && head.attrInt('transB', 0) === 1;
  const [outputs, inputs] = outputsFirst ? [dims[0]!, dims[1]!] : [dims[1]!, dims[0]!];
  return { head, weight, input, outputs, inputs, groups: 1, outputsFirst };
}

/** Nodes that compute the sum over a batch, and over all that read the weight, of x x^T for the inputs of each block: [blocks, size, size]. */
function addMoments(graph: Graph, { readings, size }: Layer, run: StaticRun): Value {
  return readings
    .map((reading) => addProduct(graph, reading, size, run))
    .reduce((sum, each) => graph.addNode({ op: 'Add', name: `${each.name}_sum`, inputs: [sum, each] }).output());
}

function addProduct(graph: Graph, reading: Reading, size: number, run: StaticRun): Value {
  const { head, inputs, groups, groupAxes = 0 } = reading;
  const name = `${reading.weight.name}_moments`;
  const blocks = (groups * inputs) / size;
  const reshaped = (value: Value, shape: readonly number[]) => {
    const dims = { type: 'int64', dims: [shape.length], data: BigInt64Array.from(shape, BigInt) } as const;
    const target = graph.addInitializer(`${name}_shape`, dims);
    return graph.addNode({ op: 'Reshape', name: `${name}_rows`, inputs: [value, target] }).output();
  };
  const transposed = (value: Value, perm: readonly number[]) =>
    graph
      .addNode({ op: 'Transpose', name: `${name}_transposed`, inputs: [value], attributes: { perm: { ints: perm } } })
      .output();
  const product = (a: Value, b: Value) =>
    graph.addNode({ op: 'MatMul', name: `${name}_product`, inputs: [a, b] }).output();
  const input = graph.value(reading.input.name)!;
  // ONNX Runtime 1.30 ends with SIGFPE where a product of matrices has none to add up.
  const isImage = head.is('Conv', 'ConvTranspose');
  const counts = run.infos.get(input.name)?.dims.slice(0, isImage ? 1 : -1);
  const isOpen = mayBeEmpty(graph, counts, run.request.calibration);
  const padded = (rows: Value, axis: 0 | 2): Value => {
    if (!isOpen) return rows;
    const dims = axis === 0 ? [1, blocks, size] : [blocks, size, 1];
    const zeros = { type: 'float32', dims, data: new Float32Array(blocks * size) } as const;
    const inputs = [rows, graph.addInitializer(`${name}_zeros`, zeros)];
    return graph
      .addNode({ op: 'Concat', name: `${name}_padded`, inputs, attributes: { axis: { int: axis } } })
      .output();
  };
  if (isImage) {
    const read = patches(graph, input, head, run.infos);
    // Where a sample is a batch of its own a Reshape copies nothing.
    const single = run.infos.get(input.name)?.dims[0] === 1;
    const space = reading.weight.initializer!.dims.slice(2).map((_, i) => i + 2);
    const columns = reshaped(single ? read : transposed(read, [1, 0, ...space]), [blocks, size, -1]);
    const joined = padded(columns, 2);
    return product(joined, transposed(joined, [0, 2, 1]));
  }
  const rows = reshaped(groupAxes > 0 ? transposed(input, groupsLast(reading, run.infos)) : input, [-1, blocks, size]);
  const all = padded(rows, 0);
  return product(transposed(all, [1, 2, 0]), transposed(all, [1, 0, 2]));
}

/** The axes of an input with those of its groups behind that of its rows: what a recurrence gives is [steps, directions, batch, hidden]. */
function groupsLast({ head, input, groupAxes = 0 }: Reading, infos: ValueInfos): number[] {
  const rank = head.is('MatMul') ? infos.get(input.name)!.dims.length : 4;
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return [...axes.slice(0, rank - 2 - groupAxes), rank - 2, ...axes.slice(rank - 2 - groupAxes, rank - 2), rank - 1];
}

/**
 * Whether a sample may give a product no rows: a size that neither the shapes nor the model's inputs say may be 0, or any that the
 * shapes leave open where a sample has a size of 0 itself.
 */
function mayBeEmpty(graph: Graph, sizes: TensorInfo['dims'] | undefined, { samples }: FeedStore): boolean {
  const isEmpty = ({ inputs }: StoredSample) => Object.values(inputs).some(({ dims }) => dims.includes(0));
  const declared = new Set(samples.some(isEmpty) ? [] : graph.infos('inputs').flatMap(({ dims }) => dims));
  return !sizes?.every((dim) => (typeof dim === 'number' ? dim > 0 : declared.has(dim)));
}
