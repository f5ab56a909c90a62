"""Quantization-aware training of the digits network in PyTorch, as Level 3's `command:` runs it.

    pip install torch==2.13.0 onnx numpy
    quant-gate run --policy quant.yml

The gate says what to do in the environment (see docs/training.md); the weights come from the FP32 ONNX file, the images
from the calibration data, and the FP32 network is the teacher, so no labels are needed. Runs on a CPU or on CUDA.
"""

import copy
import os
import time

import numpy as np
import onnx
import torch
from torch import nn
from torch.ao.nn.quantized import FloatFunctional
from torch.ao.quantization import (
    DeQuantStub,
    FakeQuantize,
    MovingAverageMinMaxObserver,
    MovingAveragePerChannelMinMaxObserver,
    QConfig,
    QuantStub,
    disable_observer,
    fuse_modules_qat,
    prepare_qat,
)
from torch.nn import functional as F

FP32_MODEL = os.environ["QUANT_GATE_FP32_MODEL"]
CALIBRATION = os.environ["QUANT_GATE_CALIBRATION"]
OUTPUT = os.environ["QUANT_GATE_OUTPUT"]
BUDGET = float(os.environ.get("QUANT_GATE_BUDGET_SECONDS", "60"))
SEED = int(os.environ.get("QUANT_GATE_SEED", "0"))
DEVICE = torch.device(os.environ.get("QUANT_GATE_DEVICE", "cpu"))


class Block(nn.Module):
    """Depthwise 3x3, pointwise 1x1, and the input added back."""

    def __init__(self, channels: int):
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.activation = nn.ReLU6()
        self.pointwise = nn.Conv2d(channels, channels, 1)
        self.add = FloatFunctional()  # an addition with a scale of its own

    def forward(self, x):
        return self.add.add(x, self.pointwise(self.activation(self.depthwise(x))))


class Digits(nn.Module):
    """As examples/digits/train.py, BatchNorm folded into the convolutions as in the ONNX file."""

    def __init__(self):
        super().__init__()
        self.quantize = QuantStub()
        self.stem = nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU6())
        self.block1 = Block(32)
        self.down1 = nn.Sequential(nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.ReLU())
        self.block2 = Block(64)
        self.down2 = nn.Sequential(nn.Conv2d(64, 96, 3, stride=2, padding=1), nn.ReLU())
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.pooled = QuantStub()  # what the classifier reads has to be quantized as well
        self.classifier = nn.Linear(96, 10)
        self.dequantize = DeQuantStub()

    def forward(self, x):
        x = self.block1(self.stem(self.quantize(x)))
        x = self.block2(self.down1(x))
        x = self.pooled(self.pool(self.down2(x))).flatten(1)
        return self.dequantize(self.classifier(x))


def load_weights(model: Digits, path: str) -> None:
    """Convolutions and the classifier in the order of the ONNX graph, which is the order of the modules."""
    graph = onnx.load(path).graph
    arrays = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes = [node for node in graph.node if node.op_type in ("Conv", "Gemm")]
    modules = [module for module in model.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
    assert len(nodes) == len(modules), f"{len(nodes)} layers in {path}, {len(modules)} here"
    for node, module in zip(nodes, modules):
        weight, bias = (torch.from_numpy(arrays[name].copy()) for name in node.input[1:3])
        module.weight.data.copy_(weight)
        module.bias.data.copy_(bias)


class SevenBitWeights(MovingAveragePerChannelMinMaxObserver):
    """Weights within 7 bits: full-range products saturate on x64 CPUs without VNNI. ONNX has no such type, so the scale says it."""

    def calculate_qparams(self):
        scale, zero_point = super().calculate_qparams()
        return scale * 2, zero_point


def qconfig() -> QConfig:
    """FakeQuantize is unfused: the fused one has no ONNX exporter. Weights per channel, symmetric."""
    activation = FakeQuantize.with_args(
        observer=MovingAverageMinMaxObserver, quant_min=0, quant_max=255, dtype=torch.quint8, reduce_range=False
    )
    weight = FakeQuantize.with_args(
        observer=SevenBitWeights, quant_min=-128, quant_max=127, dtype=torch.qint8, qscheme=torch.per_channel_symmetric
    )
    return QConfig(activation=activation, weight=weight)


def prepare(student: Digits) -> None:
    """One FakeQuantize behind each activation, none between it and its convolution: rounding twice helps nobody."""
    student.qconfig = qconfig()
    for module in student.modules():
        if isinstance(module, Block):
            module.depthwise.qconfig = QConfig(activation=nn.Identity, weight=student.qconfig.weight)
    student.stem[0].qconfig = QConfig(activation=nn.Identity, weight=student.qconfig.weight)
    fuse_modules_qat(student, [["down1.0", "down1.1"], ["down2.0", "down2.1"]], inplace=True)
    prepare_qat(student, inplace=True)


def main():
    torch.manual_seed(SEED)
    begin = time.monotonic()
    teacher = Digits().to(DEVICE).eval()
    load_weights(teacher, FP32_MODEL)
    student = copy.deepcopy(teacher).train()
    prepare(student)

    images = torch.from_numpy(np.load(CALIBRATION)["image"]).to(DEVICE)
    epochs, batch = 10, 50
    optimizer = torch.optim.Adam(student.parameters(), lr=2e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for epoch in range(epochs):
        if epoch == epochs // 2:
            student.apply(disable_observer)
        for index in torch.randperm(len(images)).split(batch):
            with torch.no_grad():
                wanted = F.log_softmax(teacher(images[index]), dim=1)
            loss = F.kl_div(F.log_softmax(student(images[index]), dim=1), wanted, reduction="batchmean", log_target=True)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
        print(f"epoch {epoch + 1} of {epochs}: KL divergence from FP32 {loss.item():.5f}", flush=True)
        if time.monotonic() - begin > 0.9 * BUDGET:
            break

    student.eval().cpu()
    student.apply(disable_observer)
    # FakeQuantize becomes QuantizeLinear and DequantizeLinear in the older exporter only.
    torch.onnx.export(
        student,
        (images[:1].cpu(),),
        OUTPUT,
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )


if __name__ == "__main__":
    main()
