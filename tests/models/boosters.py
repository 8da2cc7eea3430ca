"""Models of LightGBM and XGBoost, in their own files."""

import lightgbm
import numpy as np
import pandas as pd
import xgboost
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

from case import Case, classified, random_rows, valued
from scikit_learn import guests, table, with_gaps


def booster_cases(random):
    cancer, benign = table(load_breast_cancer)
    cancer = cancer.rename(columns=lambda name: name.replace(" ", "_"))
    wine, kind = table(load_wine)
    wine = wine.rename(columns=lambda name: name.replace("/", "_"))
    diabetes, progress = table(load_diabetes)
    tables = (with_gaps(cancer, random), benign), (wine, kind), (diabetes, progress)
    yield from lightgbm_cases(random, *tables)
    yield from xgboost_cases(random, *tables)


def with_categories(frame):
    return frame.rename(columns={"fare of the trip": "fare"}).astype(
        {"city": "category", "plan": "category"}
    )


def lightgbm_cases(random, cancer, wine, diabetes):
    def case(make, name, model, frame, target, missing=0.1, unknown=0.0, **fit):
        model.fit(frame, target, **fit)
        asked = random_rows(frame, random, missing, unknown, single=False)
        return make(f"lightgbm_{name}", model, frame, asked, exact=True)

    few = {"n_estimators": 15, "verbose": -1, "n_jobs": 1, "random_state": 0}
    yield case(classified, "binary", lightgbm.LGBMClassifier(**few), *cancer)
    labels = np.array(["甲", "乙", "丙"])[wine[1]]
    yield case(classified, "kinds", lightgbm.LGBMClassifier(**few), wine[0], labels)
    model = lightgbm.LGBMClassifier(objective="multiclassova", **few)
    yield case(classified, "one_against_all", model, *wine)
    yield case(valued, "values", lightgbm.LGBMRegressor(**few), *diabetes)
    for objective in ("poisson", "tweedie", "quantile", "mape"):
        model = lightgbm.LGBMRegressor(objective=objective, **few)
        yield case(valued, objective, model, *diabetes)
    model = lightgbm.LGBMRegressor(reg_sqrt=True, **few)
    yield case(valued, "root", model, *diabetes)
    model = lightgbm.LGBMRegressor(zero_as_missing=True, **few)
    yield case(valued, "zero_as_missing", model, diabetes[0].round(2), diabetes[1])
    often = {"bagging_freq": 1, "bagging_fraction": 0.6}
    model = lightgbm.LGBMClassifier(boosting_type="rf", **often, **few)
    yield case(classified, "rf", model, *cancer)
    model = lightgbm.LGBMRegressor(boosting_type="rf", **often, **few)
    yield case(valued, "rf_values", model, *diabetes)
    model = lightgbm.LGBMClassifier(boosting_type="dart", drop_rate=0.5, **few)
    yield case(classified, "dart", model, *cancer)
    frame, stays, spent = guests(random)
    frame = with_categories(frame)
    groups = {"min_data_per_group": 5, "cat_smooth": 1, "max_cat_to_onehot": 1}
    model = lightgbm.LGBMClassifier(**groups, **few)
    yield case(classified, "categories", model, frame, stays, unknown=0.1)
    model = lightgbm.LGBMRegressor(**few)
    yield case(valued, "categories_values", model, frame, spent, unknown=0.1)
    numbered = frame[["age", "fare"]].assign(
        shop=pd.Categorical(random.integers(1, 40, len(frame)))
    )
    model = lightgbm.LGBMRegressor(**groups, **few)
    yield case(valued, "numbered_categories", model, numbered, spent)
    model = lightgbm.LGBMClassifier(**{**few, "n_estimators": 200, "learning_rate": 0.5})
    stop = {"eval_set": [(cancer[0][:150], cancer[1][:150])]}
    stop["callbacks"] = [lightgbm.early_stopping(3, verbose=False)]
    yield case(classified, "stopped_early", model, cancer[0][150:], cancer[1][150:], **stop)
    assert model.best_iteration_ < 200
    booster = lightgbm.train(
        {"objective": "cross_entropy", "verbose": -1, "num_threads": 1},
        lightgbm.Dataset(wine[0].to_numpy(), wine[1] / 2),
        15,
    )
    asked = random_rows(pd.DataFrame(wine[0].to_numpy()).rename(columns=str), random, 0.1)
    answers = booster.predict(asked.to_numpy())
    asked = asked.set_axis(booster.feature_name(), axis=1)
    yield Case("lightgbm_booster", booster, asked[:50], asked, answers, exact=True)


