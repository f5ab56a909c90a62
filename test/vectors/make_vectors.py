"""Writes metrics.json: inputs and the values that published implementations give for them.

Needs numpy, scipy, scikit-learn, torch, torchmetrics, pycocotools and statsmodels. Run from the repository's root:
    python test/vectors/make_vectors.py
"""

import contextlib
import io
import json
import pathlib

import numpy as np
import scipy.stats
import sklearn.metrics as sk
import torch
import torchmetrics.functional as tm
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy.optimize import brentq, minimize_scalar
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

rng = np.random.default_rng(20240607)
f32 = np.float32


def floats(array):
    """Shortest decimals that read back as the same float32."""
    array = np.asarray(array)
    if array.dtype == f32:
        return [float(str(value)) for value in array.ravel()]
    return array.ravel().tolist()


def tensor(array, kind):
    array = np.asarray(array)
    return {"type": kind, "dims": list(array.shape), "data": floats(array)}


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def classification():
    n, c = 60, 7
    labels = rng.integers(0, c, n)
    logits = rng.normal(size=(n, c)).astype(f32)
    logits[np.arange(n), labels] += 1.2
    probabilities = softmax(logits.astype(np.float64))
    predicted = logits.argmax(1)
    values = {
        "top1": sk.top_k_accuracy_score(labels, logits, k=1, labels=range(c)),
        "top5": sk.top_k_accuracy_score(labels, logits, k=5, labels=range(c)),
        "accuracy": sk.accuracy_score(labels, predicted),
        "f1": sk.f1_score(labels, predicted, average="macro"),
        "auc": sk.roc_auc_score(labels, probabilities, multi_class="ovr", average="macro"),
    }
    return {"name": "seven classes", "task": "classification", "outputs": [tensor(row[None], "float32") for row in logits],
            "labels": {"kind": "class", "values": labels.tolist()}, "values": values}


def binary(kind):
    n = 50
    labels = rng.integers(0, 2, n)
    # Rounded, so that scores tie.
    logits = np.round(rng.normal(size=n) + labels * 1.1, 1).astype(f32)
    scores = (1 / (1 + np.exp(-logits))).astype(f32)
    shown = {"sigmoid": scores[:, None], "logit": logits[:, None],
             "two columns": np.stack([np.zeros(n, f32), logits], 1)}[kind]
    predicted = (logits > 0).astype(int)
    values = {
        "accuracy": sk.accuracy_score(labels, predicted),
        "top1": sk.accuracy_score(labels, predicted),
        "f1": sk.f1_score(labels, predicted),
        "auc": sk.roc_auc_score(labels, logits),
    }
    return {"name": f"binary, {kind}", "task": "classification", "outputs": [tensor(row[None], "float32") for row in shown],
            "labels": {"kind": "class", "values": labels.tolist()}, "values": values}


def tokens():
    n, length, c = 8, 9, 5
    labels = rng.integers(0, c, (n, length))
    labels[rng.random((n, length)) < 0.2] = -100
    logits = rng.normal(size=(n, length, c)).astype(f32)
    kept = labels != -100
    predicted = logits.argmax(-1)
    values = {
        "accuracy": sk.accuracy_score(labels[kept], predicted[kept]),
        "f1": sk.f1_score(labels[kept], predicted[kept], average="macro"),
        "perplexity": tm.text.perplexity(torch.tensor(logits.astype(np.float64)), torch.tensor(labels), ignore_index=-100).item(),
    }
    return {"name": "sequences", "task": "language-model", "outputs": [tensor(row[None], "float32") for row in logits],
            "labels": {"kind": "values", "values": labels.tolist()}, "values": values}


def regression(columns):
    n = 40
    labels = rng.normal(size=(n, columns)).round(1) * 3 + 100
    outputs = (labels + rng.normal(size=(n, columns)) * 1.5).round(1).astype(f32)
    exact = outputs.astype(np.float64)
    values = {
        "mae": sk.mean_absolute_error(labels, exact),
        "rmse": tm.mean_squared_error(torch.tensor(exact), torch.tensor(labels), squared=False).item(),
        "r2": sk.r2_score(labels, exact),
        "spearman": float(np.mean([scipy.stats.spearmanr(labels[:, k], exact[:, k]).statistic for k in range(columns)])),
    }
    return {"name": f"regression, {columns} columns", "task": "regression",
            "outputs": [tensor(row[None], "float32") for row in outputs],
            "labels": {"kind": "values", "values": labels.tolist()}, "values": values}


def embedding():
    n, width = 12, 16
    labels = rng.normal(size=(n, width))
    outputs = (labels + rng.normal(size=(n, width)) * 0.4).astype(f32)
    value = tm.cosine_similarity(torch.tensor(outputs.astype(np.float64)), torch.tensor(labels), reduction="mean").item()
    return {"name": "embeddings", "task": "embedding", "outputs": [tensor(row[None], "float32") for row in outputs],
            "labels": {"kind": "values", "values": labels.tolist()}, "values": {"cosine": value}}


