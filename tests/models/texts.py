"""Linear models of texts."""

import logging

import jieba
import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from case import ROWS, Case

jieba.setLogLevel(logging.WARNING)

WORDS = {
    "好": """质量很好 孩子很喜欢 物流快 值得购买 五星好评 房间干净 服务热情 とても良い 最高です
        美味しい 親切なスタッフ また来たい good excellent love it would buy again 超級推薦""",
    "坏": """质量太差 失望透顶 收到就坏了 退货 一星都不想给 房间很脏 服务态度恶劣 まずい 最悪です
        遅い もう来ない bad terrible broken never again très mauvais 千萬別買""",
    "中": """一般般 还可以 普通 価格相応 まあまあ okay nothing special 中規中矩 随便看看""",
}
# What Python's words, lower case and white space are particular about.
ODD = """ＡＢＣ ﾊﾝｶｸ 😀 👍🏽 👨\u200d👩\u200d👧 Straße İstanbul ΣΊΣΥΦΟΣ ǅ naïve nai\u0308ve ไทย
    हिन्दी
    x² ٣٤ snake_case don't e-mail #tag @name a b 1 12 3.14 2026年 第１号 T恤 5G手机 iPhone17 が
    か\u3099 々 〆 ー … —— ！！ ？? 𠮷野家 ﬁn ㈱ ① Ⅳ Ⓐ \u200b \ufeff \xad"""
BLANKS = [" ", "", "  ", "\n", "\t", "\u3000", "\xa0", "\u2028", "\x1c", "\r\n", "，", "。"]


def texts(random, labels, odd):
    of_labels = {label: " ".join(words.split("\n")).split() for label, words in WORDS.items()}
    for label in labels:
        words = random.choice(np.asarray(of_labels[label], dtype=object), random.integers(1, 9))
        others = random.choice(np.asarray(ODD.split(), dtype=object), random.integers(0, odd))
        words = random.permutation([*words, *others])
        blanks = random.choice(np.asarray(BLANKS, dtype=object), len(words))
        yield "".join(word + blank for word, blank in zip(words, blanks, strict=True))


def text_cases(random):
    two, three = random.choice(["好", "坏"], 400), random.choice(["好", "坏", "中"], 400)
    # A blank that stands alone in Python's eyes, and nothing at all.
    asked = list(texts(random, random.choice(list(WORDS), ROWS - 3), 9)) + ["", " ", "\u3000"]

    def case(name, labels, vectorizer, classifier):
        steps = (
            [*vectorizer, classifier] if isinstance(vectorizer, list) else [vectorizer, classifier]
        )
        model = make_pipeline(*steps)
        learnt = list(texts(random, labels, 3))
        model.fit(learnt, labels)
        if hasattr(model, "predict_proba"):
            scores = model.predict_proba(asked)
        else:
            scores = model.decision_function(asked)
            scores = np.column_stack([-scores, scores]) if scores.ndim == 1 else scores
        answers = (list(model.classes_), model.predict(asked), scores)
        return Case(f"text_{name}", model, learnt, pd.DataFrame({"text": asked}), answers)

    def weighed(**options):
        return [TfidfVectorizer(**options)]

    logistic = LogisticRegression
    yield case("word", two, weighed(), logistic())
    yield case("words", three, weighed(ngram_range=(1, 2), sublinear_tf=True), logistic())
    pattern = r"(?u)\b\w+\b"
    yield case("short_words", two, weighed(token_pattern=pattern, lowercase=False), logistic())
    yield case("char", two, weighed(analyzer="char", ngram_range=(1, 3)), logistic())
    yield case("chars", three, weighed(analyzer="char", ngram_range=(2, 4), norm="l1"), logistic())
    yield case("char_wb", two, weighed(analyzer="char_wb", ngram_range=(1, 3)), logistic())
    chars = weighed(analyzer="char_wb", ngram_range=(2, 5), norm=None, use_idf=False)
    yield case("chars_wb", three, chars, logistic())
    cut = weighed(tokenizer=jieba.lcut, token_pattern=None, ngram_range=(1, 2))
    yield case("jieba", three, cut, logistic())
    yield case("jieba_alone", two, weighed(analyzer=jieba.lcut), LinearSVC())
    yield case("margin", two, weighed(), LinearSVC())
    yield case("margins", three, weighed(analyzer="char", ngram_range=(1, 2)), LinearSVC())
    yield case("ridge", three, weighed(analyzer="char"), RidgeClassifier())
    sgd = SGDClassifier(loss="log_loss", random_state=0)
    yield case("sgd", two, weighed(analyzer="char"), sgd)
    sgd = SGDClassifier(loss="log_loss", random_state=0)
    yield case("sgd_kinds", three, weighed(analyzer="char"), sgd)
    yield case("counted", three, [CountVectorizer(analyzer="char_wb")], MultinomialNB())
    counted = [CountVectorizer(analyzer="char", ngram_range=(1, 2)), TfidfTransformer()]
    yield case("counted_and_weighed", two, counted, MultinomialNB())
    yield case("complement", three, weighed(stop_words=["good", "bad"]), ComplementNB())