def xgboost_cases(random, cancer, wine, diabetes):
    def case(make, name, model, frame, target, missing=0.1, options=None, **fit):
        model.fit(frame, target, **fit)
        asked = random_rows(frame, random, missing, single=False)
        return make(f"xgboost_{name}", model, frame, asked, options=options or {})

    few = {"n_estimators": 15, "max_depth": 4, "n_jobs": 1, "random_state": 0}
    yield case(classified, "binary", xgboost.XGBClassifier(**few), *cancer)
    ubj = {"ubj": True}
    yield case(classified, "binary_ubj", xgboost.XGBClassifier(**few), *cancer, options=ubj)
    yield case(classified, "kinds", xgboost.XGBClassifier(**few), *wine)
    yield case(valued, "values", xgboost.XGBRegressor(**few), *diabetes)
    yield case(valued, "values_ubj", xgboost.XGBRegressor(**few), *diabetes, options=ubj)
    for objective in ("count:poisson", "reg:gamma", "reg:tweedie", "reg:absoluteerror"):
        model = xgboost.XGBRegressor(objective=objective, **few)
        yield case(valued, objective.split(":")[1], model, *diabetes)
    model = xgboost.XGBRegressor(objective="reg:logistic", base_score=0.3, **few)
    yield case(valued, "rates", model, diabetes[0], diabetes[1] / 400)
    yield case(classified, "forest", xgboost.XGBRFClassifier(**few), *cancer)
    model = xgboost.XGBClassifier(grow_policy="lossguide", max_leaves=7, **few)
    yield case(classified, "leaves", model, *wine)
    dart = {"booster": "dart", "rate_drop": 0.5, **few}
    yield case(classified, "dart", xgboost.XGBClassifier(**dart), *cancer)
    yield case(valued, "dart_values", xgboost.XGBRegressor(**dart), *diabetes, options=ubj)
    stop = {"n_estimators": 200, "learning_rate": 0.5, "early_stopping_rounds": 3}
    model = xgboost.XGBClassifier(**{**few, **stop})
    held_out = {"eval_set": [(cancer[0][:150], cancer[1][:150])], "verbose": False}
    yield case(classified, "stopped_early", model, cancer[0][150:], cancer[1][150:], **held_out)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    frame, stays, spent = guests(random)
    frame = with_categories(frame.replace({"東京": "Tokyo", "大阪": "Osaka", "名古屋": "Nagoya"}))
    model = xgboost.XGBClassifier(enable_categorical=True, **few)
    yield case(classified, "categories", model, frame, (stays == "stay").astype(int))
    model = xgboost.XGBRegressor(enable_categorical=True, max_cat_to_onehot=1, **few)
    yield case(valued, "categories_values", model, frame, spent, options=ubj)
    yield japanese_categories(random, few)
    data = xgboost.DMatrix(wine[0].to_numpy(), wine[1])
    settings = {"objective": "multi:softprob", "num_class": 3, "nthread": 1}
    booster = xgboost.train(settings, data, 10)
    asked = random_rows(pd.DataFrame(wine[0].to_numpy()).rename(columns="x{}".format), random, 0.1)
    scores = booster.predict(xgboost.DMatrix(asked.to_numpy()))
    answers = ([0, 1, 2], scores.argmax(axis=1), scores)
    yield Case("xgboost_booster", booster, asked[:50].to_numpy(), asked, answers)


def japanese_categories(random, few):
    """Their codes are asked: XGBoost 3.2 cannot read what it writes of them."""
    frame, _, spent = guests(random)
    frame = with_categories(frame)
    model = xgboost.XGBRegressor(enable_categorical=True, **few).fit(frame, spent)
    asked = random_rows(frame, random, 0.1, single=False)
    columns = {name: asked[name].cat.codes for name in ("city", "plan")}
    columns = {name: code.where(code >= 0) for name, code in columns.items()}
    codes = asked.assign(**columns).astype("float32").to_numpy()
    data = xgboost.DMatrix(
        codes,
        feature_names=list(frame),
        feature_types=["q", "q", "c", "c"],
        enable_categorical=True,
    )
    answers = model.get_booster().predict(data)
    return Case("xgboost_japanese_categories", model, frame, asked, answers)