def psnr(border):
    n, size = 3, 12
    labels = rng.integers(0, 256, (n, 1, size, size)).astype(np.uint8)
    outputs = (labels / 255 + rng.normal(size=labels.shape) * 0.05).astype(f32)
    shown = np.round(np.clip(outputs.astype(np.float64) * 255, 0, 255))
    inside = slice(border, size - border)
    value = np.mean([
        tm.peak_signal_noise_ratio(torch.tensor(a[:, inside, inside]), torch.tensor(b[:, inside, inside].astype(np.float64)),
                                   data_range=255.0).item()
        for a, b in zip(shown, labels)])
    return {"name": f"images, border {border}", "task": "regression", "border": border,
            "outputs": [tensor(row[None], "float32") for row in outputs],
            "labels": {"kind": "uint8", "dims": [1, size, size], "values": labels.reshape(n, -1).tolist()},
            "values": {"psnr": float(value)}}


def masks():
    n, c, size = 3, 4, 8
    labels = rng.integers(0, c, (n, size, size))
    logits = rng.normal(size=(n, c, size, size)).astype(f32)
    np.put_along_axis(logits, labels[:, None], np.take_along_axis(logits, labels[:, None], 1) + 1, 1)
    labels[rng.random(labels.shape) < 0.1] = 255
    kept = labels != 255
    predicted = logits.argmax(1)
    jaccard = sk.jaccard_score(labels[kept], predicted[kept], average="macro")
    other = tm.jaccard_index(torch.tensor(predicted), torch.tensor(labels), task="multiclass", num_classes=c, ignore_index=255).item()
    assert abs(jaccard - other) < 1e-6
    values = {"miou": jaccard, "accuracy": sk.accuracy_score(labels[kept], predicted[kept])}
    return {"name": "masks", "task": "segmentation", "outputs": [tensor(row[None], "float32") for row in logits],
            "labels": {"kind": "uint8", "dims": [size, size], "values": labels.reshape(n, -1).tolist()}, "values": values}


def fidelity():
    n, c = 20, 6
    reference = rng.normal(size=(n, c)).astype(f32)
    outputs = (reference + rng.normal(size=(n, c)) * 0.3).astype(f32)
    p, q = softmax(reference.astype(np.float64)), softmax(outputs.astype(np.float64))
    values = {
        "agreement": sk.accuracy_score(reference.argmax(1), outputs.argmax(1)),
        "kl": tm.kl_divergence(torch.tensor(p), torch.tensor(q)).item(),
        "sqnr": tm.signal_noise_ratio(torch.tensor(outputs.astype(np.float64).ravel()),
                                      torch.tensor(reference.astype(np.float64).ravel())).item(),
        "cosine": tm.cosine_similarity(torch.tensor(outputs.astype(np.float64)), torch.tensor(reference.astype(np.float64)),
                                       reduction="mean").item(),
    }
    return {"name": "fidelity", "task": "classification", "outputs": [tensor(row[None], "float32") for row in outputs],
            "reference": [tensor(row[None], "float32") for row in reference], "values": values}


