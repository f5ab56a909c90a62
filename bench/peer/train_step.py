"""Times training steps of PyTorch's quantization-aware training: a peer of bench/train-step.ts.

Reads a line for each step from standard input, prints its milliseconds. Eager QAT with the fused fake-quant modules, which
are PyTorch's fastest; BatchNorm folded, as in the models that the gate trains.

    python train_step.py mobilenetv2|kwt BATCH THREADS
"""

import sys
import time

import torch
from torch import nn
from torch.ao.quantization import DeQuantStub, QuantStub, get_default_qat_qconfig, prepare_qat
from torch.ao.nn.quantized import FloatFunctional
from torch.nn import functional as F


def conv(i, o, k, stride=1, groups=1, activation=True):
    layers = [nn.Conv2d(i, o, k, stride, (k - 1) // 2, groups=groups)]
    return nn.Sequential(*layers, *([nn.ReLU6()] if activation else []))


class Inverted(nn.Module):
    """MobileNetV2's block: expand, depthwise, project, and the input added where the shapes are the same."""

    def __init__(self, i, o, stride, expand):
        super().__init__()
        hidden = i * expand
        layers = [conv(i, hidden, 1)] if expand != 1 else []
        self.layers = nn.Sequential(*layers, conv(hidden, hidden, 3, stride, hidden), conv(hidden, o, 1, activation=False))
        self.add = FloatFunctional() if stride == 1 and i == o else None

    def forward(self, x):
        y = self.layers(x)
        return self.add.add(x, y) if self.add else y


class MobileNetV2(nn.Module):
    def __init__(self):
        super().__init__()
        layers, i = [conv(3, 32, 3, 2)], 32
        for t, c, n, s in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]:
            for at in range(n):
                layers.append(Inverted(i, c, s if at == 0 else 1, t))
                i = c
        self.features = nn.Sequential(QuantStub(), *layers, conv(320, 1280, 1))
        self.classifier = nn.Linear(1280, 1000)
        self.out = DeQuantStub()

    def forward(self, x):
        return self.out(self.classifier(self.features(x).mean((2, 3))))


class Layer(nn.Module):
    """A post-norm transformer encoder layer of KWT-1: one head of 64, MLP of 256."""

    def __init__(self, d=64, hidden=256):
        super().__init__()
        self.qkv, self.proj = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, hidden), nn.Linear(hidden, d)
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        for norm in (self.norm1, self.norm2):
            norm.qconfig = None

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        attention = torch.softmax(q @ k.transpose(1, 2) / 8, dim=-1) @ v
        x = self.norm1(x + self.proj(attention))
        return self.norm2(x + self.down(F.gelu(self.up(x), approximate="tanh")))


class Kwt(nn.Module):
    def __init__(self):
        super().__init__()
        self.inputs, self.embed = QuantStub(), nn.Linear(40, 64)
        self.token = nn.Parameter(torch.zeros(1, 1, 64))
        self.position = nn.Parameter(torch.zeros(1, 99, 64))
        self.layers = nn.Sequential(*[Layer() for _ in range(12)])
        self.classifier, self.out = nn.Linear(64, 12), DeQuantStub()

    def forward(self, x):
        x = self.embed(self.inputs(x))
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.position
        return self.out(self.classifier(self.layers(x)[:, 0]))


def main():
    name, batch, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = (MobileNetV2() if name == "mobilenetv2" else Kwt()).train()
    model.qconfig = get_default_qat_qconfig("x86")
    prepare_qat(model, inplace=True)
    shape, classes = ((batch, 3, 224, 224), 1000) if name == "mobilenetv2" else ((batch, 98, 40), 12)
    x, teacher = torch.randn(shape), torch.randn(batch, classes)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-5)
    for _ in sys.stdin:
        begin = time.perf_counter()
        optimizer.zero_grad()
        wanted = F.log_softmax(teacher, 1)
        F.kl_div(F.log_softmax(model(x), 1), wanted, reduction="batchmean", log_target=True).backward()
        optimizer.step()
        print((time.perf_counter() - begin) * 1000, flush=True)


if __name__ == "__main__":
    main()
