"""Gradients of single operators by PyTorch's autograd in float64: a peer of test/train/gradients-torch.slow.test.ts.

Reads a JSON list of cases from standard input: operator, attributes, inputs (dims and numbers; `trained` those that are
differentiated) and the incoming gradient of each output. Writes the gradients of the trained inputs, case by case; null
for an operator that is not known here.
"""

import json
import sys

import numpy as np
import torch
from torch.nn import functional as F


def pads_of(a, x, kernel):
    """ONNX padding as begin and end of each spatial axis."""
    n = len(kernel)
    strides, dilations = a.get("strides", [1] * n), a.get("dilations", [1] * n)
    auto = a.get("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        begin, end = [], []
        for size, k, s, d in zip(x.shape[2:], kernel, strides, dilations):
            total = max(0, (-(-size // s) - 1) * s + (k - 1) * d + 1 - size)
            small, large = total // 2, total - total // 2
            begin.append(large if auto == "SAME_LOWER" else small)
            end.append(small if auto == "SAME_LOWER" else large)
        return begin, end
    pads = a.get("pads", [0] * 2 * n)
    return pads[:n], pads[n:]


def padded(x, begin, end, value=0.0):
    flat = [p for b, e in zip(reversed(begin), reversed(end)) for p in (b, e)]
    return F.pad(x, flat, value=value)


def conv(a, x, w, b=None):
    n = w.dim() - 2
    x = padded(x, *pads_of(a, x, w.shape[2:]))
    run = (F.conv1d, F.conv2d, F.conv3d)[n - 1]
    return run(x, w, b, a.get("strides", 1), 0, a.get("dilations", 1), a.get("group", 1))


def conv_transpose(a, x, w, b=None):
    n = w.dim() - 2
    pads = a.get("pads", [0] * 2 * n)
    assert pads[:n] == pads[n:]
    return F.conv_transpose2d(
        x, w, b, a.get("strides", 1), pads[:n], a.get("output_padding", 0), a.get("group", 1), a.get("dilations", 1)
    )


def symmetric(a, n=2):
    pads = a.get("pads", [0] * 2 * n)
    assert pads[:n] == pads[n:]
    return pads[:n]


def reduce(function):
    def run(a, x, axes=None):
        axes = a.get("axes") if axes is None else axes.tolist()
        return function(x, axes, a.get("keepdims", 1) == 1)

    return run


def slices(a, x, starts, ends, axes, steps=None):
    index = [slice(None)] * x.dim()
    steps = [1] * len(starts) if steps is None else steps.tolist()
    for start, end, axis, step in zip(starts.tolist(), ends.tolist(), axes.tolist(), steps):
        size = x.shape[axis]
        index[axis] = slice(start, min(end, size), step)
    return x[tuple(index)]


def depth_to_space(a, x):
    n, c, h, w = x.shape
    s = a["blocksize"]
    if a.get("mode", "DCR") == "CRD":
        return F.pixel_shuffle(x, s)
    return x.reshape(n, s, s, c // s // s, h, w).permute(0, 3, 4, 1, 5, 2).reshape(n, c // s // s, h * s, w * s)


def space_to_depth(a, x):
    n, c, h, w = x.shape
    s = a["blocksize"]
    return x.reshape(n, c, h // s, s, w // s, s).permute(0, 3, 5, 1, 2, 4).reshape(n, c * s * s, h // s, w // s)


def group_norm(a, x, w, b):
    groups, channels = a["num_groups"], x.shape[1]
    if len(w) == groups != channels:
        w, b = w.repeat_interleave(channels // groups), b.repeat_interleave(channels // groups)
    return F.group_norm(x, groups, w, b)


def layer_norm(a, x, w, b):
    return F.layer_norm(x, x.shape[a.get("axis", -1) % x.dim() :], w, b)


def gemm(a, x, w, b=None):
    y = a.get("alpha", 1) * (x.T if a.get("transA") else x) @ (w.T if a.get("transB") else w)
    return y if b is None else y + a.get("beta", 1) * b


def extremum(function):
    def run(a, first, *others):
        for other in others:
            first = function(first, other)
        return first

    return run


def resize(a, x, _, scales):
    factors = scales.tolist()
    corners = a.get("coordinate_transformation_mode") == "align_corners"
    if a["mode"] == "linear":
        return torch.nn.functional.interpolate(x, scale_factor=factors[2:], mode="bilinear", align_corners=corners)
    if a.get("nearest_mode") == "floor":
        return torch.nn.functional.interpolate(x, scale_factor=factors[2:], mode="nearest")
    for axis, scale in enumerate(factors):
        size = int(x.shape[axis] * scale)
        places = torch.arange(size, dtype=torch.float64)
        at = places * (x.shape[axis] - 1) / max(size - 1, 1) if corners else (places + 0.5) / scale - 0.5
        x = x.index_select(axis, torch.ceil(at - 0.5).long().clamp(0, x.shape[axis] - 1))
    return x


def gather(a, x, index):
    axis = a.get("axis", 0) % x.dim()
    flat = torch.index_select(x, axis, index.reshape(-1) % x.shape[axis])
    return flat.reshape(*x.shape[:axis], *index.shape, *x.shape[axis + 1 :])


def gather_elements(a, x, index):
    axis = a.get("axis", 0) % x.dim()
    return torch.gather(x, axis, index % x.shape[axis])


def places(x, index):
    """Rows of an ONNX table of indices as an index of x."""
    return tuple(index[..., i] % x.shape[i] for i in range(index.shape[-1]))


def gather_nd(a, x, index):
    assert a.get("batch_dims", 0) == 0
    return x[places(x, index)]


def scatter_elements(a, x, index, updates):
    axis = a.get("axis", 0) % x.dim()
    index = index % x.shape[axis]
    if a.get("reduction", "none") == "add":
        return x.scatter_add(axis, index, updates)
    return x.scatter(axis, index, updates)


def scatter_nd(a, x, index, updates):
    return x.index_put(places(x, index), updates, accumulate=a.get("reduction", "none") == "add")


def pad(a, x, pads):
    n = x.dim()
    begin, end = pads.tolist()[:n], pads.tolist()[n:]
    mode = a.get("mode", "constant")
    if mode == "constant":
        return padded(x, begin, end)
    for axis, (b, e) in enumerate(zip(begin, end)):
        x = x.index_select(axis, torch.from_numpy(np.pad(np.arange(x.shape[axis]), (b, e), mode=mode)))
    return x


def straight_through(x):
    """round() whose gradient is that of the identity."""
    return x + (torch.round(x) - x).detach()


def fake_quant(a, x, log_scale):
    """LSQ (Esser et al., 2020): what is clipped gets no gradient; the scale's follows from autograd."""
    scale = torch.exp(log_scale)
    if "axis" in a:
        scale = scale.reshape([-1 if axis == a["axis"] else 1 for axis in range(x.dim())])
    return straight_through(torch.clamp(x / scale, a["low"], a["high"])) * scale


table = {
    **{name: lambda a, x, f=f: f(x) for name, f in {
        "Abs": torch.abs, "Exp": torch.exp, "Erf": torch.erf, "Neg": torch.neg, "Sin": torch.sin, "Cos": torch.cos,
        "Relu": torch.relu, "Sigmoid": torch.sigmoid, "Tanh": torch.tanh, "Softplus": F.softplus,
        "Softsign": F.softsign, "Selu": F.selu, "Mish": F.mish, "Identity": torch.clone, "Log": torch.log, "Sqrt": torch.sqrt,
        "Reciprocal": torch.reciprocal, "Dropout": torch.clone, "Cast": torch.clone, "HardSwish": F.hardswish,
        "GlobalAveragePool": lambda x: x.mean((2, 3), keepdim=True),
        "GlobalMaxPool": lambda x: x.amax((2, 3), keepdim=True), "Flatten": lambda x: x.flatten(1),
    }.items()},
    "LeakyRelu": lambda a, x: F.leaky_relu(x, a.get("alpha", 0.01)),
    "Elu": lambda a, x: F.elu(x, a.get("alpha", 1.0)),
    "Celu": lambda a, x: F.celu(x, a.get("alpha", 1.0)),
    "ThresholdedRelu": lambda a, x: F.threshold(x, a.get("alpha", 1.0), 0.0),
    "HardSigmoid": lambda a, x: torch.clamp(a.get("alpha", 0.2) * x + a.get("beta", 0.5), 0, 1),
    "Gelu": lambda a, x: F.gelu(x, approximate=a.get("approximate", "none")),
    "Swish": lambda a, x: x * torch.sigmoid(a.get("alpha", 1.0) * x),
    "PRelu": lambda a, x, s: torch.where(x > 0, x, s * x),
    "Clip": lambda a, x, low, high: torch.clamp(x, low.item(), high.item()),
    "Add": lambda a, x, y: x + y, "Sub": lambda a, x, y: x - y, "Mul": lambda a, x, y: x * y,
    "Div": lambda a, x, y: x / y, "Pow": lambda a, x, y: x**y,
    "Min": extremum(torch.minimum), "Max": extremum(torch.maximum), "Sum": extremum(torch.add),
    "Mean": lambda a, *x: sum(x[1:], x[0]) / len(x),
    "Where": lambda a, c, x, y: torch.where(c.bool(), x, y),
    "MatMul": lambda a, x, y: torch.matmul(x, y), "Einsum": lambda a, *x: torch.einsum(a["equation"], *x), "Gemm": gemm,
    "Conv": conv, "ConvTranspose": conv_transpose,
    "AveragePool": lambda a, x: F.avg_pool2d(
        x, a["kernel_shape"], a.get("strides", 1), symmetric(a), a.get("ceil_mode", 0) == 1,
        a.get("count_include_pad", 0) == 1,
    ),
    "MaxPool": lambda a, x: F.max_pool2d(x, a["kernel_shape"], a.get("strides", 1), symmetric(a)),
    "ReduceMean": reduce(lambda x, axes, keep: x.mean(axes, keep)),
    "ReduceSum": reduce(lambda x, axes, keep: x.sum(axes, keep)),
    "ReduceMax": reduce(lambda x, axes, keep: x.amax(axes, keep)),
    "ReduceMin": reduce(lambda x, axes, keep: x.amin(axes, keep)),
    "ReduceL2": reduce(lambda x, axes, keep: (x * x).sum(axes, keep).sqrt()),
    "ReduceSumSquare": reduce(lambda x, axes, keep: (x * x).sum(axes, keep)),
    "Softmax": lambda a, x: torch.softmax(x, a.get("axis", -1)),
    "LogSoftmax": lambda a, x: torch.log_softmax(x, a.get("axis", -1)),
    "BatchNormalization": lambda a, x, w, b, m, v: F.batch_norm(x, m, v, w, b, eps=a.get("epsilon", 1e-5)),
    "LayerNormalization": layer_norm, "GroupNormalization": group_norm,
    "InstanceNormalization": lambda a, x, w, b: F.instance_norm(x, weight=w, bias=b),
    "Reshape": lambda a, x, shape: x.reshape(shape.tolist()),
    "Squeeze": lambda a, x, axes: x.squeeze(axes.tolist()),
    "Unsqueeze": lambda a, x, axes: x[tuple(None if i in axes.tolist() else slice(None) for i in range(x.dim() + len(axes)))],
    "Transpose": lambda a, x: x.permute(a.get("perm", list(range(x.dim()))[::-1])),
    "Concat": lambda a, *xs: torch.cat(xs, a["axis"]),
    "Split": lambda a, x, sizes: torch.split(x, sizes.tolist(), a.get("axis", 0)),
    "Slice": slices, "Expand": lambda a, x, shape: x * torch.ones(shape.tolist(), dtype=x.dtype),
    "Tile": lambda a, x, n: x.repeat(n.tolist()), "Pad": pad, "Gather": gather,
    "GatherElements": gather_elements, "GatherND": gather_nd,
    "ScatterElements": scatter_elements, "ScatterND": scatter_nd,
    "DepthToSpace": depth_to_space, "SpaceToDepth": space_to_depth, "Resize": resize,
    "FakeQuant": fake_quant,
}


def gradients(case):
    if case["op"] not in table:
        return None
    inputs = []
    for given in case["inputs"]:
        kind = torch.float64 if given["type"] == "float32" else torch.int64
        tensor = torch.tensor(given["data"], dtype=kind).reshape(given["dims"])
        inputs.append(tensor.requires_grad_() if given["trained"] else tensor)
    outputs = table[case["op"]](case["attributes"], *inputs)
    outputs = list(outputs) if isinstance(outputs, tuple) else [outputs]
    loss = sum((y * torch.tensor(dy, dtype=torch.float64).reshape(y.shape)).sum() for y, dy in zip(outputs, case["dy"]))
    trained = [tensor for tensor in inputs if tensor.requires_grad]
    return [found.reshape(-1).tolist() for found in torch.autograd.grad(loss, trained)]


json.dump([gradients(case) for case in json.load(sys.stdin)], sys.stdout)
