"""Trains the small boosters beside this file, and writes what they must answer.

    python3 make.py     (pip install lightgbm xgboost-cpu scikit-learn pandas)

For each: the file of the model, and `case.json` with the description that `model.yaml` would
give, inputs, and outputs as the call `predict` answers; `null` where the library fails.
"""

import json
import warnings
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import xgboost

ROWS = 400
ASKED = 60
CITIES = ["大阪", "東京", "名 古屋", 'x"y', "札幌"]
SHOPS = [3, 10, 7, -5, 100]
TOWNS = ["kyoto", "nara", "otsu", "Nara", "nar"]
random = np.random.default_rng(20)


def plain(value):
    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def save(name, file, model, frame, outputs, description=None):
    folder = Path(__file__).parent / name
    folder.mkdir(exist_ok=True)
    model.save_model(folder / file)
    rows = frame.astype(object).to_dict("records")
    case = {
        "description": description or {},
        "inputs": [{name: plain(value) for name, value in row.items()} for row in rows],
        "outputs": outputs,
    }
    text = json.dumps(case, ensure_ascii=False, indent=0)
    (folder / "case.json").write_text(text + "\n", encoding="utf-8")


def values(answers):
    return [{"value": float(value)} for value in np.ravel(answers)]


def classes(scores, labels):
    return [
        {
            "label": plain(labels[int(np.argmax(row))]),
            "score": float(max(row)),
            "scores": {str(label): float(score) for label, score in zip(labels, row, strict=True)},
        }
        for row in scores
    ]


def numbers(missing=0.15, zeros=0.1):
    table = random.normal(size=(ROWS, 4))
    table[random.random(table.shape) < zeros] = 0
    table[random.random(table.shape) < missing] = np.nan
    return pd.DataFrame(table, columns=["a", "b", "c", "d"])


def asked(frame):
    rows = frame.head(ASKED).copy()
    edges = [0.0, -0.0, 1e-36, -1e-35, 2e-35, 1e30, -1e30, np.nan]
    for row, value in enumerate(edges):
        rows.loc[row, ["a", "b", "c", "d"]] = value
    return rows


def targets(frame):
    known = frame.fillna(0.7)
    value = 2 * known["a"] + np.sin(3 * known["b"]) + (known["c"] == 0)
    return (value + random.normal(size=ROWS) * 0.3).to_numpy()


def categories(cities, texts):
    frame = pd.DataFrame(
        {
            "a": random.normal(size=ROWS),
            "city": pd.Categorical(random.choice(texts, ROWS), categories=cities),
            "shop": pd.Categorical(random.choice(SHOPS, ROWS)),
        }
    )
    frame.loc[random.random(ROWS) < 0.1, "city"] = None
    frame.loc[random.random(ROWS) < 0.1, "shop"] = None
    value = frame["city"].cat.codes % 3 + frame["shop"].cat.codes % 2 * 2
    return frame, value + random.normal(size=ROWS) * 0.2


def make_lightgbm():
    few = {"n_estimators": 4, "num_leaves": 6, "min_child_samples": 3, "verbose": -1, "n_jobs": 1}

    def save_text(name, model, rows, outputs, description=None):
        save(f"lightgbm_{name}", "model.txt", model.booster_, rows, outputs, description)

    frame = numbers()
    rows, value = asked(frame), targets(frame)
    kind = np.digitize(value, [-1, 1])
    for name, more in {"zeros": {"zero_as_missing": True}, "root": {"reg_sqrt": True}}.items():
        model = lightgbm.LGBMRegressor(**few, **more).fit(frame, value)
        save_text(name, model, rows, values(model.predict(rows)))
    model = lightgbm.LGBMRegressor(objective="tweedie", **few).fit(frame, np.exp(value / 3))
    save_text("tweedie", model, rows, values(model.predict(rows)))
    model = lightgbm.LGBMClassifier(boosting_type="dart", **few).fit(frame, kind)
    labels = ["low", "middle", "high"]
    scores = classes(model.predict_proba(rows), labels)
    save_text("dart", model, rows, scores, {"labels": labels})
    forest = {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}
    model = lightgbm.LGBMClassifier(**forest, **few).fit(frame, value > 0)
    save_text("forest", model, rows, classes(model.predict_proba(rows), [0, 1]))
    model = lightgbm.LGBMClassifier(objective="multiclassova", **few).fit(frame, kind)
    save_text("one_against_all", model, rows, classes(model.predict_proba(rows), [0, 1, 2]))

    frame, value = categories(CITIES, CITIES)
    for name, one_hot in {"categories": 1, "one_hot": 64}.items():
        groups = {"min_data_per_group": 3, "cat_smooth": 1, "max_cat_to_onehot": one_hot}
        model = lightgbm.LGBMRegressor(**few, **groups).fit(frame, value)
        rows = frame.head(ASKED).copy()
        rows["city"] = rows["city"].cat.add_categories(["京都"])
        rows.loc[3:8, "city"] = "京都"
        save_text(name, model, rows, values(model.predict(rows)))


