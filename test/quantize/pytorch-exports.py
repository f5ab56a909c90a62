"""Writes small networks to a folder, by both exporters of PyTorch, and prints a JSON list of {file, inputs}."""

import json
import sys
import warnings

import torch
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
torch.manual_seed(0)
torch.set_num_threads(1)
# The fused layer has no export.
torch.backends.mha.set_fastpath_enabled(False)
folder = sys.argv[1]
exported = []


class UNet(nn.Module):
    def __init__(self, up):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.activation = nn.PReLU(8)
        self.down = nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.norm = nn.Sequential(nn.InstanceNorm2d(16, affine=True), nn.GroupNorm(4, 16))
        resize = {"align_corners": False} if up == "bilinear" else {}
        self.up = (
            nn.ConvTranspose2d(16, 8, 2, stride=2)
            if up == "transposed"
            else nn.Sequential(nn.Upsample(scale_factor=2, mode=up, **resize), nn.Conv2d(16, 8, 1))
        )
        self.last = nn.Conv2d(16, 2, 1)

    def forward(self, x):
        skip = self.activation(self.first(x))
        x = F.silu(self.up(F.hardswish(self.norm(self.down(skip)))))
        return torch.sigmoid(self.last(torch.cat([skip, x], 1)))


class Signal(nn.Module):
    """1-D convolutions, padding of both kinds, Where, Split, Einsum, two outputs."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(4, 8, 5, padding=2, padding_mode="reflect")
        self.second = nn.Conv1d(8, 8, 3, dilation=2, groups=8)
        self.linear = nn.Linear(16, 7)
        self.last = nn.Parameter(torch.randn(7, 7))

    def forward(self, x):
        y = F.pad(self.second(F.leaky_relu(self.first(x), 0.2)), (1, 2))
        query, key = torch.where(y > 0, y, y * 0.1).chunk(2, 1)
        scores = torch.softmax(torch.einsum("bct,bdt->bcd", query, key) / 3, -1)
        z = self.linear(F.elu(scores.flatten(1)))
        return torch.tanh(z @ self.last), z.clamp(-1, 1)


class Volume(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Conv3d(2, 8, 3, padding=1), nn.BatchNorm3d(8), nn.ReLU6())
        self.second = nn.Conv3d(8, 8, 1)
        self.linear = nn.Linear(8, 3)

    def forward(self, x):
        x = self.second(F.max_pool3d(self.first(x), 2))
        return F.log_softmax(self.linear(x.mean((2, 3, 4))), -1)


class Squeezed(nn.Module):
    """Squeeze and excitation, channel shuffle, depthwise convolution."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.Hardswish())
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(16, 8, 1), nn.ReLU(), nn.Conv2d(8, 16, 1), nn.Hardsigmoid()
        )
        self.depthwise = nn.Conv2d(16, 16, 3, padding=1, groups=16)
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        x = self.stem(x)
        gated = x * self.gate(x)
        shuffled = gated.reshape(1, 4, 4, 16, 16).transpose(1, 2).reshape(1, 16, 16, 16)
        x = x + self.depthwise(shuffled)
        return self.head(x.mean((2, 3)))


class Shuffled(nn.Module):
    """Chunks, pads and shuffled channels with places that the tracer computes from shapes; a pruned filter; Einsum."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.branches = nn.ModuleList(nn.Conv2d(8, 8, 3) for _ in range(2))
        self.head = nn.Linear(16, 10)
        with torch.no_grad():
            self.stem.weight[3] = 0

    def forward(self, x):
        x = torch.relu(self.stem(x))
        for branch in self.branches:
            first, second = x.chunk(2, dim=1)
            second = torch.relu(branch(F.pad(second, (1, 1, 1, 1))))
            x = torch.cat([first, second], dim=1)
            n, c, h, w = x.shape
            x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        x = F.interpolate(x, scale_factor=1.5, mode="bilinear")
        weights = torch.einsum("nchw,ndhw->ncd", x, x).div(x.shape[2] * x.shape[3]).softmax(-1)
        return self.head(torch.einsum("ncd,ndhw->nchw", weights, x).mean((2, 3)))


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.layers = getattr(nn, kind)(16, 24, 2, batch_first=True, bidirectional=True)
        self.linear = nn.Linear(48, 5)

    def forward(self, x):
        return self.linear(self.layers(x)[0].mean(1))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(100, 32)
        layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=0, activation="gelu", batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(32, 4)

    def forward(self, tokens):
        return self.head(self.layers(self.embedding(tokens))[:, 0])


class Branching(nn.Module):
    """An If and a Loop once it is scripted."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 16)
        self.inner = nn.Linear(16, 16)
        self.last = nn.Linear(16, 4)

    def forward(self, x):
        y = torch.relu(self.first(x))
        if bool(y.sum() > 0):
            y = self.inner(y)
        else:
            y = y * 2
        for _ in range(x.shape[1] // 4):
            y = y + torch.relu(self.inner(y))
        return self.last(y)


def export(name, model, inputs, opset, exporters=("script", "dynamo")):
    model.eval()
    for exporter in exporters:
        file = f"{name}-{exporter}.onnx"
        how = {"dynamo": True, "opset_version": 18} if exporter == "dynamo" else {"dynamo": False, "opset_version": opset}
        if exporter == "dynamo":
            how["external_data"] = False
        with torch.no_grad():
            torch.onnx.export(model, (inputs,), f"{folder}/{file}", input_names=["x"], **how)
        exported.append({"file": file, "dims": list(inputs.shape), "tokens": inputs.dtype == torch.int64})


try:
    import onnxscript  # noqa: F401  # the newer exporter needs it

    both = ("script", "dynamo")
except ImportError:
    both = ("script",)

output = sys.stdout
sys.stdout = sys.stderr
for up in ("transposed", "nearest", "bilinear"):
    export(f"unet-{up}", UNet(up), torch.randn(1, 3, 32, 32), 13, both)
export("signal", Signal(), torch.randn(1, 4, 20), 16, both)
export("volume", Volume(), torch.randn(1, 2, 8, 8, 8), 12, both)
export("squeezed", Squeezed(), torch.randn(1, 3, 32, 32), 14, both)
export("shuffled", Shuffled(), torch.randn(1, 3, 16, 16), 17, both)
for kind in ("LSTM", "GRU", "RNN"):
    export(f"recurrent-{kind}", Recurrent(kind), torch.randn(1, 12, 16), 11, both)
export("encoder", Encoder(), torch.randint(0, 100, (1, 12)), 17, both)
export("branching", torch.jit.script(Branching()), torch.randn(1, 8), 13, ("script",))
json.dump(exported, output)
