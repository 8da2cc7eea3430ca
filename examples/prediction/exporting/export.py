"""A model that is ready to be written, and why some are not."""

from dataclasses import dataclass, field

import pandas as pd


class CannotExport(Exception):
    """Why there is no package of a model, and what would help, in a sentence."""


@dataclass
class Export:
    """A model, ready to be written."""

    format: str
    task: str
    file: str
    content: bytes
    features: list
    # Asks the library: the sample's rows in, (labels, scores) or values out.
    ask: object
    # The classes in the order of their scores; None for a regression.
    labels: list | None = None
    # Rows in the form that `ask` takes.
    sample: pd.DataFrame = field(default_factory=pd.DataFrame)


def last_steps(estimator):
    """The steps of a pipeline, those of pipelines within it, too."""
    if type(estimator).__name__ != "Pipeline":
        return [estimator]
    steps = [step for _, step in estimator.steps if step not in ("passthrough", None)]
    return [inner for step in steps for inner in last_steps(step)]