def make_xgboost():
    few = {"n_estimators": 4, "max_depth": 3, "n_jobs": 1}

    def save_both(name, model, rows, outputs, description=None):
        for form in ("json", "ubj"):
            file = f"model.{form}"
            save(f"xgboost_{name}_{form}", file, model, rows, outputs, description)

    frame = numbers()
    rows, value = asked(frame), targets(frame)
    kind = np.digitize(value, [-1, 1])
    model = xgboost.XGBClassifier(booster="dart", rate_drop=0.5, **few).fit(frame, kind)
    labels = ["low", "middle", "high"]
    scores = classes(model.predict_proba(rows), labels)
    save_both("dart", model, rows, scores, {"labels": labels})
    model = xgboost.XGBClassifier(**few).fit(frame, value > 0)
    save_both("binary", model, rows, classes(model.predict_proba(rows), [0, 1]))
    model = xgboost.XGBRegressor(objective="count:poisson", **few).fit(frame, np.exp(value / 3))
    save_both("poisson", model, rows, values(model.predict(rows)))
    model = xgboost.XGBRegressor(gamma=5, tree_method="exact", **few).fit(frame, value)
    save_both("pruned", model, rows, values(model.predict(rows)))
    forests = {"early_stopping_rounds": 1, "num_parallel_tree": 2, "learning_rate": 2}
    model = xgboost.XGBRegressor(**{**few, **forests, "n_estimators": 8})
    model.fit(frame, value, eval_set=[(frame.tail(100), value[-100:] + 1)], verbose=False)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    save_both("early", model, rows, values(model.predict(rows)))

    frame, value = categories(TOWNS, TOWNS)
    for name, one_hot in {"categories": 1, "one_hot": 64}.items():
        more = {"enable_categorical": True, "max_cat_to_onehot": one_hot}
        model = xgboost.XGBRegressor(**few, **more).fit(frame, value)
        rows = frame.head(ASKED).astype(object)
        unknown = ["a", "na", "nare", "Z", "zz", "otsu "]
        rows.loc[: len(unknown) - 1, "city"] = unknown
        save_both(name, model, rows, [one_by_one(model, row) for _, row in rows.iterrows()])

    # XGBoost cannot write categories that are not ASCII: the library is asked by codes.
    frame, value = categories(CITIES, CITIES)
    frame = frame[["a", "city"]]
    model = xgboost.XGBRegressor(enable_categorical=True, **few).fit(frame, value)
    rows = frame.head(ASKED)
    codes = rows.assign(city=rows["city"].cat.codes.replace(-1, np.nan)).to_numpy(dtype=float)
    types = {"feature_names": ["a", "city"], "feature_types": ["float", "c"]}
    answers = model.get_booster().predict(xgboost.DMatrix(codes, **types))
    city = {"name": "city", "type": "text", "categories": CITIES}
    features = {"features": [{"name": "a", "type": "number"}, city]}
    save_both("not_ascii", model, rows, values(answers), features)


def one_by_one(model, row):
    """The answer to one row: a category that the library does not know fails a whole frame."""
    city = row["city"]
    frame = pd.DataFrame({"a": [float(row["a"])]})
    frame["city"] = pd.Categorical([city], categories=TOWNS if pd.isna(city) else [city])
    frame["shop"] = pd.Categorical([row["shop"]], categories=sorted(SHOPS))
    try:
        return {"value": float(model.predict(frame)[0])}
    except xgboost.core.XGBoostError:
        return None


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    make_lightgbm()
    make_xgboost()
