"""Quantizes one model with onnxruntime.quantization, as its documentation says, and prints the seconds as JSON.

    python quantize.py MODEL STORE OUT SETTING

STORE is a file of raw tensors with an index beside it (STORE.json), the very bytes that the other side calibrates on.
SETTING is JSON: {"kind": "dynamic" | "static", "ops"?: [...], "method"?, "perChannel"?, "types"?, "reduceRange"?, "from"?, "to"?};
the samples from (included) to (excluded) are those it calibrates on.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType
from onnxruntime.quantization import quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

DTYPES = {"bool": "?", "float16": "<f2", "float32": "<f4", "float64": "<f8", "int8": "<i1", "uint8": "<u1",
          "int16": "<i2", "int32": "<i4", "int64": "<i8"}


class Store(CalibrationDataReader):
    """Reads one sample at a time."""

    def __init__(self, path, start, end):
        self.bytes = np.memmap(path, mode="r")
        self.samples = json.loads(Path(path + ".json").read_text())["samples"][start:end]
        self.rewind()

    def rewind(self):
        self.at = iter(self.samples)

    def get_next(self):
        sample = next(self.at, None)
        return sample and {name: self.tensor(stored) for name, stored in sample["inputs"].items()}

    def tensor(self, stored):
        raw = self.bytes[stored["offset"]:stored["offset"] + stored["bytes"]]
        return raw.view(DTYPES[stored["type"]]).reshape(stored["dims"]).copy()


def main():
    model, store, out, text = sys.argv[1:]
    setting = json.loads(text)
    start = time.perf_counter()
    notes = []
    with tempfile.TemporaryDirectory() as folder:
        prepared = str(Path(folder) / "prepared.onnx")
        try:
            quant_pre_process(model, prepared, skip_symbolic_shape=True)
        except Exception as error:
            notes.append(f"quant_pre_process failed ({type(error).__name__}); the model went in as it is")
            prepared = model
        if setting["kind"] == "dynamic":
            quantize_dynamic(prepared, out, op_types_to_quantize=setting.get("ops"))
        else:
            options = {}
            if "types" in setting:
                activation, weight = [{"S8": QuantType.QInt8, "U8": QuantType.QUInt8}[part]
                                      for part in (setting["types"][:2], setting["types"][2:])]
                options = {
                    "calibrate_method": CalibrationMethod[setting["method"]],
                    "per_channel": setting["perChannel"],
                    "reduce_range": setting["reduceRange"],
                    "activation_type": activation,
                    "weight_type": weight,
                }
            quantize_static(prepared, out, Store(store, setting.get("from", 0), setting.get("to")), quant_format=QuantFormat.QDQ, **options)
    print(json.dumps({"seconds": time.perf_counter() - start, "notes": notes}))


main()
