"""Trains the example's network on the handwritten digits that scikit-learn ships, and writes model and data.

    pip install scikit-learn torch==2.13.0 onnx
    python train.py

1,797 real 8x8 images (Alpaydin and Kaynak, UCI, 1998): 1,000 for training, 200 of these for calibration, and 797 for
validation, which the network never sees. The gate scales them to 32x32 as quant.yml says; so does this script.
"""

from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).parent
SIDE = 32


class Block(nn.Module):
    """Depthwise 3x3, pointwise 1x1, and the input added back."""

    def __init__(self, channels: int):
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.pointwise = nn.Conv2d(channels, channels, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = F.relu6(self.norm1(self.depthwise(x)))
        return x + self.norm2(self.pointwise(y))


class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU6())
        self.block1 = Block(32)
        self.down1 = nn.Sequential(nn.Conv2d(32, 64, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU())
        self.block2 = Block(64)
        self.down2 = nn.Sequential(nn.Conv2d(64, 96, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(96), nn.ReLU())
        self.classifier = nn.Linear(96, 10)

    def forward(self, x):
        x = self.block1(self.stem(x))
        x = self.block2(self.down1(x))
        x = self.down2(x)
        return self.classifier(F.adaptive_avg_pool2d(x, 1).flatten(1))


def resize(images: np.ndarray) -> torch.Tensor:
    """uint8 [N,8,8] -> float [N,1,32,32] in 0..1, bilinear, as `preprocess` of quant.yml does."""
    x = torch.from_numpy(images).float().div(255).unsqueeze(1)
    return F.interpolate(x, size=(SIDE, SIDE), mode="bilinear", align_corners=False)


def main():
    torch.manual_seed(0)
    digits = load_digits()
    images = np.clip(digits.images * 16, 0, 255).astype(np.uint8)  # 0..16 -> 0..255
    labels = digits.target.astype(np.int64)
    order = np.random.default_rng(0).permutation(len(images))
    train, validation = order[:1000], order[1000:]

    x, y = resize(images[train]), torch.from_numpy(labels[train])
    model = Digits()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    epochs, batch = 30, 50
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * len(train) // batch)
    for epoch in range(epochs):
        model.train()
        for index in torch.randperm(len(train)).split(batch):
            shift = torch.randint(-3, 4, (2,)).tolist()
            loss = F.cross_entropy(model(torch.roll(x[index], shift, dims=(2, 3))), y[index], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        model.eval()
        with torch.no_grad():
            right = (model(resize(images[validation])).argmax(1).numpy() == labels[validation]).mean()
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}, validation {right:.4f}")

    torch.onnx.export(
        model,
        (x[:1],),
        HERE / "digits.onnx",
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    calibration = train[:200]
    np.savez_compressed(HERE / "calibration.npz", image=images[calibration][..., None])
    np.savez_compressed(HERE / "validation.npz", image=images[validation][..., None], label=labels[validation])


if __name__ == "__main__":
    main()
