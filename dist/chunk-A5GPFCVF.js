import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  constantValue
} from "./chunk-IRTNUKGS.js";
import {
  Random
} from "./chunk-BH5UXWO2.js";
import {
  batchAxes,
  stackFeeds
} from "./chunk-652WWHU6.js";
import {
  openStore,
  readSample,
  readTensor,
  tensorBytes
} from "./chunk-4M2FZEDX.js";
import {
  fromOrt,
  toOrt
} from "./chunk-SEOWJTYF.js";
import {
  defineJob
} from "./chunk-GJ3MWU23.js";
import {
  temporaryPath
} from "./chunk-WIWNDQCD.js";
import "./chunk-XHXPEXMH.js";
import "./chunk-TGMM3ZQG.js";

// src/train/trainer.ts
import { createHash } from "node:crypto";
import { join } from "node:path";

// src/train/adam.ts
function freshMoments(size) {
  return { first: new Float32Array(size), second: new Float32Array(size) };
}
var beta1 = 0.9;
var beta2 = 0.99;
var epsilon = 1e-12;
function adamStep(values, gradient, { first, second }, step, { rates, inner }, factor, scale = 1) {
  const correction1 = factor / (1 - beta1 ** step);
  const correction2 = 1 / Math.sqrt(1 - beta2 ** step);
  const channels = rates.length;
  for (let start = 0, channel = 0; start < values.length; start += inner, channel = (channel + 1) % channels) {
    const rate = rates[channel] * correction1;
    const end = Math.min(start + inner, values.length);
    for (let i = start; i < end; i++) {
      const g = gradient[i] * scale;
      const m = beta1 * first[i] + (1 - beta1) * g;
      const v = beta2 * second[i] + (1 - beta2) * g * g;
      first[i] = m;
      second[i] = v;
      values[i] = values[i] - rate * m / (Math.sqrt(v) * correction2 + epsilon);
    }
  }
}
function cosine(step, steps) {
  return 0.5 * (1 + Math.cos(Math.PI * step / steps));
}
function gradientNorm(gradients2) {
  let sum = 0;
  for (const gradient of gradients2) for (let i = 0; i < gradient.length; i++) sum += gradient[i] ** 2;
  return Math.sqrt(sum);
}

// src/train/batches.ts
var Batches = class {
  #store;
  #axes;
  #batches = [];
  /** @param samples which of the store's */
  constructor(reference, samples, batch, axes, seed) {
    this.#store = openStore(reference);
    this.#axes = axes;
    const order = new Random(seed, "training batches").shuffle([...samples]);
    for (let from = 0; from + batch <= order.length; from += batch) this.#batches.push(order.slice(from, from + batch));
  }
  get count() {
    return this.#batches.length;
  }
  feeds(batch) {
    return stackFeeds(
      this.#samples(batch).map((index) => readSample(this.#store, index)),
      this.#axes
    );
  }
  /** One-hot rows of the class labels; rows without a label are zero, so that they add no loss. */
  labels(batch, dims) {
    const classes = dims.at(-1);
    const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
    this.#samples(batch).forEach((index, row) => {
      const label = this.#store.samples[index]?.label;
      if (label?.kind === "class" && label.index < classes) data[row * classes + label.index] = 1;
    });
    return { type: "float32", dims, data };
  }
  #samples(batch) {
    const found = this.#batches[batch];
    if (!found) throw new RangeError(`batch ${batch} of ${this.#batches.length}`);
    return found;
  }
};

