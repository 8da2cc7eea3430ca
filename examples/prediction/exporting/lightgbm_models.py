"""Models of LightGBM, in its own files."""

import numpy as np

from exporting.export import CannotExport, Export
from exporting.rows import features_of, with_categories


def describe_lightgbm(model, frame):
    import lightgbm

    booster = model if isinstance(model, lightgbm.Booster) else model.booster_
    text = booster.model_to_string()
    if "\nis_linear=1" in text:
        raise CannotExport("linear trees cannot be exported; train with linear_tree=False instead")
    head = text.split("\nTree=", 1)[0].split("\n")
    head = dict(line.split("=", 1) for line in head if "=" in line)
    objective = head.get("objective", "").split(" ")[0]
    if hasattr(model, "classes_") and not objective:
        raise CannotExport(
            "an objective of your own gives no scores; train with objective='binary' or "
            "'multiclass' instead"
        )
    labels = None
    if objective == "binary":
        labels = [0, 1]
    elif objective in ("multiclass", "multiclassova"):
        labels = list(range(int(head["num_class"])))
    if labels is not None and hasattr(model, "classes_"):
        labels = list(model.classes_)

    def ask(asked):
        answers = booster.predict(asked)
        if labels is None:
            return answers
        if answers.ndim == 1:
            answers = np.column_stack([1 - answers, answers])
        return [labels[place] for place in answers.argmax(axis=1)], answers

    # LightGBM writes its own names of the columns, without blanks.
    frame = with_categories(frame.set_axis(booster.feature_name(), axis=1))
    return Export(
        format="lightgbm",
        task="regression" if labels is None else "classification",
        file="model.txt",
        content=text.encode(),
        features=features_of(frame),
        labels=labels,
        sample=frame,
        ask=ask,
    )
