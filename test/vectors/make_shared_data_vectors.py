"""Writes shared-data.json: digests of what NumPy, PIL and torchvision make of the real data of the slow tests.

Needs numpy, torchvision and Pillow before 13 (see make_image_vectors.py). Run from the repository's root:
    python test/vectors/make_shared_data_vectors.py ../shared/data/data
"""

import csv
import hashlib
import json
import pathlib
import sys
import wave

import numpy as np
import torchvision.transforms as transforms
from PIL import Image

HERE = pathlib.Path(__file__).parent
DATA = pathlib.Path(sys.argv[1])


def digest(*arrays):
    whole = hashlib.sha256()
    for array in arrays:
        whole.update(np.ascontiguousarray(array).tobytes())
    return whole.hexdigest()


def photographs():
    steps = {
        "crop": transforms.CenterCrop(224),
        "bilinear": transforms.Compose([transforms.Resize(232), transforms.CenterCrop(224)]),
        "bicubic": transforms.Compose([
            transforms.Resize(236, transforms.InterpolationMode.BICUBIC), transforms.CenterCrop(224)]),
        "squash": transforms.Resize([96, 128]),
    }
    rows = list(csv.DictReader((DATA / "imagenet/labels.csv").open()))
    images = [Image.open(DATA / "imagenet" / row["file"]).convert("RGB") for row in rows]
    # A few bytes for each image: which one differs is worth knowing, and a collision is not a risk here.
    return {name: "".join(digest(np.asarray(step(image)))[:4] for image in images) for name, step in steps.items()}


def normalized():
    steps = transforms.Compose([
        transforms.CenterCrop(224), transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    rows = list(csv.DictReader((DATA / "imagenet/labels.csv").open()))[:50]
    return digest(*[steps(Image.open(DATA / "imagenet" / row["file"]).convert("RGB")).numpy() for row in rows])


def letterboxed():
    tensors = []
    mean = np.array([103.53, 116.28, 123.675], np.float32)
    std = np.array([57.375, 57.12, 58.395], np.float32)
    for path in sorted((DATA / "coco128/images").iterdir()):
        image = Image.open(path).convert("RGB")
        scale = min(416 / image.width, 416 / image.height)
        width, height = round(image.width * scale), round(image.height * scale)
        canvas = Image.new("RGB", (416, 416))
        canvas.paste(image.resize((width, height), Image.Resampling.BILINEAR), ((416 - width) // 2, (416 - height) // 2))
        bgr = np.asarray(canvas)[:, :, ::-1].astype(np.float32)
        tensors.append(((bgr - mean) / std).transpose(2, 0, 1))
    return digest(*tensors)


def sound():
    clips = []
    for row in csv.DictReader((DATA / "speech_commands/wav.csv").open()):
        with wave.open(str(DATA / "speech_commands" / row["file"])) as clip:
            samples = np.frombuffer(clip.readframes(clip.getnframes()), "<i2").astype(np.float32) / 32768
        clips.append(np.pad(samples, (0, max(0, 16000 - len(samples))))[:16000])
    return digest(*clips)


cifar = np.load(DATA / "cifar10/test.npz")
pixels = cifar["images"].transpose(0, 3, 1, 2).astype(np.float32)
mean = np.array([0.4914, 0.4822, 0.4465], np.float32)[:, None, None]
std = np.array([0.2023, 0.1994, 0.2010], np.float32)[:, None, None]
folder = sorted((DATA / "cifar10/imagefolder_200").glob("*/*"))
frames = np.load(DATA / "vad/frames.npz")
patches = np.load(DATA / "super_resolution/patches_x3.npz")
result = {
    "photographs": photographs(),
    "normalized": normalized(),
    "letterboxed": letterboxed(),
    "sound": sound(),
    "cifar": digest(pixels),
    "cifarNormalized": digest((pixels / np.float32(255) - mean) / std),
    "cifarLabels": digest(cifar["labels"]),
    "imageFolder": digest(*[np.asarray(Image.open(path).convert("RGB")).transpose(2, 0, 1).astype(np.float32) for path in folder]),
    "magika": digest(np.load(DATA / "magika/eval.npz")["bytes"]),
    "vadInput": digest(frames["input"]),
    "vadState": digest(frames["state"]),
    "lowResolution": digest(patches["lr"].astype(np.float32) / np.float32(255)),
    "highResolution": digest(patches["hr"]),
}
lines = ",\n".join(f'"{key}": {json.dumps(value)}' for key, value in result.items())
(HERE / "shared-data.json").write_text("{\n" + lines + "\n}\n")
