"""Writes npy.json: arrays as NumPy writes them, and the values that are in them.

Needs numpy. Run from the repository's root:
    python test/vectors/make_npy_vectors.py
"""

import base64
import io
import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent
base = np.arange(24).reshape(2, 3, 4) - 5
ARRAYS = {
    "float32": (base / 4).astype("<f4"),
    "float64": (base / 4).astype("<f8"),
    "float16": (base / 4).astype("<f2"),
    "bigEndianInt32": base.astype(">i4"),
    "fortran": np.asfortranarray(base.astype("<i2")),
    "int64": base.astype("<i8"),
    "uint8": (base + 5).astype("u1"),
    "bool": base > 0,
    "text": np.array(["cat", "große", "犬"]),
    "bytes": np.array([b"cat", b"do"]),
    "scalar": np.array(16000, dtype="<i8"),
    "empty": np.zeros((0, 4), "<f4"),
}
REFUSED = {
    "object": np.array([[1], [1, 2]], dtype=object),
    "structured": np.zeros(2, dtype=[("a", "<i4"), ("b", "<f4")]),
    "complex": np.zeros(2, dtype="<c8"),
}


def saved(array):
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return base64.b64encode(buffer.getvalue()).decode()


def plain(array):
    if array.dtype.kind in "US":
        return [x if isinstance(x, str) else x.decode() for x in array.ravel().tolist()]
    return [float(x) for x in array.ravel()]


archives = {}
for name, write in (("stored", np.savez), ("deflated", np.savez_compressed)):
    buffer = io.BytesIO()
    write(buffer, **ARRAYS)
    archives[name] = base64.b64encode(buffer.getvalue()).decode()
result = {
    "arrays": {name: {"npy": saved(a), "shape": list(a.shape), "values": plain(a)} for name, a in ARRAYS.items()},
    "refused": {name: saved(a) for name, a in REFUSED.items()},
    "archives": archives,
}
lines = ",\n".join(f'"{key}": {json.dumps(value, separators=(",", ":"))}' for key, value in result.items())
(HERE / "npy.json").write_text("{\n" + lines + "\n}\n")
