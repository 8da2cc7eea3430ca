"""Trains the models of `scripts/bench predict`, with their packages and the answers of their libraries.

    train.py DIRECTORY REPOSITORY
"""

import json
import sys
from pathlib import Path

import joblib
import lightgbm
import numpy as np
import pandas as pd
import xgboost
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

ROWS = 10_000
FEATURES = 30
TREES = 100
CHARACTERS = "好差快慢新旧大小真假香臭贵便宜喜欢讨厌不很太就都还也没有人店书房间服务味道电池屏幕早餐"


def numbers(rows, seed):
    random = np.random.default_rng(seed)
    values = random.normal(size=(rows, FEATURES)).round(4)
    sums = values[:, :5].sum(axis=1) + values[:, 5] * values[:, 6]
    noise = random.normal(scale=0.5, size=rows)
    labels = np.where(sums + noise > 0, "leave", "stay")
    return pd.DataFrame(values, columns=[f"f{no}" for no in range(FEATURES)]), labels


def texts(rows, seed):
    random = np.random.default_rng(seed)
    words = np.array(list(CHARACTERS))
    made = ["".join(random.choice(words, size=random.integers(20, 120))) for _ in range(rows)]
    return made, ["positive" if text.count("好") > text.count("差") else "negative" for text in made]


def models():
    forest = {"n_estimators": TREES, "n_jobs": 1, "random_state": 0}
    yield "forest", RandomForestClassifier(max_depth=12, **forest)
    yield "boosting", GradientBoostingClassifier(n_estimators=TREES, random_state=0)
    yield "logistic", make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    yield "lightgbm", lightgbm.LGBMClassifier(n_estimators=TREES, n_jobs=1, verbose=-1)
    yield "xgboost", xgboost.XGBClassifier(n_estimators=TREES, n_jobs=1, max_depth=6)


def main(directory, repository):
    sys.path.insert(0, str(repository / "examples/prediction"))
    from export_model import export_model

    data, labels = numbers(ROWS, 0)
    data.to_csv(directory / "rows.csv", index=False)
    codes = (labels == "leave").astype(int)
    for name, model in models():
        model.fit(data, codes if name == "xgboost" else labels)
        export_model(model, data, directory / f"{name}.zip")
        joblib.dump(model, directory / f"{name}.joblib")
        answers = model.predict_proba(data)
        (directory / f"{name}.answers.json").write_text(json.dumps(answers[:, 0].tolist()))
    made, sentiments = texts(5_000, 1)
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=20, max_features=5_500)
    model = make_pipeline(vectorizer, LogisticRegression(C=4.0, max_iter=500))
    export_model(model.fit(made, sentiments), made, directory / "sentiment.zip")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
