"""The rows of a sample: which columns they have, and what their values are in JSON."""

import math

import numpy as np
import pandas as pd

from exporting.export import CannotExport

UNKNOWN = "(no such category)"


def as_frame(estimator, sample):
    """The sample with the columns that the estimator was trained with, in their order."""
    names = getattr(estimator, "feature_names_in_", None)
    if isinstance(sample, pd.DataFrame):
        frame = sample.reset_index(drop=True)
        if names is not None:
            missing = [name for name in names if name not in frame]
            if missing:
                raise CannotExport(f"the sample has no column {missing[0]!r}")
            frame = frame[list(names)]
    else:
        values = np.asarray(sample)
        if values.ndim != 2:
            raise CannotExport("the sample must have rows and columns; a DataFrame is best")
        if names is None:
            names = [f"x{column}" for column in range(values.shape[1])]
        frame = pd.DataFrame(values, columns=list(names)).infer_objects()
    if len(frame) == 0:
        raise CannotExport("the sample has no rows")
    frame = frame.rename(columns=str)
    for name in frame:
        kind(frame, name)
    return frame


def kind(frame, name):
    """Whether a column holds numbers or texts."""
    dtype = frame[name].dtype
    if isinstance(dtype, pd.CategoricalDtype):
        dtype = dtype.categories.dtype
    if pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_numeric_dtype(dtype):
        return "number"
    if pd.api.types.is_string_dtype(dtype) or pd.api.types.is_object_dtype(dtype):
        return "text"
    raise CannotExport(
        f"the column {name!r} has the type {dtype}; train with numbers and texts, for example with "
        "the days since a date"
    )


def features_of(frame):
    return [{"name": name, "type": kind(frame, name)} for name in frame]


def with_categories(frame):
    """The same with texts as categories, which is how boosters take them."""
    texts = [name for name in frame if kind(frame, name) == "text"]
    return frame.astype(dict.fromkeys(texts, "category"))


def spread(frame, rows):
    """So many rows, from all parts of the sample."""
    places = np.unique(np.linspace(0, len(frame) - 1, min(rows, len(frame))).astype(int))
    return frame.iloc[places].reset_index(drop=True)


def with_changed(frame, row, name, value):
    """One row with another value."""
    changed = frame.iloc[[row % len(frame)]].reset_index(drop=True).copy()
    if isinstance(changed[name].dtype, pd.CategoricalDtype) and value == UNKNOWN:
        changed[name] = changed[name].cat.add_categories([value])
    if changed[name].dtype.kind in "iub":
        changed[name] = changed[name].astype("float64")
    changed.loc[0, name] = value
    return changed


def as_json(value):
    """A value of a row or a label: a number, a text, or None if it is missing."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, float) and math.isinf(value):
        raise CannotExport("the sample has an infinite number, which JSON cannot hold")
    return value
