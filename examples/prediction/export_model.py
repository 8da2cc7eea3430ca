#!/usr/bin/env python3
"""Makes a package for Audience of a fitted model of scikit-learn, XGBoost or LightGBM.

    from export_model import export_model
    export_model(estimator, sample, "churn.zip")

    python3 export_model.py churn.joblib customers.csv churn.zip

A package is a folder, or a zip of it, with the file of the model, `model.yaml` (what that file does
not say itself) and `golden.json`: rows with the answers of the library that trained the model.
Audience takes a model only if it answers these rows equally, so the sample should look like what
will be asked: rows that the model was trained with will do. Missing values and unknown categories
are added where the library takes them.

Needs the library of the model, numpy, pandas and PyYAML; for scikit-learn also onnx and skl2onnx.
"""

import argparse
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import pandas as pd

from exporting.export import CannotExport, last_steps
from exporting.golden import make_golden
from exporting.lightgbm_models import describe_lightgbm
from exporting.onnx_models import describe_onnx
from exporting.package import write
from exporting.rows import as_frame
from exporting.text_models import describe_text, is_vectorizer
from exporting.xgboost_models import describe_xgboost

ROWS = 30


def export_model(estimator, sample, where, rows=ROWS, onnxruntime=False, ubj=False):
    """Writes the package of a fitted estimator to a folder or, if its name ends so, to a .zip.

    `sample` has rows as the estimator was trained with: a DataFrame, an array, or texts.
    `onnxruntime` allows graphs that the server computes only if its setting
    `prediction.onnxruntime` names the library; `ubj` writes XGBoost's file in UBJSON instead of
    JSON. Returns the path.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export = describe(estimator, sample, onnxruntime, ubj)
        golden = make_golden(export, rows)
    where = Path(where)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "package" if where.suffix == ".zip" else where
        folder.mkdir(parents=True, exist_ok=True)
        write(folder, export, golden)
        if where.suffix == ".zip":
            where.parent.mkdir(parents=True, exist_ok=True)
            shutil.make_archive(str(where.with_suffix("")), "zip", folder)
    return where


def describe(estimator, sample, onnxruntime, ubj):
    """The model in the format that fits it."""
    library = type(estimator).__module__.split(".")[0]
    if library == "xgboost":
        file = "model.ubj" if ubj else "model.json"
        return describe_xgboost(estimator, as_frame(estimator, sample), file)
    if library == "lightgbm":
        return describe_lightgbm(estimator, as_frame(estimator, sample))
    if not hasattr(estimator, "get_params") or not hasattr(estimator, "predict"):
        raise CannotExport(
            f"{type(estimator).__name__} is no fitted model of scikit-learn, XGBoost or LightGBM; "
            "write it as ONNX with the tools of its library, and hand Audience the file"
        )
    steps = last_steps(estimator)
    inner = type(steps[-1]).__module__.split(".")[0]
    if inner in ("xgboost", "lightgbm"):
        raise CannotExport(
            f"a pipeline around {type(steps[-1]).__name__} cannot be exported; train it without "
            "the pipeline, with columns of dtype category and missing values, which it takes "
            "itself, and export the bare model"
        )
    if is_vectorizer(steps[0]):
        return describe_text(steps, estimator, sample)
    return describe_onnx(estimator, as_frame(estimator, sample), onnxruntime)


def load(path):
    """A model from a file. What joblib or pickle read can run code: only files of your own."""
    suffix = Path(path).suffix
    if suffix == ".txt":
        import lightgbm

        return lightgbm.Booster(model_file=path)
    if suffix in (".json", ".ubj"):
        import xgboost

        return xgboost.Booster(model_file=path)
    import joblib

    return joblib.load(path)


def read_sample(path):
    readers = {".csv": pd.read_csv, ".parquet": pd.read_parquet}
    if Path(path).suffix in (".jsonl", ".ndjson"):
        return pd.read_json(path, lines=True)
    if Path(path).suffix not in readers:
        raise CannotExport(f"{path}: expected a sample in .csv, .jsonl or .parquet")
    return readers[Path(path).suffix](path)


def main():
    parser = argparse.ArgumentParser(description="Makes a package of a fitted model for Audience.")
    parser.add_argument("model", help=".joblib or .pkl (your own only), .txt, .json or .ubj")
    parser.add_argument("sample", help="rows as the model was trained with: .csv, .jsonl, .parquet")
    parser.add_argument("package", help="a folder or a .zip to write")
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of golden.json")
    parser.add_argument(
        "--onnxruntime", action="store_true", help="allow what only ONNX Runtime computes"
    )
    parser.add_argument("--ubj", action="store_true", help="write XGBoost's file in UBJSON")
    given = parser.parse_args()
    try:
        model, sample = load(given.model), read_sample(given.sample)
        export_model(model, sample, given.package, given.rows, given.onnxruntime, given.ubj)
    except (CannotExport, OSError, ImportError) as error:
        sys.exit(f"export_model: {error}")
    print(given.package)


if __name__ == "__main__":
    main()
