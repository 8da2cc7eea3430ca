"""What Python's libraries need for the models that `train.py` made, on one processor: JSON.

    floors.py DIRECTORY
"""

import json
import os
import sys
import time
import zipfile
from pathlib import Path
from statistics import median

os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import joblib
import numpy as np
import onnxruntime
import pandas as pd

MEASURED_FOR_S = 2.0


def timed(work):
    """The median of what it takes, in seconds."""
    work()
    took = []
    began = time.perf_counter()
    while time.perf_counter() - began < MEASURED_FOR_S or len(took) < 3:
        clock = time.perf_counter()
        work()
        took.append(time.perf_counter() - clock)
    return median(took)


def onnx(directory, name):
    with zipfile.ZipFile(directory / f"{name}.zip") as package:
        file = next(one for one in package.namelist() if one.endswith(".onnx"))
        content = package.read(file)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def fed(session, data):
    inputs = session.get_inputs()
    values = data.to_numpy()
    if len(inputs) == 1:
        kind = np.float32 if "float)" in inputs[0].type else np.float64
        return {inputs[0].name: values.astype(kind)}
    kinds = {"tensor(float)": np.float32, "tensor(double)": np.float64}
    return {
        one.name: data[[one.name]].to_numpy().astype(kinds[one.type]) for one in inputs
    }


def main(directory):
    data = pd.read_csv(directory / "rows.csv")
    one = data.iloc[:1]
    found = {}
    for name in ("forest", "boosting", "logistic", "lightgbm", "xgboost"):
        model = joblib.load(directory / f"{name}.joblib")
        found[name] = {
            "one_row_us": timed(lambda: model.predict_proba(one)) * 1e6,
            "all_rows_ms": timed(lambda: model.predict_proba(data)) * 1e3,
        }
    session = onnx(directory, "forest")
    rows, row = fed(session, data), fed(session, one)
    found["forest"]["onnxruntime_one_row_us"] = timed(lambda: session.run(None, row)) * 1e6
    found["forest"]["onnxruntime_all_rows_ms"] = timed(lambda: session.run(None, rows)) * 1e3
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
