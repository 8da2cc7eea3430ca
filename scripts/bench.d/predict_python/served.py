"""The forest of `train.py` behind FastAPI, as many serve it.

    served.py DIRECTORY PORT
"""

import sys
from pathlib import Path

import joblib
import pandas as pd
import uvicorn
from fastapi import FastAPI

MODEL = joblib.load(Path(sys.argv[1]) / "forest.joblib")
app = FastAPI()


@app.get("/readyz")
def ready():
    return {}


@app.post("/predict")
def predict(body: dict):
    rows = pd.DataFrame(body["rows"])
    scores = MODEL.predict_proba(rows)
    labels = MODEL.classes_[scores.argmax(axis=1)]
    predictions = [
        {"label": label, "score": row.max(), "scores": dict(zip(MODEL.classes_, row.tolist()))}
        for label, row in zip(labels.tolist(), scores)
    ]
    return {"predictions": predictions}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
