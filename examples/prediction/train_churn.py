#!/usr/bin/env python3
"""Trains a model that says which customers will leave, and makes its package.

    python3 train_churn.py [OUT]    writes OUT/churn/ and OUT/customers.csv, without OUT beside it

The customers are invented, always the same ones. Needs scikit-learn, pandas, onnx and skl2onnx.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from export_model import export_model

NUMBERS = ["months", "monthly_yen", "support_calls"]
CATEGORIES = ["plan", "city"]
SEED = 20261130


def customers(random, count):
    """Customers with what is known of them, and whether they left."""
    frame = pd.DataFrame(
        {
            "id": np.arange(1, count + 1),
            "months": random.integers(1, 72, count).astype(float),
            "monthly_yen": random.integers(15, 120, count) * 100.0,
            "support_calls": random.poisson(1.2, count).astype(float),
            "plan": random.choice(["light", "standard", "family"], count, p=[0.4, 0.4, 0.2]),
            "city": random.choice(["東京", "大阪", "名古屋", "福岡"], count),
        }
    )
    wish = (
        0.9 * frame.support_calls
        - 0.05 * frame.months
        + 0.0003 * frame.monthly_yen
        - 1.5 * (frame.plan == "family")
        + 0.6 * (frame.city == "大阪")
        - 1.8
    )
    leaves = random.random(count) < 1 / (1 + np.exp(-wish))
    # Some of it was never asked.
    frame.loc[random.random(count) < 0.1, "months"] = np.nan
    frame.loc[random.random(count) < 0.05, "monthly_yen"] = np.nan
    return frame, np.where(leaves, "leave", "stay")


def main(out):
    random = np.random.default_rng(SEED)
    known, what = customers(random, 3000)
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    columns = ColumnTransformer(
        [
            ("numbers", numbers, NUMBERS),
            ("categories", OneHotEncoder(handle_unknown="ignore"), CATEGORIES),
        ]
    )
    model = make_pipeline(columns, LogisticRegression())
    model.fit(known[NUMBERS + CATEGORIES], what)
    export_model(model, known, out / "churn")
    new, _ = customers(random, 20)
    # A city that the model has never heard of.
    new.loc[7, "city"] = "札幌"
    new.to_csv(out / "customers.csv", index=False)
    right = (model.predict(known[NUMBERS + CATEGORIES]) == what).mean()
    print(f"right of {right:.1%} of the customers")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent))
