"""Directories as MLflow writes them: some that are taken, and some that are refused."""

from pathlib import Path

import lightgbm
import skl2onnx
import xgboost
from mlflow.models import infer_signature
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from case import random_rows
from scikit_learn import guests, table


def mlflow_directories(out, random):
    """Writes them, and yields (name, rows, answers), or (name, words of the refusal)."""
    import mlflow.lightgbm
    import mlflow.onnx
    import mlflow.sklearn
    import mlflow.xgboost

    cancer, benign = table(load_breast_cancer)
    cancer = cancer.rename(columns=lambda name: name.replace(" ", "_"))
    diabetes, progress = table(load_diabetes)
    asked = random_rows(cancer, random)
    values = random_rows(diabetes, random)

    def path(name):
        return str(Path(out) / name)

    extreme = xgboost.XGBRegressor(n_estimators=10, n_jobs=1).fit(diabetes, progress)
    signature = infer_signature(diabetes, extreme.predict(diabetes))
    mlflow.xgboost.save_model(extreme, path("mlflow_xgboost"), signature=signature)
    yield "mlflow_xgboost", values, extreme.predict(values)

    light = lightgbm.LGBMClassifier(n_estimators=10, verbose=-1, n_jobs=1).fit(cancer, benign)
    booster, scores = light.booster_, light.predict_proba(asked)
    signature = infer_signature(cancer, booster.predict(cancer))
    mlflow.lightgbm.save_model(booster, path("mlflow_lightgbm"), signature=signature)
    yield "mlflow_lightgbm", asked, ([0, 1], scores.argmax(axis=1), scores)

    logistic = make_pipeline(StandardScaler(), LogisticRegression()).fit(cancer.to_numpy(), benign)
    types = [("X", FloatTensorType([None, cancer.shape[1]]))]
    options = {id(logistic): {"zipmap": False}}
    graph = skl2onnx.to_onnx(logistic, initial_types=types, options=options)
    signature = infer_signature(cancer, benign)
    mlflow.onnx.save_model(graph, path("mlflow_onnx"), signature=signature)
    scores = logistic.predict_proba(asked.to_numpy())
    yield "mlflow_onnx", asked, ([0, 1], scores.argmax(axis=1), scores)

    mlflow.sklearn.save_model(logistic, path("mlflow_sklearn"))
    yield "mlflow_sklearn", "sklearn"
    mlflow.lightgbm.save_model(light, path("mlflow_lightgbm_class"))
    yield "mlflow_lightgbm_class", "booster_"


def refused_files(out, random):
    """Writes bare files, and yields (name, words of the refusal)."""
    diabetes, progress = table(load_diabetes)
    frame, stays, _ = guests(random)
    linear = lightgbm.LGBMRegressor(n_estimators=3, linear_tree=True, verbose=-1, n_jobs=1)
    linear.fit(diabetes, progress).booster_.save_model(Path(out) / "linear_tree.txt")
    yield "linear_tree.txt", "linear_tree"
    linear = xgboost.XGBRegressor(booster="gblinear", n_estimators=3, n_jobs=1)
    linear.fit(diabetes, progress).save_model(Path(out) / "gblinear.json")
    yield "gblinear.json", "gblinear"
