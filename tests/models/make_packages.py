#!/usr/bin/env python3
"""Trains models of all kinds, makes their packages, and writes what their libraries answer.

    make_packages.py OUT

For each NAME in OUT/index.json: OUT/NAME/ is the package (or an MLflow directory), NAME.rows.jsonl
are rows, NAME.answers.jsonl the library's answers, and NAME.onnxruntime.jsonl those of ONNX Runtime
if the package has a graph. What must be refused is there with words that the refusal has to say,
and what cannot be exported with the reasons that people get.
"""

import contextlib
import io
import json
import os
import sys
import warnings
from pathlib import Path

# Several threads would only wait for each other.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MLFLOW_ENABLE_TELEMETRY="false")
sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "prediction"))

import numpy as np
import onnxruntime
from export_model import export_model
from exporting.golden import as_key, inputs
from exporting.rows import as_json

from boosters import booster_cases
from directories import mlflow_directories, refused_files
from refusals import liars, what_cannot_be_exported, write_files_to_export
from scikit_learn import cases_for_onnxruntime, scikit_learn_cases
from texts import text_cases

SEED = 20261130


def answers_of(answers):
    """As Audience gives them."""
    if not isinstance(answers, tuple):
        return [{"value": float(value)} for value in answers]
    classes, labels, scores = answers
    keys = [as_key(label) for label in classes]
    found = []
    for label, row in zip(labels, np.asarray(scores, dtype="float64"), strict=True):
        by_key = dict(zip(keys, map(float, row), strict=True))
        label = as_json(label)
        found.append({"label": label, "score": by_key[as_key(label)], "scores": by_key})
    return found


def onnxruntime_answers(graph, rows, classes):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options)
    names = [one.name for one in session.get_inputs()]
    if names == ["X"]:
        feed = {"X": rows.to_numpy(dtype="float32")}
    else:
        feed = {name: column(rows[name]) for name in names}
    found = session.run(None, feed)
    if classes is None:
        return answers_of(found[0].ravel())
    # The places of the labels: their own type is not the graph's.
    labels = [classes[place] for place in found[1].argmax(axis=1)]
    return answers_of((classes, labels, found[1]))


def column(values):
    if values.dtype.kind == "f":
        return values.to_numpy(dtype="float32").reshape(-1, 1)
    return values.fillna("").to_numpy(dtype=object).reshape(-1, 1)


def write_lines(path, rows):
    text = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")


def write_case(out, case):
    export_model(case.model, case.sample, out / case.name, **case.options)
    write_lines(out / f"{case.name}.rows.jsonl", inputs(case.asked))
    write_lines(out / f"{case.name}.answers.jsonl", answers_of(case.answers))
    graph = out / case.name / "model.onnx"
    if graph.exists():
        classes = case.answers[0] if isinstance(case.answers, tuple) else None
        answers = onnxruntime_answers(graph, case.asked, classes)
        write_lines(out / f"{case.name}.onnxruntime.jsonl", answers)
    return {"name": case.name, "exact": case.exact, "is_proved": True}


def main(out):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(SEED)
    answered, refused = [], []
    for cases in (scikit_learn_cases, booster_cases, text_cases):
        answered += [write_case(out, case) for case in cases(random)]
    for name, *rest in mlflow_directories(out, random):
        if len(rest) == 1:
            refused.append({"name": name, "words": rest[0]})
            continue
        rows, answers = rest
        write_lines(out / f"{name}.rows.jsonl", inputs(rows))
        write_lines(out / f"{name}.answers.jsonl", answers_of(answers))
        answered.append({"name": name, "exact": "lightgbm" in name, "is_proved": False})
    refused += [{"name": name, "words": words} for name, words in refused_files(out, random)]
    by_runtime = [write_case(out, case) for case in cases_for_onnxruntime(random)]
    write_files_to_export(out, random)
    index = {
        "answered": answered,
        "by_runtime": by_runtime,
        "refused": refused,
        "liars": list(liars(out, random)),
        "not_exported": list(what_cannot_be_exported(out, random)),
    }
    text = json.dumps(index, ensure_ascii=False, indent=1)
    (out / "index.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    # Some libraries talk.
    with contextlib.redirect_stdout(io.StringIO()):
        main(sys.argv[1])
