"""Models that are converted without a word and answer wrongly, and models that have no package."""

import jieba
import joblib
import lightgbm
import numpy as np
import xgboost
from export_model import CannotExport, export_model
from exporting import onnx_models
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import SVC, LinearSVC

from scikit_learn import guests, table, with_gaps


def liars(out, random):
    """Packages that their golden must refuse: converted as skl2onnx does it alone."""
    cancer, benign = table(load_breast_cancer)
    gaps = with_gaps(cancer, random)
    forest = RandomForestClassifier(10, random_state=0).fit(np.array(gaps), benign)
    mend, onnx_models.say_where_missing_goes = onnx_models.say_where_missing_goes, lambda *_: None
    try:
        export_model(forest, gaps, out / "liar_forest")
    finally:
        onnx_models.say_where_missing_goes = mend
    yield "liar_forest"

    # A category that was missing in training is a category of its own for scikit-learn alone.
    frame, stays, _ = guests(random)
    frame.loc[random.random(len(frame)) < 0.3, "city"] = None
    columns = [
        ("numbers", SimpleImputer(), ["age", "fare of the trip"]),
        ("texts", OneHotEncoder(handle_unknown="ignore"), ["city", "plan"]),
    ]
    model = make_pipeline(ColumnTransformer(columns), LogisticRegression()).fit(frame, stays)
    export_model(model, frame, out / "liar_categories")
    yield "liar_categories"


def write_files_to_export(out, random):
    """A model and a sample as files, for the command line of export_model.py."""
    frame, stays, _ = guests(random)
    columns = [
        ("numbers", SimpleImputer(), ["age", "fare of the trip"]),
        ("texts", OneHotEncoder(handle_unknown="ignore"), ["city"]),
    ]
    model = make_pipeline(ColumnTransformer(columns), LogisticRegression())
    model.fit(frame[["age", "fare of the trip", "city"]], stays)
    joblib.dump(model, out / "export.joblib")
    frame.to_csv(out / "export.csv", index=False)


def what_cannot_be_exported(out, random):
    """Yields the name of a model with the reason that people get."""
    iris, species = table(load_iris)
    diabetes, progress = table(load_diabetes)
    values = iris.to_numpy()
    texts, sides = ["good one", "bad one"] * 10, [1, 0] * 10
    few = {"n_estimators": 3, "verbose": -1, "n_jobs": 1}

    def own_words(text):
        return text.split()

    models = {
        "SVC": (SVC().fit(values, species), iris),
        "LinearSVC": (LinearSVC().fit(values, species), iris),
        "KNeighborsClassifier": (KNeighborsClassifier().fit(values, species), iris),
        "poisson": (
            HistGradientBoostingRegressor(loss="poisson", max_iter=3).fit(diabetes, progress),
            diabetes,
        ),
        "categories": (
            HistGradientBoostingRegressor(categorical_features=[0], max_iter=3).fit(
                iris.round().to_numpy(), species
            ),
            iris.round(),
        ),
        "pipeline": (
            make_pipeline(SimpleImputer(), lightgbm.LGBMClassifier(**few)).fit(values, species),
            iris,
        ),
        "tokenizer": (
            make_pipeline(
                TfidfVectorizer(tokenizer=own_words, token_pattern=None), LogisticRegression()
            ).fit(texts, sides),
            texts,
        ),
        "stop_words": (
            make_pipeline(
                TfidfVectorizer(stop_words=["one"], ngram_range=(1, 2)), LogisticRegression()
            ).fit(texts, sides),
            texts,
        ),
        "hashing": (
            make_pipeline(HashingVectorizer(n_features=16), LogisticRegression()).fit(texts, sides),
            texts,
        ),
        "forest_of_texts": (
            make_pipeline(TfidfVectorizer(), RandomForestClassifier(3)).fit(texts, sides),
            texts,
        ),
        "linear_tree": (
            lightgbm.LGBMRegressor(linear_tree=True, **few).fit(diabetes, progress),
            diabetes,
        ),
        "gblinear": (
            xgboost.XGBRegressor(booster="gblinear", n_estimators=3).fit(diabetes, progress),
            diabetes,
        ),
        "another": (jieba, texts),
    }
    for name, (model, sample) in models.items():
        try:
            export_model(model, sample, out / "never")
            reason = None
        except CannotExport as error:
            reason = str(error)
        yield {"name": name, "reason": reason}
