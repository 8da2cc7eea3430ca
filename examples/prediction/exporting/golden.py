"""Rows with the answers of the library: those of the sample, and odd ones."""

import contextlib
import math

import numpy as np
import pandas as pd

from exporting.export import CannotExport
from exporting.rows import UNKNOWN, as_json, kind, spread, with_changed

ODD_TEXTS = ["", " ", "?!", "ＡＢＣ abc ABC", "😀", "line\none\ttab", "zzz unknown qqq"]


def make_golden(export, rows):
    """Rows spread over the sample, and odd ones that the library takes."""
    usual = spread(export.sample, rows)
    golden = {"inputs": inputs(usual), "outputs": outputs(export, usual)}
    if export.task == "text":
        odd = [pd.DataFrame({"text": [text]}, dtype=object) for text in ODD_TEXTS]
    else:
        odd = odd_rows(export, rows)
    for frame in odd:
        # What the library does not take is not for us to answer.
        with contextlib.suppress(Exception):
            answers = outputs(export, frame)
            golden["inputs"] += inputs(frame)
            golden["outputs"] += answers
    return golden


def odd_rows(export, rows):
    """Rows with a missing value or an unknown category, some `rows` of them, and an empty one."""
    frame = export.sample
    texts = [name for name in frame if kind(frame, name) == "text"]
    may_be_missing = [name for name in frame if not is_missing_a_category(export, name)]
    changes = [(name, np.nan) for name in may_be_missing] + [(name, UNKNOWN) for name in texts]
    for row, (name, value) in enumerate(changes[:: max(1, math.ceil(len(changes) / rows))]):
        yield with_changed(frame, row, name, value)
    gaps = frame.iloc[[0]]
    for name in may_be_missing:
        gaps = with_changed(gaps, 0, name, np.nan)
    yield gaps


def is_missing_a_category(export, name):
    """ONNX has no missing texts: they are empty ones, which some models were trained with."""
    return export.format == "onnx" and (export.sample[name] == "").any()


def inputs(frame):
    columns = [[as_json(value) for value in frame[name].astype(object)] for name in frame]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def outputs(export, frame):
    if export.labels is None:
        values = np.asarray(export.ask(frame), dtype=float)
        if values.size != len(frame):
            raise CannotExport("the model has several outputs; train one model for each of them")
        return [{"value": finite(value)} for value in values.ravel()]
    labels, scores = export.ask(frame)
    keys = [as_key(label) for label in export.labels]
    answers = []
    for label, row in zip(labels, np.asarray(scores, dtype=float), strict=True):
        by_key = dict(zip(keys, map(finite, row), strict=True))
        label = as_json(label)
        answers.append({"label": label, "score": by_key[as_key(label)], "scores": by_key})
    return answers


def finite(value):
    if not math.isfinite(value):
        raise CannotExport("the model answers a row of the sample with a number that is not finite")
    return float(value)


def as_key(label):
    """A label as a member of `scores`."""
    label = as_json(label)
    return str(label).lower() if isinstance(label, bool) else str(label)
