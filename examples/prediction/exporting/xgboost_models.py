"""Models of XGBoost, in its own files."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from exporting.export import CannotExport, Export
from exporting.rows import as_json, features_of, with_categories


def describe_xgboost(model, frame, file):
    import xgboost

    booster = model if isinstance(model, xgboost.Booster) else model.get_booster()
    about = json.loads(booster.save_config())["learner"]
    if about["gradient_booster"]["name"] == "gblinear":
        raise CannotExport(
            "gblinear cannot be exported; train scikit-learn's LogisticRegression or Ridge instead"
        )
    labels = labels_of(model, about)
    if booster.feature_names:
        frame = frame.set_axis(booster.feature_names, axis=1)
    categories = categories_that_are_not_ascii(frame)
    frame = with_categories(frame)
    # As the classes for scikit-learn do, and as Audience does.
    best = booster.attr("best_iteration")
    until = (0, 0) if best is None else (0, int(best) + 1)

    def ask(asked):
        if categories:
            matrix = xgboost.DMatrix(
                codes(asked, categories),
                feature_names=booster.feature_names,
                feature_types=["c" if name in categories else "q" for name in asked],
                enable_categorical=True,
            )
        else:
            matrix = xgboost.DMatrix(asked, enable_categorical=True)
        answers = booster.predict(matrix, iteration_range=until)
        if labels is None:
            return answers
        if answers.ndim == 1:
            answers = np.column_stack([1 - answers, answers])
        return [labels[place] for place in answers.argmax(axis=1)], answers

    features = features_of(frame)
    for feature in features:
        if feature["name"] in categories:
            feature["categories"] = [as_json(one) for one in categories[feature["name"]]]
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / file
        booster.save_model(path)
        content = path.read_bytes()
    return Export(
        format="xgboost",
        task="regression" if labels is None else "classification",
        file=file,
        content=content,
        features=features,
        labels=labels,
        sample=frame,
        ask=ask,
    )


def labels_of(model, about):
    """The classes; None for a regression."""
    objective = about["objective"]["name"]
    is_classifier = hasattr(model, "classes_")
    instead = {"binary:hinge": "binary:logistic", "multi:softmax": "multi:softprob"}
    if is_classifier:
        instead["binary:logitraw"] = "binary:logistic"
    if objective in instead:
        raise CannotExport(f"{objective} gives no scores; train with {instead[objective]} instead")
    if objective == "binary:logistic":
        labels = [0, 1]
    elif objective == "multi:softprob":
        labels = list(range(int(about["learner_model_param"]["num_class"])))
    else:
        return None
    return list(model.classes_) if is_classifier else labels


def categories_that_are_not_ascii(frame):
    """The categories of all columns, if some are not ASCII.

    XGBoost 3.2 writes those so that nobody can read them, and answers wrongly itself if they stand
    in another order. So `model.yaml` has to say them, and the library is asked their codes.
    """
    of_columns = {
        name: list(frame[name].cat.categories)
        for name in frame
        if isinstance(frame[name].dtype, pd.CategoricalDtype)
    }
    has_others = any(not str(one).isascii() for many in of_columns.values() for one in many)
    texts = [name for name in frame if name not in of_columns and frame[name].dtype.kind == "O"]
    if any(not str(text).isascii() for name in texts for text in frame[name].dropna()):
        raise CannotExport(
            f"the column {texts[0]!r} must have the dtype category that it was trained with: "
            "XGBoost cannot read categories that are not ASCII from its own file"
        )
    return of_columns if has_others else {}


def codes(frame, categories):
    """The numbers that XGBoost knows the categories by."""
    columns = {}
    for name, known in categories.items():
        code = frame[name].cat.set_categories(known).cat.codes
        if ((code < 0) & frame[name].notna()).any():
            raise ValueError(f"{name}: a category that is not known")
        columns[name] = code.where(code >= 0)
    return frame.assign(**columns).astype("float32").to_numpy()