def detection():
    """Boxes with crowds, misses, duplicates, wrong classes and tied scores."""
    classes, images = 3, 12
    labels, detections = [], []
    for _ in range(images):
        boxes, found = [], []
        for _ in range(rng.integers(0, 6)):
            x, y = rng.uniform(0, 60, 2).round(2)
            w, h = rng.uniform(8, 40, 2).round(2)
            k = int(rng.integers(0, classes))
            crowd = bool(rng.random() < 0.12)
            boxes.append([k, x, y, x + w, y + h, crowd])
            for _ in range(rng.integers(0, 3)):
                jitter = rng.normal(size=4) * 2.5
                other = k if rng.random() < 0.85 else int(rng.integers(0, classes))
                found.append([other, round(float(rng.uniform(0.05, 1)), 2), *(np.array([x, y, x + w, y + h]) + jitter).round(2)])
        for _ in range(rng.integers(0, 4)):
            x, y, w, h = rng.uniform(5, 50, 4).round(2)
            found.append([int(rng.integers(0, classes)), round(float(rng.uniform(0.05, 0.8)), 2), x, y, x + w, y + h])
        labels.append([[b[0], *(round(float(v), 2) for v in b[1:5]), b[5]] for b in boxes])
        detections.append([[int(d[0]), d[1], *(round(float(v), 2) for v in d[2:])] for d in found])
    coco = COCO()
    coco.dataset = {"images": [{"id": i} for i in range(images)], "categories": [{"id": k} for k in range(classes)], "annotations": []}
    for i, boxes in enumerate(labels):
        for k, x0, y0, x1, y1, crowd in boxes:
            coco.dataset["annotations"].append({
                "id": len(coco.dataset["annotations"]) + 1, "image_id": i, "category_id": k, "iscrowd": int(crowd),
                "bbox": [x0, y0, x1 - x0, y1 - y0], "area": (x1 - x0) * (y1 - y0)})
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        results = coco.loadRes([
            {"image_id": i, "category_id": k, "score": s, "bbox": [x0, y0, x1 - x0, y1 - y0]}
            for i, rows in enumerate(detections) for k, s, x0, y0, x1, y1 in rows])
        evaluation = COCOeval(coco, results, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return {"labels": labels, "detections": detections, "values": {"map": evaluation.stats[0], "map50": evaluation.stats[1]}}


def weighted():
    """Values on a resample: the bootstrap counts samples instead of copying them."""
    n = 30
    labels = rng.integers(0, 3, n)
    logits = np.round(rng.normal(size=(n, 3)), 1).astype(f32)
    logits[np.arange(n), labels] += 0.7
    numbers = rng.normal(size=n).round(1)
    guesses = (numbers + rng.normal(size=n)).round(1).astype(f32)
    draw = rng.integers(0, n, n)
    weights = np.bincount(draw, minlength=n)
    p = softmax(logits.astype(np.float64))
    return {
        "weights": weights.tolist(), "labels": labels.tolist(), "logits": [floats(row) for row in logits],
        "numbers": numbers.tolist(), "guesses": floats(guesses),
        "values": {
            "top1": sk.accuracy_score(labels[draw], logits[draw].argmax(1)),
            "f1": sk.f1_score(labels[draw], logits[draw].argmax(1), average="macro"),
            "auc": sk.roc_auc_score(labels[draw], p[draw], multi_class="ovr"),
            "r2": sk.r2_score(numbers[draw], guesses.astype(np.float64)[draw]),
            "rmse": sk.root_mean_squared_error(numbers[draw], guesses.astype(np.float64)[draw]),
            "spearman": scipy.stats.spearmanr(numbers[draw], guesses.astype(np.float64)[draw]).statistic,
        }}


def tango(lost, gained, samples, confidence):
    """By numeric maximum likelihood, independent of the closed form."""
    def score(drop):
        low, high = max(0, -drop) + 1e-15, (1 - drop) / 2 - 1e-15
        def loss(q):
            total = 0.0
            if lost: total -= lost * np.log(q + drop)
            if gained: total -= gained * np.log(q)
            rest = samples - lost - gained
            if rest: total -= rest * np.log(1 - 2 * q - drop)
            return total
        q = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-14}).x
        return (lost - gained - samples * drop) / np.sqrt(samples * (2 * q + drop - drop * drop))
    z = scipy.stats.norm.ppf(1 - (1 - confidence) / 2)
    drop = (lost - gained) / samples
    return [brentq(lambda d: score(d) - z, -1 + 1e-9, drop - 1e-9), brentq(lambda d: score(d) + z, drop + 1e-9, 1 - 1e-9)]


def proportions():
    rows = []
    for lost, gained, samples, confidence in [(1, 7, 21, 0.95), (40, 20, 160, 0.95), (0, 0, 400, 0.95), (1, 0, 44, 0.95),
                                              (12, 9, 500, 0.9), (150, 86, 1600, 0.99), (3, 17, 10000, 0.95)]:
        rows.append({"lost": lost, "gained": gained, "samples": samples, "confidence": confidence,
                     "interval": tango(lost, gained, samples, confidence),
                     "pValue": float(mcnemar([[0, gained], [lost, 0]], exact=True).pvalue)})
    wilson = [{"successes": s, "samples": n, "interval": list(proportion_confint(s, n, method="wilson"))}
              for s, n in [(0, 10), (81, 263), (10, 10)]]
    return {"paired": rows, "wilson": wilson}


def bootstrap():
    """scipy's BCa on the same data; its resamples differ, so ends agree within the noise of 2,000 of them."""
    values = np.exp(rng.normal(size=60)).round(3)
    result = scipy.stats.bootstrap((values,), np.mean, method="BCa", n_resamples=200_000, random_state=1)
    return {"values": values.tolist(), "low": result.confidence_interval.low, "high": result.confidence_interval.high}


vectors = {
    "cases": [classification(), binary("sigmoid"), binary("logit"), binary("two columns"), tokens(), regression(1),
              regression(3), embedding(), psnr(0), psnr(2), masks(), fidelity()],
    "detection": detection(),
    "weighted": weighted(),
    "proportions": proportions(),
    "bootstrap": bootstrap(),
}
target = pathlib.Path(__file__).with_name("metrics.json")
target.write_text(json.dumps(vectors, separators=(",", ":"), default=float) + "\n")
print(f"{target}: {target.stat().st_size} bytes")
