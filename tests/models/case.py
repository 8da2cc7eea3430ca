"""A trained model with rows, and with what its library answers to them."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

ROWS = 1000


@dataclass
class Case:
    name: str
    model: object
    # Rows for the package, as the model was trained with.
    sample: object
    # The rows that are asked: a DataFrame, or texts.
    asked: object
    # What the library answers: (classes, labels, scores), or values.
    answers: object
    # Whether answers must be equal to the last bit.
    exact: bool = False
    # Of export_model.
    options: dict = field(default_factory=dict)


def classified(name, model, sample, asked, rows=None, **more):
    """A classifier; `rows` are the asked ones as it takes them."""
    rows = asked if rows is None else rows
    answers = (list(model.classes_), model.predict(rows), model.predict_proba(rows))
    return Case(name, model, sample, asked, answers, **more)


def valued(name, model, sample, asked, rows=None, **more):
    """A regressor."""
    rows = asked if rows is None else rows
    return Case(name, model, sample, asked, np.ravel(model.predict(rows)), **more)


def random_rows(sample, random, missing=0.0, unknown=0.0, single=True):
    """Rows unlike those of a sample: values from all of it, and in and around its range."""
    columns = {}
    for name in sample:
        values = sample[name]
        if pd.api.types.is_numeric_dtype(values.dtype):
            columns[name] = random_numbers(values.dropna().to_numpy(), random, single)
            gap = np.nan
        else:
            known = values.dropna().unique()
            texts = np.asarray(random.choice(np.asarray(known, dtype=object), ROWS), dtype=object)
            texts[random.random(ROWS) < unknown] = "知らない"
            columns[name] = texts
            gap = None
        columns[name][random.random(ROWS) < missing] = gap
    rows = pd.DataFrame(columns)
    for name in sample:
        if isinstance(sample[name].dtype, pd.CategoricalDtype):
            known = sample[name].dtype.categories
            others = sorted(set(rows[name].dropna()) - set(known))
            rows[name] = pd.Categorical(rows[name], categories=[*known, *others])
    return rows


def random_numbers(values, random, single):
    low, high = values.min(), values.max()
    around = random.uniform(low - 0.1 * (high - low), high + 0.1 * (high - low), ROWS)
    numbers = np.where(random.random(ROWS) < 0.5, around, random.choice(values, ROWS))
    # In single precision what a model is asked is the same wherever it runs.
    return numbers.astype("float32" if single else "float64").astype("float64")