// src/train/cache.ts
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
var TensorCache = class {
  #path;
  #limit;
  #memory = /* @__PURE__ */ new Map();
  #stored = /* @__PURE__ */ new Map();
  #bytes = 0;
  #fd;
  #end = 0;
  /** @param limit bytes that are kept in memory */
  constructor(path, limit) {
    this.#path = path;
    this.#limit = limit;
  }
  set(batch, tensors) {
    const bytes = Object.values(tensors).reduce((sum, tensor) => sum + tensorBytes(tensor).length, 0);
    if (this.#bytes + bytes <= this.#limit) {
      this.#bytes += bytes;
      this.#memory.set(batch, tensors);
      return;
    }
    this.#fd ??= openSync(this.#path, "w+");
    const stored = {};
    for (const [name, tensor] of Object.entries(tensors)) {
      const data = tensorBytes(tensor);
      for (let done = 0; done < data.length; ) {
        done += writeSync(this.#fd, data, done, data.length - done, this.#end + done);
      }
      stored[name] = { type: tensor.type, dims: tensor.dims, offset: this.#end, bytes: data.length };
      this.#end += Math.ceil(data.length / 64) * 64;
    }
    this.#stored.set(batch, stored);
  }
  get(batch) {
    const kept2 = this.#memory.get(batch);
    if (kept2) return kept2;
    const stored = this.#stored.get(batch);
    if (!stored || this.#fd === void 0) throw new Error(`batch ${batch} is not in ${this.#path}`);
    const fd = this.#fd;
    return Object.fromEntries(Object.entries(stored).map(([name, place]) => [name, readTensor(fd, place)]));
  }
  /** Frees everything; the cache cannot be used any more. */
  drop() {
    this.#memory.clear();
    this.#stored.clear();
    if (this.#fd === void 0) return;
    closeSync(this.#fd);
    this.#fd = void 0;
    rmSync(this.#path, { force: true });
  }
};

// src/train/checkpoint.ts
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
function saveCheckpoint(path, checkpoint) {
  const temporary = temporaryPath(path);
  writeFileSync(temporary, serialize(checkpoint));
  renameSync(temporary, path);
}
function loadCheckpoint(path, key) {
  if (!existsSync(path)) return void 0;
  const checkpoint = deserialize(readFileSync(path));
  return checkpoint.key === key ? checkpoint : void 0;
}

// src/train/distance.ts
function distance(pairs, kind) {
  let total = 0;
  for (const { got, wanted } of pairs) {
    const [a, b] = [got.data, wanted.data];
    total += kind === "kl" ? divergence(a, b, wanted.dims.at(-1) ?? 1) : relativeError(a, b);
  }
  return total / pairs.length;
}
function relativeError(got, wanted) {
  let error = 0;
  let energy = 1e-12;
  for (let i = 0; i < wanted.length; i++) {
    const target = wanted[i];
    error += (got[i] - target) ** 2;
    energy += target * target;
  }
  return error / energy;
}
function divergence(got, wanted, row) {
  let sum = 0;
  for (let start = 0; start < wanted.length; start += row) {
    const p = logSoftmax(wanted.subarray(start, start + row));
    const q = logSoftmax(got.subarray(start, start + row));
    for (let i = 0; i < row; i++) sum += Math.exp(p[i]) * (p[i] - q[i]);
  }
  return sum * row / wanted.length;
}
function logSoftmax(values) {
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of values) largest = Math.max(largest, value);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  const shift = largest + Math.log(sum);
  return Float64Array.from(values, (value) => value - shift);
}

// src/train/emitter.ts
function sizeOf(shape) {
  return shape.reduce((count, dim) => count * dim, 1);
}

// src/train/gradients/gradient.ts
var Unsupported = class extends Error {
  name = "Unsupported";
};
function positive(axes, rank) {
  return axes.map((axis) => axis < 0 ? axis + rank : axis);
}

// src/train/gradients/window.ts
function windowOf(node, kernel, input, output) {
  const ones = kernel.map(() => 1);
  const strides = node.attrInts("strides", ones);
  const dilations = node.attrInts("dilations", ones);
  const auto = node.attrString("auto_pad", "NOTSET");
  const pads = node.attrInts(
    "pads",
    [...kernel, ...kernel].map(() => 0)
  );
  let begin = pads.slice(0, kernel.length);
  let end = pads.slice(kernel.length);
  if (auto === "VALID") {
    begin = kernel.map(() => 0);
    end = begin;
  } else if (auto !== "NOTSET" && auto !== "") {
    const total = kernel.map(
      (k, i) => Math.max(
        0,
        (output[i] - 1) * strides[i] + (k - 1) * dilations[i] + 1 - input[i]
      )
    );
    const small = total.map((count) => Math.floor(count / 2));
    const large = total.map((count, i) => count - small[i]);
    [begin, end] = auto === "SAME_LOWER" ? [large, small] : [small, large];
  }
  return { kernel: [...kernel], strides: [...strides], dilations: [...dilations], begin, end };
}
function offsets(kernel) {
  return kernel.reduce(
    (list, size) => list.flatMap((offset) => Array.from({ length: size }, (_, at) => [...offset, at])),
    [[]]
  );
}
function patches(e, x, window, count) {
  const shape = e.shape(x);
  const { kernel, strides, dilations, begin } = window;
  const reach = kernel.map(
    (k, i) => (count[i] - 1) * strides[i] + (k - 1) * dilations[i] + 1
  );
  const end = reach.map((size, i) => Math.max(0, size - begin[i] - shape[i + 2]));
  if (begin.some((pad) => pad < 0)) throw new Unsupported("negative padding");
  const padded = e.pad(x, [0, 0, ...begin], [0, 0, ...end]);
  return offsets(kernel).map((offset) => {
    const starts = offset.map((at, i) => at * dilations[i]);
    const ends = starts.map((start, i) => start + (count[i] - 1) * strides[i] + 1);
    const [n, c] = shape;
    return e.slice(padded, [0, 0, ...starts], [n, c, ...ends], [1, 1, ...strides]);
  });
}

// src/train/gradients/convolution.ts
function convInput(e, dy, w, window, group, to) {
  const { kernel, strides, dilations, begin } = window;
  const spatial = to.slice(2);
  const out = e.shape(dy).slice(2);
  const pads = kernel.map((k, i) => (k - 1) * dilations[i] - begin[i]);
  const ends = kernel.map(
    (_, i) => spatial[i] - out[i] + (kernel[i] - 1) * dilations[i] - pads[i]
  );
  if (strides.every((stride) => stride === 1) && [...pads, ...ends].every((pad) => pad >= 0)) {
    const rotated = e.reverse(
      swapChannels(e, w, group),
      kernel.map((_, i) => i + 2)
    );
    return e.op("Conv", [dy, rotated], to, {
      kernel_shape: { ints: kernel },
      dilations: { ints: dilations },
      pads: { ints: [...pads, ...ends] },
      group
    });
  }
  const outputPadding = [];
  const end = kernel.map((k, i) => {
    const reach = (out[i] - 1) * strides[i] + (k - 1) * dilations[i] + 1;
    const missing = spatial[i] - (reach - begin[i]);
    outputPadding.push(Math.max(0, missing));
    return Math.max(0, -missing);
  });
  return e.op("ConvTranspose", [dy, w], to, {
    kernel_shape: { ints: kernel },
    strides: { ints: strides },
    dilations: { ints: dilations },
    pads: { ints: [...begin, ...end] },
    output_padding: { ints: outputPadding },
    group
  });
}
function swapChannels(e, w, group) {
  const [o, c, ...kernel] = e.shape(w);
  const perGroup = e.reshape(w, [group, o / group, c, ...kernel]);
  const swapped = e.transpose(perGroup, [0, 2, 1, ...kernel.map((_, i) => i + 3)]);
  return e.reshape(swapped, [group * c, o / group, ...kernel]);
}
function convWeight(e, x, dy, window, group) {
  const [n, c] = e.shape(x);
  const [, o, ...out] = e.shape(dy);
  const count = sizeOf(out);
  const { kernel } = window;
  const seen = patches(e, x, window, out);
  if (group === c && group === o) {
    const axes = [0, ...out.map((_, i) => i + 2)];
    const sums = seen.map((patch) => e.reshape(e.sum(e.mul(patch, dy), axes, false), [o, 1]));
    return e.reshape(e.concat(sums, 1), [o, 1, ...kernel]);
  }
  const [perIn, perOut] = [c / group, o / group];
  const columns = e.concat(
    seen.map((patch) => e.reshape(patch, [n, group, perIn, count])),
    2
  );
  const rows = e.reshape(dy, [n, group, perOut, count]);
  const product = e.sum(e.matmul(rows, e.swap(columns)), [0], false);
  const size = offsets(kernel).length;
  const byOffset = e.reshape(product, [o, size, perIn]);
  return e.reshape(e.transpose(byOffset, [0, 2, 1]), [o, perIn, ...kernel]);
}
function bias(c) {
  if (!c.node.input(2) || !c.needs(2)) return void 0;
  const axes = c.e.shape(c.dy).map((_, axis) => axis).filter((axis) => axis !== 1);
  return c.e.sum(c.dy, axes, false);
}
var convolutionGradients = {
  Conv: (c) => {
    const [x, w, out] = [c.shape(0), c.shape(1), c.e.shape(c.dy)];
    const group = c.node.attrInt("group", 1);
    const window = windowOf(c.node, w.slice(2), x.slice(2), out.slice(2));
    return [
      c.needs(0) ? convInput(c.e, c.dy, c.x(1), window, group, x) : void 0,
      c.needs(1) ? convWeight(c.e, c.x(0), c.dy, window, group) : void 0,
      bias(c)
    ];
  },
  /** Weight [C, O/group, ...kernel]: the convolution's roles of x and dy are exchanged. */
  ConvTranspose: (c) => {
    const { e } = c;
    const [x, w, out] = [c.shape(0), c.shape(1), e.shape(c.dy)];
    const group = c.node.attrInt("group", 1);
    const window = windowOf(c.node, w.slice(2), out.slice(2), x.slice(2));
    const end = window.kernel.map((k, i) => {
      const reach = (x[i + 2] - 1) * window.strides[i] + (k - 1) * window.dilations[i] + 1;
      return reach - window.begin[i] - out[i + 2];
    });
    const dx = () => {
      const size = out.map((dim, axis) => axis < 2 ? dim : dim + Math.min(0, end[axis - 2]));
      const seen = e.slice(
        c.dy,
        out.map(() => 0),
        size,
        out.map(() => 1)
      );
      return e.op("Conv", [seen, c.x(1)], x, {
        kernel_shape: { ints: window.kernel },
        strides: { ints: window.strides },
        dilations: { ints: window.dilations },
        pads: { ints: [...window.begin, ...end.map((pad) => Math.max(0, pad))] },
        group
      });
    };
    return [
      c.needs(0) ? dx() : void 0,
      c.needs(1) ? convWeight(e, c.dy, c.x(0), window, group) : void 0,
      bias(c)
    ];
  }
};

// src/train/gradients/elementwise.ts
var unary = (derivative) => (c) => [c.e.mul(c.dy, derivative(c))];
var binary = (a, b) => (c) => [a, b].map((part, i) => c.needs(i) ? c.e.unbroadcast(part(c), c.shape(i)) : void 0);
var extremum = (c) => c.node.inputs.map(
  (input, i) => input && c.needs(i) ? c.e.unbroadcast(c.e.mul(c.dy, c.e.mask("Equal", input, c.y)), c.shape(i)) : void 0
);
var sigmoid = ({ e }, x) => e.unary("Sigmoid", x);
function normalCdf({ e }, x) {
  return e.scale(e.add(e.unary("Erf", e.scale(x, Math.SQRT1_2)), e.float(1)), 0.5);
}
function normalPdf({ e }, x) {
  return e.scale(e.unary("Exp", e.scale(e.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
}
var elementwiseGradients = {
  Identity: ({ dy }) => [dy],
  Dropout: ({ dy }) => [dy],
  /** Between floating-point types; the training graph is float32 throughout. */
  Cast: ({ dy }) => [dy],
  Add: binary(
    ({ dy }) => dy,
    ({ dy }) => dy
  ),
  Sub: binary(
    ({ dy }) => dy,
    ({ e, dy }) => e.neg(dy)
  ),
  Mul: binary(
    ({ e, dy, x }) => e.mul(dy, x(1)),
    ({ e, dy, x }) => e.mul(dy, x(0))
  ),
  /** d/da = 1/b, d/db = -y/b */
  Div: binary(
    ({ e, dy, x }) => e.div(dy, x(1)),
    ({ e, dy, x, y }) => e.neg(e.div(e.mul(dy, y), x(1)))
  ),
  /** d/da = b a^(b-1), d/db = y ln a */
  Pow: binary(
    (c) => {
      const exponent = constantValue(c.x(1));
      const n = exponent && exponent.type !== "string" && exponent.data.length === 1 ? Number(exponent.data[0]) : void 0;
      if (n === 2) return c.e.mul(c.dy, c.e.scale(c.x(0), 2));
      const less = n === void 0 ? c.e.sub(c.x(1), c.e.float(1)) : c.e.float(n - 1);
      const power = c.e.op("Pow", [c.x(0), less], c.e.shape(c.y));
      return c.e.mul(c.e.mul(c.dy, n === void 0 ? c.x(1) : c.e.float(n)), power);
    },
    ({ e, dy, x, y }) => e.mul(dy, e.mul(y, e.unary("Log", x(0))))
  ),
  Min: extremum,
  Max: extremum,
  Sum: ({ e, dy, node, shape, needs }) => node.inputs.map((_, i) => needs(i) ? e.unbroadcast(dy, shape(i)) : void 0),
  Where: ({ e, node, dy, shape, needs }) => {
    const [condition] = node.inputs;
    return [
      void 0,
      needs(1) ? e.unbroadcast(e.where(condition, dy, e.float(0)), shape(1)) : void 0,
      needs(2) ? e.unbroadcast(e.where(condition, e.float(0), dy), shape(2)) : void 0
    ];
  },
  Neg: ({ e, dy }) => [e.neg(dy)],
  Abs: unary(({ e, x }) => e.unary("Sign", x(0))),
  Exp: unary(({ y }) => y),
  Log: ({ e, dy, x }) => [e.div(dy, x(0))],
  /** 1 / (2 y) */
  Sqrt: ({ e, dy, y }) => [e.scale(e.div(dy, y), 0.5)],
  /** -y^2 */
  Reciprocal: unary(({ e, y }) => e.neg(e.mul(y, y))),
  /** 2/sqrt(pi) e^(-x^2) */
  Erf: unary(({ e, x }) => e.scale(e.unary("Exp", e.neg(e.mul(x(0), x(0)))), 2 / Math.sqrt(Math.PI))),
  Sin: unary(({ e, x }) => e.unary("Cos", x(0))),
  Cos: unary(({ e, x }) => e.neg(e.unary("Sin", x(0)))),
  /** [y > 0] */
  Relu: unary(({ e, y }) => e.mask("Greater", y, e.float(0))),
  /** 1 or alpha */
  LeakyRelu: unary(({ e, x, node }) => {
    const alpha = node.attrFloat("alpha", 0.01);
    return e.add(e.scale(e.mask("Greater", x(0), e.float(0)), 1 - alpha), e.float(alpha));
  }),
  /** dx: 1 or slope; dslope: min(x, 0) */
  PRelu: ({ e, dy, x, shape, needs }) => {
    const above = e.mask("Greater", x(0), e.float(0));
    const below = e.sub(e.float(1), above);
    return [
      e.mul(dy, e.add(above, e.mul(below, x(1)))),
      needs(1) ? e.unbroadcast(e.mul(dy, e.mul(below, x(0))), shape(1)) : void 0
    ];
  },
  /** [lo < x < hi], as [x == y] */
  Clip: (c) => [c.e.mul(c.dy, c.e.mask("Equal", c.x(0), c.y)), void 0, void 0],
  /** y (1 - y) */
  Sigmoid: unary(({ e, y }) => e.mul(y, e.sub(e.float(1), y))),
  /** 1 - y^2 */
  Tanh: unary(({ e, y }) => e.sub(e.float(1), e.mul(y, y))),
  /** sigma(x) */
  Softplus: unary((c) => sigmoid(c, c.x(0))),
  /** 1 / (1 + |x|)^2 */
  Softsign: unary(({ e, x }) => {
    const denominator = e.add(e.unary("Abs", x(0)), e.float(1));
    return e.unary("Reciprocal", e.mul(denominator, denominator));
  }),
  /** alpha [0 < y < 1] */
  HardSigmoid: unary(({ e, y, node }) => {
    const inside = e.mul(e.mask("Greater", y, e.float(0)), e.mask("Less", y, e.float(1)));
    return e.scale(inside, node.attrFloat("alpha", 0.2));
  }),
  /** h + (x / 6) [0 < h < 1], h = clip(x / 6 + 1/2, 0, 1) */
  HardSwish: unary(({ e, x }) => {
    const h = e.op("HardSigmoid", [x(0)], e.shape(x(0)), { alpha: 1 / 6, beta: 0.5 });
    const inside = e.mul(e.mask("Greater", h, e.float(0)), e.mask("Less", h, e.float(1)));
    return e.add(h, e.mul(e.scale(x(0), 1 / 6), inside));
  }),
  /** y/x where x > 0, else y + alpha */
  Elu: unary(({ e, x, y, node }) => {
    const above = e.mask("Greater", x(0), e.float(0));
    const below = e.sub(e.float(1), above);
    return e.add(above, e.mul(below, e.add(y, e.float(node.attrFloat("alpha", 1)))));
  }),
  /** Phi(x) + x phi(x), or the derivative of the tanh form */
  Gelu: unary((c) => {
    const { e, node } = c;
    const x = c.x(0);
    if (node.attrString("approximate", "none") === "none") {
      return e.add(normalCdf(c, x), e.mul(x, normalPdf(c, x)));
    }
    const k = Math.sqrt(2 / Math.PI);
    const square = e.mul(x, x);
    const u = e.scale(e.mul(x, e.add(e.scale(square, 0.044715), e.float(1))), k);
    const t = e.unary("Tanh", u);
    const slope = e.scale(e.add(e.scale(square, 3 * 0.044715), e.float(1)), k);
    const half = e.scale(e.add(t, e.float(1)), 0.5);
    return e.add(half, e.scale(e.mul(x, e.mul(e.sub(e.float(1), e.mul(t, t)), slope)), 0.5));
  }),
  /** s + x s (1 - s), s = sigma(alpha x) */
  Swish: unary((c) => {
    const { e, node } = c;
    const alpha = node.attrFloat("alpha", 1);
    const s = sigmoid(c, e.scale(c.x(0), alpha));
    return e.add(s, e.scale(e.mul(e.mul(c.x(0), s), e.sub(e.float(1), s)), alpha));
  })
};

// src/train/gradients/linear.ts
var linearGradients = {
  /** y = a b: da = dy b^T, db = a^T dy, summed over broadcast batch axes. */
  MatMul: (c) => {
    const { e } = c;
    const [left, right] = [c.shape(0), c.shape(1)];
    const a = left.length === 1 ? e.reshape(c.x(0), [1, left[0]]) : c.x(0);
    const b = right.length === 1 ? e.reshape(c.x(1), [right[0], 1]) : c.x(1);
    const rows = e.shape(a).at(-2);
    const columns = e.shape(b).at(-1);
    const batch = e.shape(c.dy).slice(0, e.shape(c.dy).length - (left.length > 1 ? 1 : 0) - (right.length > 1 ? 1 : 0));
    const dy = e.reshape(c.dy, [...batch, rows, columns]);
    const da = () => e.reshape(e.unbroadcast(e.matmul(dy, e.swap(b)), e.shape(a)), left);
    const db = () => {
      if (right.length === 2 && e.shape(a).length > 2) {
        const [k, n] = right;
        const count = e.shape(dy).slice(0, -1).reduce((product, dim) => product * dim, 1);
        return e.matmul(e.swap(e.reshape(a, [count, k])), e.reshape(dy, [count, n]));
      }
      return e.reshape(e.unbroadcast(e.matmul(e.swap(a), dy), e.shape(b)), right);
    };
    return [c.needs(0) ? da() : void 0, c.needs(1) ? db() : void 0];
  },
  /** y = alpha A B + beta C */
  Gemm: (c) => {
    const { e, node } = c;
    const [transA, transB] = [node.attrInt("transA", 0) === 1, node.attrInt("transB", 0) === 1];
    const dy = e.scale(c.dy, node.attrFloat("alpha", 1));
    const [a, b] = [c.x(0), c.x(1)];
    const da = () => {
      const plain = e.matmul(dy, transB ? b : e.swap(b));
      return transA ? e.swap(plain) : plain;
    };
    const db = () => {
      const plain = e.matmul(transA ? a : e.swap(a), dy);
      return transB ? e.swap(plain) : plain;
    };
    return [
      c.needs(0) ? da() : void 0,
      c.needs(1) ? db() : void 0,
      node.input(2) && c.needs(2) ? e.unbroadcast(e.scale(c.dy, node.attrFloat("beta", 1)), c.shape(2)) : void 0
    ];
  }
};

// src/train/gradients/normalization.ts
function standardize(e, x, axes, epsilon2) {
  const centred = e.sub(x, e.mean(x, axes));
  const variance = e.mean(e.mul(centred, centred), axes);
  const rstd = e.unary("Reciprocal", e.unary("Sqrt", e.add(variance, e.float(epsilon2))));
  return { xhat: e.mul(centred, rstd), rstd };
}
function throughStandardize(e, g, { xhat, rstd }, axes) {
  const inner = e.sub(e.sub(g, e.mean(g, axes)), e.mul(xhat, e.mean(e.mul(g, xhat), axes)));
  return e.mul(rstd, inner);
}
function overChannels(e, vector, rank) {
  const [channels] = e.shape(vector);
  return e.reshape(vector, [1, channels, ...Array(rank - 2).fill(1)]);
}
var allBut = (shape, kept2) => shape.map((_, axis) => axis).filter((axis) => axis !== kept2);
function affine(c, xhat) {
  const axes = allBut(c.shape(0), 1);
  return [
    c.needs(1) ? c.e.sum(c.e.mul(c.dy, xhat), axes, false) : void 0,
    c.needs(2) ? c.e.sum(c.dy, axes, false) : void 0
  ];
}
var normalizationGradients = {
  /** With the stored statistics, which are not trained: an affine map for each channel. */
  BatchNormalization: (c) => {
    const { e, node } = c;
    const rank = c.shape(0).length;
    const rstd = e.unary("Reciprocal", e.unary("Sqrt", e.add(c.x(4), e.float(node.attrFloat("epsilon", 1e-5)))));
    const xhat = () => e.mul(e.sub(c.x(0), overChannels(e, c.x(3), rank)), overChannels(e, rstd, rank));
    const [dgamma, dbeta] = c.needs(1) || c.needs(2) ? affine(c, xhat()) : [];
    return [
      c.needs(0) ? e.mul(c.dy, overChannels(e, e.mul(c.x(1), rstd), rank)) : void 0,
      dgamma,
      dbeta,
      void 0,
      void 0
    ];
  },
  LayerNormalization: (c) => {
    const { e, node } = c;
    const shape = c.shape(0);
    const first = node.attrInt("axis", -1);
    const from = first < 0 ? first + shape.length : first;
    const axes = shape.map((_, axis) => axis).filter((axis) => axis >= from);
    const standard = standardize(e, c.x(0), axes, node.attrFloat("epsilon", 1e-5));
    return [
      c.needs(0) ? throughStandardize(e, e.mul(c.dy, c.x(1)), standard, axes) : void 0,
      c.needs(1) ? e.unbroadcast(e.mul(c.dy, standard.xhat), c.shape(1)) : void 0,
      c.needs(2) ? e.unbroadcast(c.dy, c.shape(2)) : void 0
    ];
  },
  InstanceNormalization: (c) => {
    const { e, node } = c;
    const shape = c.shape(0);
    const axes = shape.map((_, axis) => axis).filter((axis) => axis >= 2);
    const standard = standardize(e, c.x(0), axes, node.attrFloat("epsilon", 1e-5));
    const g = e.mul(c.dy, overChannels(e, c.x(1), shape.length));
    return [throughStandardize(e, g, standard, axes), ...affine(c, standard.xhat)];
  },
  /** Scale and bias over channels (opset 21), statistics over a group's channels and all positions. */
  GroupNormalization: (c) => {
    const { e, node } = c;
    const shape = c.shape(0);
    const groups = node.attrInt("num_groups", 1);
    const [n, channels] = shape;
    const grouped = [n, groups, channels / groups, ...shape.slice(2)];
    const axes = grouped.map((_, axis) => axis).filter((axis) => axis >= 2);
    const standard = standardize(e, e.reshape(c.x(0), grouped), axes, node.attrFloat("epsilon", 1e-5));
    const xhat = e.reshape(standard.xhat, shape);
    const perGroup = c.shape(1)[0] === groups && groups !== channels;
    if (perGroup) {
      const wide = e.reshape(c.x(1), [1, groups, ...Array(grouped.length - 2).fill(1)]);
      const dy = e.reshape(c.dy, grouped);
      const over = allBut(grouped, 1);
      return [
        e.reshape(throughStandardize(e, e.mul(dy, wide), standard, axes), shape),
        c.needs(1) ? e.sum(e.mul(dy, standard.xhat), over, false) : void 0,
        c.needs(2) ? e.sum(dy, over, false) : void 0
      ];
    }
    const g = e.reshape(e.mul(c.dy, overChannels(e, c.x(1), shape.length)), grouped);
    return [e.reshape(throughStandardize(e, g, standard, axes), shape), ...affine(c, xhat)];
  }
};

// src/train/gradients/pooling.ts
function counts(window, input, output, withPadding) {
  const perAxis = output.map(
    (size, i) => Array.from({ length: size }, (_, at) => {
      const start = at * window.strides[i] - window.begin[i];
      const [low, high] = withPadding ? [-window.begin[i], input[i] + window.end[i]] : [0, input[i]];
      let count = 0;
      for (let k = 0; k < window.kernel[i]; k++) {
        const place = start + k * window.dilations[i];
        if (place >= low && place < high) count += 1;
      }
      return count;
    })
  );
  const result = new Float32Array(sizeOf(output));
  for (let flat = 0; flat < result.length; flat++) {
    let rest = flat;
    let count = 1;
    for (let i = output.length - 1; i >= 0; i--) {
      const size = output[i];
      count *= perAxis[i][rest % size];
      rest = Math.floor(rest / size);
    }
    result[flat] = 1 / Math.max(1, count);
  }
  return result;
}
function windowSum(e, dy, window, to) {
  const [n, c, ...out] = e.shape(dy);
  const flat = e.reshape(dy, [n * c, 1, ...out]);
  const ones = e.expand(e.float(1), [1, 1, ...window.kernel]);
  const outputPadding = [];
  const end = window.kernel.map((k, i) => {
    const reach = (out[i] - 1) * window.strides[i] + (k - 1) * window.dilations[i] + 1;
    const missing = to[i + 2] - (reach - window.begin[i]);
    outputPadding.push(Math.max(0, missing));
    return Math.max(0, -missing);
  });
  const sum = e.op("ConvTranspose", [flat, ones], [n * c, 1, ...to.slice(2)], {
    kernel_shape: { ints: window.kernel },
    strides: { ints: window.strides },
    dilations: { ints: window.dilations },
    pads: { ints: [...window.begin, ...end] },
    output_padding: { ints: outputPadding }
  });
  return e.reshape(sum, to);
}
var globalMax = ({ e, dy, y, x, shape }) => {
  const axes = shape(0).map((_, axis) => axis).filter((axis) => axis >= 2);
  const equal = e.mask("Equal", x(0), y);
  return [e.mul(e.div(equal, e.sum(equal, axes)), dy)];
};
var poolingGradients = {
  GlobalAveragePool: ({ e, dy, shape }) => [e.expand(e.scale(dy, 1 / sizeOf(shape(0).slice(2))), shape(0))],
  GlobalMaxPool: globalMax,
  AveragePool: ({ e, dy, node, shape }) => {
    const [x, out] = [shape(0), e.shape(dy)];
    const window = windowOf(node, node.attrInts("kernel_shape", []), x.slice(2), out.slice(2));
    const withPadding = node.attrInt("count_include_pad", 0) === 1;
    const share = e.tensor([1, 1, ...out.slice(2)], counts(window, x.slice(2), out.slice(2), withPadding));
    return [windowSum(e, e.mul(dy, share), window, x)];
  },
  /** The indices of the maxima say where dy goes. */
  MaxPool: ({ e, dy, node, shape }) => {
    if (node.attrInt("storage_order", 0) !== 0) throw new Unsupported("MaxPool with column-major indices");
    const indices = node.outputs[1] ?? e.graph.addNodeOutput(node, `${node.name}_indices`);
    const [x, out] = [shape(0), e.shape(dy)];
    const zeros = e.expand(e.float(0), [sizeOf(x)]);
    const flat = e.op("Reshape", [indices, e.ints([sizeOf(out)])], [sizeOf(out)]);
    const scattered = e.op("ScatterElements", [zeros, flat, e.reshape(dy, [sizeOf(out)])], [sizeOf(x)], {
      axis: 0,
      reduction: "add"
    });
    return [e.reshape(scattered, x)];
  }
};

// src/train/gradients/reduction.ts
function reducedAxes({ node, shape }) {
  const rank = shape(0).length;
  const input = node.input(1);
  const constant = constantValue(input);
  if (input && (!constant || constant.type === "string"))
    throw new Unsupported(`the axes of ${node.op} are not constant`);
  const given = constant ? Array.from(constant.data, Number) : node.attrInts("axes", []);
  if (given.length === 0 && node.attrInt("noop_with_empty_axes", 0) === 1) return [];
  return given.length > 0 ? positive(given, rank) : Array.from({ length: rank }, (_, axis) => axis);
}
function kept(c, value) {
  const axes = reducedAxes(c);
  return c.e.reshape(
    value,
    c.shape(0).map((dim, axis) => axes.includes(axis) ? 1 : dim)
  );
}
var reduce = (part) => (c) => {
  const count = reducedAxes(c).reduce((product, axis) => product * c.shape(0)[axis], 1);
  return [c.e.expand(part(c, kept(c, c.dy), count), c.shape(0))];
};
var extremum2 = (c) => {
  const equal = c.e.mask("Equal", c.x(0), kept(c, c.y));
  return [c.e.mul(c.e.div(equal, c.e.sum(equal, reducedAxes(c))), kept(c, c.dy))];
};
var reductionGradients = {
  ReduceSum: reduce((_, dy) => dy),
  ReduceMean: reduce(({ e }, dy, count) => e.scale(dy, 1 / count)),
  ReduceMax: extremum2,
  ReduceMin: extremum2,
  /** 2 x */
  ReduceSumSquare: (c) => [c.e.mul(kept(c, c.dy), c.e.scale(c.x(0), 2))],
  /** x / y */
  ReduceL2: (c) => [c.e.mul(c.e.div(c.x(0), kept(c, c.y)), kept(c, c.dy))],
  /** y (dy - sum dy y) */
  Softmax: ({ e, dy, y, node }) => {
    const axes = positive([node.attrInt("axis", -1)], e.shape(y).length);
    return [e.mul(y, e.sub(dy, e.sum(e.mul(dy, y), axes)))];
  },
  /** dy - e^y sum dy */
  LogSoftmax: ({ e, dy, y, node }) => {
    const axes = positive([node.attrInt("axis", -1)], e.shape(y).length);
    return [e.sub(dy, e.mul(e.unary("Exp", y), e.sum(dy, axes)))];
  }
};

// src/train/gradients/shape.ts
var reshaping = ({ e, dy, shape }) => [e.reshape(dy, shape(0))];
function ints(value, what) {
  const constant = constantValue(value);
  if (!constant || constant.type === "string") throw new Unsupported(`${what} is not a constant`);
  return Array.from(constant.data, Number);
}
var shapeGradients = {
  Reshape: reshaping,
  Flatten: reshaping,
  Squeeze: reshaping,
  Unsqueeze: reshaping,
  Transpose: ({ e, dy, node, shape }) => {
    const rank = shape(0).length;
    const perm = node.attrInts(
      "perm",
      Array.from({ length: rank }, (_, axis) => rank - 1 - axis)
    );
    const inverse = Array.from({ length: rank });
    perm.forEach((from, to) => {
      inverse[from] = to;
    });
    return [e.transpose(dy, inverse)];
  },
  Concat: ({ e, dy, node, shape, needs }) => {
    const rank = e.shape(dy).length;
    const [axis] = positive([node.attrInt("axis", 0)], rank);
    let at = 0;
    return node.inputs.map((_, i) => {
      const size = shape(i)[axis];
      const starts = e.shape(dy).map((__, a) => a === axis ? at : 0);
      const ends = e.shape(dy).map((dim, a) => a === axis ? at + size : dim);
      at += size;
      return needs(i) ? e.slice(
        dy,
        starts,
        ends,
        starts.map(() => 1)
      ) : void 0;
    });
  },
  Split: ({ e, dys, node, shape }) => {
    const [axis] = positive([node.attrInt("axis", 0)], shape(0).length);
    const parts = node.outputs.map((output, i) => {
      if (!output) throw new Unsupported("an output of Split is left out");
      const outShape = e.shape(output);
      return dys[i] ?? e.expand(e.float(0), outShape);
    });
    return [e.concat(parts, axis)];
  },
  /** Zeros where the slice did not reach; steps are spread by interleaving zeros. */
  Slice: ({ e, dy, node, shape }) => {
    const full = shape(0);
    const starts = ints(node.input(1), "the starts of Slice");
    const axes = positive(
      node.input(3) ? ints(node.input(3), "the axes of Slice") : starts.map((_, i) => i),
      full.length
    );
    const steps = node.input(4) ? ints(node.input(4), "the steps of Slice") : starts.map(() => 1);
    let result = dy;
    axes.forEach((axis, i) => {
      const step = steps[i];
      const dim = full[axis];
      if (step < 0) throw new Unsupported("Slice with a negative step");
      const raw = starts[i];
      const start = Math.min(dim, Math.max(0, raw < 0 ? raw + dim : raw));
      result = spread(e, result, axis, step);
      const got = e.shape(result)[axis];
      const over = start + got - dim;
      if (over > 0) {
        const ends = e.shape(result).map((size, a) => a === axis ? size - over : size);
        result = e.slice(
          result,
          ends.map(() => 0),
          ends,
          ends.map(() => 1)
        );
      }
      const begin = full.map((_, a) => a === axis ? start : 0);
      const end = full.map((_, a) => a === axis ? Math.max(0, -over) : 0);
      result = e.pad(result, begin, end);
    });
    return [result];
  },
  Expand: ({ e, dy, shape }) => [e.unbroadcast(dy, shape(0))],
  /** Sum over the copies. */
  Tile: ({ e, dy, shape }) => {
    const from = shape(0);
    const repeats = e.shape(dy).map((dim, axis) => dim / from[axis]);
    const split = from.flatMap((dim, axis) => [repeats[axis], dim]);
    return [
      e.reshape(
        e.sum(
          e.reshape(dy, split),
          from.map((_, axis) => axis * 2)
        ),
        from
      )
    ];
  },
  Pad: ({ e, dy, node, shape }) => {
    const mode = node.attrString("mode", "constant");
    if (mode !== "constant") throw new Unsupported(`Pad in mode ${mode}`);
    const from = shape(0);
    const pads = ints(node.input(1), "the pads of Pad");
    const axes = node.input(3) ? positive(ints(node.input(3), "the axes of Pad"), from.length) : from.map((_, axis) => axis);
    const starts = from.map(() => 0);
    axes.forEach((axis, i) => {
      starts[axis] = pads[i];
      if (pads[i] < 0 || pads[i + axes.length] < 0) throw new Unsupported("Pad that crops");
    });
    return [
      e.slice(
        dy,
        starts,
        from.map((dim, axis) => dim + starts[axis]),
        from.map(() => 1)
      )
    ];
  },
  /** Rows of the table that were read get their gradient added. */
  Gather: ({ e, dy, node, shape }) => {
    const table = shape(0);
    const [axis] = positive([node.attrInt("axis", 0)], table.length);
    const indices = node.input(1);
    const indexShape = e.shape(indices);
    const rank = e.shape(dy).length;
    const gathered = indexShape.map((_, i) => axis + i);
    const rest = Array.from({ length: rank }, (_, i) => i).filter((i) => !gathered.includes(i));
    const rows = e.transpose(dy, [...gathered, ...rest]);
    const front = [table[axis], ...table.filter((_, i) => i !== axis)];
    const dim = e.graph.addInitializer("grad/constant", {
      type: "int64",
      dims: [],
      data: BigInt64Array.of(BigInt(table[axis]))
    });
    const wide = e.op("Cast", [indices], indexShape, { to: 7 });
    const wrapped = e.op("Mod", [e.op("Add", [wide, dim], indexShape), dim], indexShape);
    const positions = e.reshape(wrapped, [sizeOf(indexShape), 1]);
    const flat = e.reshape(rows, [sizeOf(indexShape), ...front.slice(1)]);
    const sum = e.op("ScatterND", [e.expand(e.float(0), front), positions, flat], front, { reduction: "add" });
    const back = Array.from({ length: table.length }, (_, i) => i === axis ? 0 : i < axis ? i + 1 : i);
    return [e.transpose(sum, back), void 0];
  },
  DepthToSpace: ({ e, dy, node, shape }) => {
    const block = node.attrInt("blocksize", 1);
    const [n, c, h, w] = shape(0);
    const out = c / (block * block);
    const six = e.reshape(dy, [n, out, h, block, w, block]);
    const perm = node.attrString("mode", "DCR") === "DCR" ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4];
    return [e.reshape(e.transpose(six, perm), [n, c, h, w])];
  },
  SpaceToDepth: ({ e, dy, node, shape }) => {
    const block = node.attrInt("blocksize", 1);
    const [n, c, h, w] = shape(0);
    const six = e.reshape(dy, [n, block, block, c, h / block, w / block]);
    return [e.reshape(e.transpose(six, [0, 3, 4, 1, 5, 2]), [n, c, h, w])];
  },
  /** Nearest, enlarged by whole factors: the sum over each pixel's copies. */
  Resize: ({ e, dy, node, shape }) => {
    const from = shape(0);
    const to = e.shape(dy);
    const factors = to.map((dim, axis) => dim / from[axis]);
    if (node.attrString("mode", "nearest") !== "nearest") throw new Unsupported("Resize in a mode other than nearest");
    if (node.attrString("coordinate_transformation_mode", "half_pixel") === "align_corners") {
      throw new Unsupported("Resize with align_corners");
    }
    if (factors.some((factor) => !Number.isInteger(factor))) {
      throw new Unsupported("Resize by a factor that is not a whole number");
    }
    const split = from.flatMap((dim, axis) => [dim, factors[axis]]);
    return [
      e.reshape(
        e.sum(
          e.reshape(dy, split),
          from.map((_, axis) => axis * 2 + 1)
        ),
        from
      )
    ];
  }
};
function spread(e, value, axis, step) {
  if (step === 1) return value;
  const shape = e.shape(value);
  const wide = e.reshape(value, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]);
  const padded = e.pad(
    wide,
    e.shape(wide).map(() => 0),
    e.shape(wide).map((_, a) => a === axis + 1 ? step - 1 : 0)
  );
  return e.reshape(
    padded,
    shape.map((dim, a) => a === axis ? dim * step : dim)
  );
}

// src/train/gradients/index.ts
var gradients = {
  ...elementwiseGradients,
  ...linearGradients,
  ...convolutionGradients,
  ...poolingGradients,
  ...reductionGradients,
  ...normalizationGradients,
  ...shapeGradients
};

// src/train/program.ts
var lossName = "training/loss";

// src/train/schedule.ts
var leastSteps = 30;
var trainingShare = 0.75;
function planSteps(parts, whole, wanted, budgetMs) {
  const available = budgetMs * trainingShare;
  const wholeMs = whole ? whole.stepMs * wanted.whole : 0;
  const partsMs = parts.reduce((sum, { stepMs }) => sum + stepMs * wanted.part, 0);
  const share = coarse(Math.min(1, available / Math.max(partsMs + wholeMs, 1e-9)));
  const none = parts.map(() => 0);
  if (share === 1) {
    return {
      parts: parts.map(({ stepMs }) => stepMs > 0 ? wanted.part : 0),
      whole: whole && whole.stepMs > 0 ? wanted.whole : 0,
      share
    };
  }
  const wholeShare = coarse(Math.min(1, available / 2 / Math.max(wholeMs, 1e-9)));
  const wholeSteps = whole && whole.stepMs > 0 ? Math.floor(wanted.whole * wholeShare) : 0;
  let left = available - wholeSteps * (whole?.stepMs ?? 0);
  const each = Math.max(leastSteps, Math.floor(wanted.part * Math.max(share, 0.25)));
  const worstFirst = parts.map((part, at) => ({ ...part, at })).filter(({ stepMs }) => stepMs > 0).sort((a, b) => b.damage - a.damage || a.at - b.at);
  for (const { at, stepMs } of worstFirst) {
    if (left < each * stepMs) continue;
    none[at] = each;
    left -= each * stepMs;
  }
  return { parts: none, whole: wholeSteps >= leastSteps ? wholeSteps : 0, share };
}
function coarse(share) {
  if (share >= 1) return 1;
  const half = 2 ** Math.floor(Math.log2(share));
  return share >= half * 1.4 ? half * 1.4 : half;
}

// src/train/trainer.ts
var clipAt = 4;
var wholeFactor = 0.3;
var evaluations = 8;
var patience = 3;
var Trainer = class {
  #context;
  #params;
  #values = /* @__PURE__ */ new Map();
  #info = /* @__PURE__ */ new Map();
  #batches;
  /** The batches that are trained on, and those that decide. */
  #training;
  #held;
  #key;
  #deadline;
  #outputs;
  #notes = [];
  #tiers = [];
  #schedule = { parts: [], whole: 0, share: 1 };
  #stepMs = [];
  #before = Number.NaN;
  #best = Number.NaN;
  #done = 0;
  #total = 1;
  #saved = performance.now();
  #caches = 0;
  #late = false;
  constructor(context, params) {
    this.#context = context;
    this.#params = params;
    this.#deadline = performance.now() + params.budgetMs;
    for (const parameter of params.parameters) {
      this.#info.set(parameter.name, parameter);
      this.#values.set(parameter.name, Float32Array.from(parameter.initial));
    }
    const { data, batch, seed, inputs, heldBack } = params;
    this.#batches = new Batches(data.store, data.samples, batch, batchAxes(inputs), seed);
    const all = Array.from({ length: this.#batches.count }, (_, at) => at);
    this.#training = all.slice(0, all.length - heldBack);
    this.#held = all.slice(all.length - heldBack);
    this.#outputs = this.#cache();
    this.#key = keyOf(params);
  }
  async run() {
    const { parts, whole, resume, workDir } = this.#params;
    const restored = resume ? loadCheckpoint(this.#checkpointPath(workDir), this.#key) : void 0;
    await this.#forwardAll(whole.teacher, whole.teacherInputs, whole.teacherOutputs, void 0, this.#outputs);
    if (restored) this.#restoreAll(restored);
    else {
      this.#before = await this.#evaluate();
      this.#best = this.#before;
      await this.#measure();
    }
    this.#total = this.#schedule.parts.reduce((sum, steps) => sum + steps, 0) + this.#schedule.whole;
    await this.#trainParts(restored);
    await this.#trainWhole(restored);
    this.#outputs.drop();
    await this.#close(whole.forward);
    if (this.#late) this.#notes.push("The budget ended before the planned steps did; what was reached is kept.");
    return {
      parameters: Object.fromEntries(this.#values),
      tiers: this.#tiers,
      before: this.#before,
      after: this.#best,
      steps: this.#tiers.reduce((sum, tier) => sum + tier.steps, 0),
      stepMs: this.#stepMs,
      notes: this.#notes
    };
    void parts;
  }
  /** Part after part, each on inputs that the trained parts before it give. */
  async #trainParts(restored) {
    const { parts } = this.#params;
    const last = this.#schedule.parts.findLastIndex((steps) => steps > 0);
    if (restored && restored.part >= parts.length) {
      this.#done += this.#schedule.parts.reduce((sum, steps) => sum + steps, 0);
      return;
    }
    let student;
    let teacher;
    for (const [at, part] of parts.entries()) {
      if (at > last) break;
      const targets = this.#cache();
      await this.#forwardAll(
        part.teacher,
        part.teacherInputs,
        part.teacherOutputs,
        cutOf(part.teacherCut, teacher),
        targets
      );
      const steps = this.#schedule.parts[at];
      if (restored && at < restored.part) this.#done += steps;
      else if (steps > 0) {
        const resumed = restored?.part === at ? restored.state : void 0;
        const given = cutOf(part.cut, student);
        await this.#tier(part, at, steps, resumed, (b) => ({
          feeds: this.#feeds(this.#batches, b, part.inputs, given),
          targets: targets.get(b)
        }));
        if (at < last) this.#checkpoint(at + 1, void 0, true);
      }
      teacher?.drop();
      teacher = targets;
      if (at === last) break;
      const next = this.#cache();
      const { forward, inputs, outputs } = part;
      await this.#forwardAll(forward, inputs, outputs, cutOf(part.cut, student), next, part);
      student?.drop();
      student = next;
    }
    student?.drop();
    teacher?.drop();
  }
  async #trainWhole(restored) {
    const { parts, whole, training } = this.#params;
    const steps = this.#schedule.whole;
    if (steps === 0) return;
    const at = parts.length;
    const resumed = restored?.part === at ? restored.state : void 0;
    if (!resumed) this.#checkpoint(at, void 0, true);
    if (!training) {
      await this.#tier(whole, at, steps, resumed, (b) => ({
        feeds: this.#feeds(this.#batches, b, whole.inputs),
        targets: this.#outputs.get(b),
        labels: () => this.#batches.labels(b, whole.labels?.dims ?? [])
      }));
      return;
    }
    const { batch, inputs, seed } = this.#params;
    const batches = new Batches(training.store, training.samples, batch, batchAxes(inputs), seed);
    const targets = this.#cache();
    await this.#forwardAll(
      whole.teacher,
      whole.teacherInputs,
      whole.teacherOutputs,
      void 0,
      targets,
      void 0,
      batches
    );
    const source = (b) => ({
      feeds: this.#feeds(batches, b, whole.inputs),
      targets: targets.get(b),
      labels: () => batches.labels(b, whole.labels?.dims ?? [])
    });
    await this.#tier(whole, at, steps, resumed, source, batches.count);
    targets.drop();
  }
  /** Trains one program and keeps the result where the whole comes nearer to FP32. */
  async #tier(part, at, steps, resumed, source, count) {
    const whole = part === this.#params.whole;
    const order = count === void 0 ? this.#training : Array.from({ length: count }, (_, b) => b);
    const state = resumed ?? {
      step: 0,
      moments: new Map(part.trained.map((name) => [name, freshMoments(this.#value(name).length)])),
      norm: 0,
      start: this.#snapshot(part.trained),
      good: this.#snapshot(part.trained),
      goodDistance: this.#best,
      stale: 0
    };
    const session = await this.#open(part.backward);
    const interval = Math.max(10, Math.floor(steps / evaluations));
    this.#done += state.step;
    let diverged = false;
    let loss = Number.NaN;
    while (state.step < steps && state.stale < patience && !this.#late) {
      const { step } = state;
      const { feeds, targets, labels } = source(this.#batchAt(order, at, step));
      const given = this.#stepFeeds(part, feeds, targets, labels);
      loss = await this.#step(session, part, given, state, (whole ? wholeFactor : 1) * cosine(step, steps));
      if (!Number.isFinite(loss)) {
        diverged = true;
        break;
      }
      state.step += 1;
      this.#done += 1;
      this.#context.progress(this.#done, this.#total, `${part.name}, loss ${loss.toPrecision(3)}`);
      if (performance.now() > this.#deadline) this.#late = true;
      if (state.step % interval !== 0 || state.step >= steps) continue;
      if (whole) await this.#rate(part, state);
      this.#checkpoint(at, state);
    }
    await this.#close(part.backward);
    if (diverged) {
      this.#notes.push(`${part.name}: the loss diverged at step ${state.step + 1}; the last good state is kept.`);
      this.#restore(state.good);
    } else await this.#rate(part, state);
    const { goodDistance } = state;
    const kept2 = goodDistance < this.#best;
    const reached = Number.isFinite(state.goodDistance) && kept2 ? goodDistance : await this.#evaluate();
    this.#tiers.push({ name: part.name, steps: state.step, lossBefore: this.#best, lossAfter: reached, kept: kept2 });
    this.#restore(kept2 ? state.good : state.start);
    if (kept2) this.#best = goodDistance;
    this.#done += steps - state.step;
  }
  /** Remembers the present state if it is the best of this tier. */
  async #rate(part, state) {
    const now = await this.#evaluate();
    if (now < state.goodDistance) {
      state.good = this.#snapshot(part.trained);
      state.goodDistance = now;
      state.stale = 0;
    } else state.stale += 1;
  }
  /** One training step. @returns the loss, NaN where it or a gradient is not finite (then nothing has changed) */
  async #step(session, part, given, state, factor) {
    const results = await this.#run(session, given, [lossName, ...part.gradients]);
    const loss = results[lossName].data[0];
    const gradients2 = part.gradients.map((name) => results[name].data);
    const norm = gradientNorm(gradients2);
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) return Number.NaN;
    const usual = state.norm === 0 ? norm : state.norm;
    const scale = norm > clipAt * usual ? clipAt * usual / norm : 1;
    state.norm = 0.9 * usual + 0.1 * norm * scale;
    part.trained.forEach((name, i) => {
      const info = this.#info.get(name);
      const moments = state.moments.get(name);
      adamStep(this.#value(name), gradients2[i], moments, state.step + 1, info, factor, scale);
    });
    return loss;
  }
  /** Distance of the whole student's outputs from FP32's on the held-back batches. */
  async #evaluate() {
    const { whole, distance: kind } = this.#params;
    const session = await this.#open(whole.forward);
    let sum = 0;
    for (const b of this.#held) {
      const feeds = { ...this.#feeds(this.#batches, b, whole.inputs), ...this.#parameterFeeds(whole) };
      const got = await this.#run(session, feeds, whole.outputs);
      const wanted = this.#outputs.get(b);
      const pairs = whole.outputs.map((name, i) => ({
        got: got[name],
        wanted: wanted[whole.teacherOutputs[i]]
      }));
      sum += distance(pairs, kind);
    }
    return sum / this.#held.length;
  }
  /** One step of each program timed, and each part's own error on FP32 inputs: the schedule follows. */
  async #measure() {
    const { parts, whole, steps, budgetMs } = this.#params;
    const b = this.#training[0];
    const measured = [];
    let cut;
    for (const part of parts) {
      const student = await this.#open(part.forward);
      const teacher = await this.#open(part.teacher);
      const feeds2 = this.#feeds(this.#batches, b, part.inputs, part.cut && cut ? { [part.cut]: cut } : void 0);
      const own = await this.#run(student, { ...feeds2, ...this.#parameterFeeds(part) }, part.outputs);
      const known = part.teacherCut && cut ? { [part.teacherCut]: cut } : void 0;
      const targets = await this.#run(
        teacher,
        this.#feeds(this.#batches, b, part.teacherInputs, known),
        part.teacherOutputs
      );
      const pairs = part.outputs.map((name, i) => ({
        got: own[name],
        wanted: targets[part.teacherOutputs[i]]
      }));
      await this.#close(part.forward);
      await this.#close(part.teacher);
      const stepMs = await this.#time(part, feeds2, targets);
      measured.push({ stepMs, damage: distance(pairs, "mse") });
      cut = targets[part.teacherOutputs[0]];
    }
    const feeds = this.#feeds(this.#batches, b, whole.inputs);
    const wholeMs = await this.#time(whole, feeds, this.#outputs.get(b));
    this.#stepMs = [...measured.map(({ stepMs }) => stepMs), wholeMs];
    this.#schedule = planSteps(measured, { stepMs: wholeMs, damage: 0 }, steps, budgetMs);
    if (this.#schedule.share < 1) {
      const percent = Math.round(this.#schedule.share * 100);
      this.#notes.push(
        `The budget of ${Math.round(budgetMs / 1e3)} s holds about ${percent} % of the usual training steps; the blocks with the largest error come first.`
      );
    }
  }
  async #time(part, feeds, targets) {
    if (part.backward === void 0) return 0;
    const session = await this.#open(part.backward);
    const labels = part.labels;
    const given = this.#stepFeeds(part, feeds, targets, labels && (() => this.#batches.labels(0, labels.dims)));
    await this.#run(session, given, [lossName, ...part.gradients]);
    const begin = performance.now();
    await this.#run(session, given, [lossName, ...part.gradients]);
    const took = performance.now() - begin;
    await this.#close(part.backward);
    return took;
  }
  /** Runs a model over all batches into a cache. */
  async #forwardAll(model, inputs, outputs, cut, to, part, batches = this.#batches) {
    const session = await this.#open(model);
    for (let b = 0; b < batches.count; b++) {
      const feeds = { ...this.#feeds(batches, b, inputs, cut), ...part && this.#parameterFeeds(part) };
      to.set(b, await this.#run(session, feeds, outputs));
    }
    await this.#close(model);
  }
  /** What a part is fed on a batch: those of the model's inputs that it reads, and the value at the cut. */
  #feeds(batches, b, names, cut) {
    const known = typeof cut === "function" ? cut(b) : cut;
    if (known && names.every((name) => name in known)) return pick(known, names);
    return pick({ ...batches.feeds(b), ...known }, names);
  }
  /** Each epoch goes through the batches in an order of its own, which depends on nothing but the seed. */
  #batchAt(batches, part, step) {
    const epoch = Math.floor(step / batches.length);
    const order = new Random(this.#params.seed, `part ${part}, epoch ${epoch}`).shuffle([...batches]);
    return order[step % batches.length];
  }
  #stepFeeds(part, feeds, targets, labels) {
    const given = { ...feeds, ...this.#parameterFeeds(part) };
    part.targets.forEach((name, i) => {
      given[name] = targets[part.teacherOutputs[i]];
    });
    if (part.labels && labels) given[part.labels.name] = labels();
    return given;
  }
  #parameterFeeds(part) {
    return Object.fromEntries(
      part.parameters.map((name) => {
        const { dims } = this.#info.get(name);
        return [name, { type: "float32", dims, data: this.#value(name) }];
      })
    );
  }
  #value(name) {
    return this.#values.get(name);
  }
  #snapshot(names) {
    return new Map(names.map((name) => [name, this.#value(name).slice()]));
  }
  #restore(values) {
    for (const [name, data] of values) this.#value(name).set(data);
  }
  #restoreAll({ values, tiers, notes, schedule, stepMs, before, best }) {
    this.#restore(values);
    this.#tiers = tiers;
    this.#notes = notes;
    this.#schedule = schedule;
    this.#stepMs = stepMs;
    this.#before = before;
    this.#best = best;
  }
  #checkpoint(part, state, always = false) {
    const now = performance.now();
    if (!always && now - this.#saved < this.#params.checkpointMs) return;
    this.#saved = now;
    saveCheckpoint(this.#checkpointPath(this.#params.workDir), {
      key: this.#key,
      part,
      state,
      values: this.#values,
      before: this.#before,
      best: this.#best,
      tiers: this.#tiers,
      notes: this.#notes,
      schedule: this.#schedule,
      stepMs: this.#stepMs
    });
  }
  #checkpointPath(folder) {
    return join(folder, "training.checkpoint");
  }
  #cache() {
    const { workDir, cacheBytes } = this.#params;
    return new TensorCache(join(workDir, `cache-${this.#caches++}.bin`), cacheBytes);
  }
  #open(model) {
    return this.#context.sessions.open(this.#spec(model));
  }
  #close(model) {
    return this.#context.sessions.release(this.#spec(model));
  }
  #spec(model) {
    return { ...this.#params.session, model };
  }
  async #run(session, feeds, outputs) {
    const { ort } = this.#context;
    const given = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
    const results = await session.run(given, outputs);
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)]));
  }
};
function cutOf(name, cache) {
  if (name === void 0 || !cache) return void 0;
  return (batch) => {
    const [value] = Object.values(cache.get(batch));
    return { [name]: value };
  };
}
function pick(feeds, names) {
  return Object.fromEntries(
    names.map((name) => {
      const tensor = feeds[name];
      if (!tensor) throw new Error(`nothing to feed for '${name}'`);
      return [name, tensor];
    })
  );
}
function keyOf({
  parts,
  whole,
  parameters,
  data,
  training,
  batch,
  heldBack,
  seed,
  steps,
  budgetMs
}) {
  const hash = createHash("sha256");
  const shape = [...parts, whole].map(({ name, trained }) => [name, trained]);
  hash.update(JSON.stringify([shape, data.samples, training?.samples, batch, heldBack, seed, steps, budgetMs]));
  for (const { initial, rates } of parameters) {
    for (const array of [initial, rates]) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  return hash.digest("hex");
}

// src/train/job.ts
var trainJob = defineJob(
  "train",
  (context, params) => new Trainer(context, params).run()
);
export {
  trainJob
};
