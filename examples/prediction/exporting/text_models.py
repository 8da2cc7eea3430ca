"""Text models of scikit-learn: words or characters, weighed, and a linear classifier."""

import json
import sys

import numpy as np
import pandas as pd

from exporting.export import CannotExport, Export
from exporting.rows import as_json


def is_vectorizer(step):
    return hasattr(step, "build_analyzer")


def describe_text(steps, pipeline, sample):
    vectorizer, classifier = steps[0], steps[-1]
    between = steps[1:-1]
    name = type(vectorizer).__name__
    if name not in ("TfidfVectorizer", "CountVectorizer"):
        raise CannotExport(f"{name} has no vocabulary; train with TfidfVectorizer instead")
    if [type(step).__name__ for step in between] not in ([], ["TfidfTransformer"]):
        raise CannotExport(
            f"{type(between[0]).__name__} stands between words and classifier; a text model is "
            "TfidfVectorizer and a linear classifier alone"
        )
    weigher = between[0] if between else vectorizer if name == "TfidfVectorizer" else None
    terms = sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.get)
    has_idf = weigher is not None and weigher.use_idf
    model = {
        "format": "text-linear",
        "version": 1,
        **analysis_of(vectorizer),
        "sublinear_tf": bool(weigher is not None and weigher.sublinear_tf),
        "norm": weigher.norm if weigher is not None else None,
        "vocabulary": terms,
        "idf": [float(value) for value in weigher.idf_] if has_idf else [1.0] * len(terms),
        **linear_of(classifier),
        "labels": [as_json(label) for label in classifier.classes_],
    }
    sample = sample.iloc[:, 0] if isinstance(sample, pd.DataFrame) else sample
    texts = [text for text in np.ravel(np.asarray(sample, dtype=object)) if isinstance(text, str)]
    if not texts:
        raise CannotExport("the sample has no texts")

    def scores(texts):
        if hasattr(pipeline, "predict_proba"):
            return pipeline.predict_proba(texts)
        decisions = pipeline.decision_function(texts)
        return np.column_stack([-decisions, decisions]) if decisions.ndim == 1 else decisions

    return Export(
        format="text-linear",
        task="text",
        file="model.json",
        content=json.dumps(model, ensure_ascii=False, allow_nan=False).encode(),
        features=[{"name": "text", "type": "text"}],
        labels=list(classifier.classes_),
        sample=pd.DataFrame({"text": pd.Series(texts, dtype=object)}),
        ask=lambda frame: (pipeline.predict(list(frame["text"])), scores(list(frame["text"]))),
    )


def analysis_of(vectorizer):
    """How a vectorizer cuts texts into terms."""
    refuse = {
        "strip_accents": (vectorizer.strip_accents, "strip accents before training and asking"),
        "preprocessor": (vectorizer.preprocessor, "do the same before training and asking"),
        "binary": (vectorizer.binary, "use sublinear_tf=True"),
    }
    for option, (value, advice) in refuse.items():
        if value:
            raise CannotExport(f"{option} of the vectorizer cannot be exported; {advice} instead")
    analyzer, tokenizer = vectorizer.analyzer, vectorizer.tokenizer
    pattern, lowercase = None, bool(vectorizer.lowercase)
    grams = list(vectorizer.ngram_range)
    if callable(analyzer) or (analyzer == "word" and tokenizer is not None):
        cut = analyzer if callable(analyzer) else tokenizer
        if not is_jieba(cut):
            raise CannotExport(
                "the tokenizer is a function of your own; use tokenizer=jieba.lcut, a "
                "token_pattern, or analyzer='char_wb' instead"
            )
        if callable(analyzer):
            # scikit-learn leaves everything to a callable.
            lowercase, grams = False, [1, 1]
        analyzer = "jieba"
    elif analyzer == "word":
        pattern = vectorizer.token_pattern
    has_words_side_by_side = analyzer in ("word", "jieba") and grams != [1, 1]
    if vectorizer.get_stop_words() and has_words_side_by_side:
        raise CannotExport(
            "stop_words together with ngram_range cannot be exported; use max_df instead"
        )
    return {
        "analyzer": analyzer,
        "token_pattern": pattern,
        "ngram_range": grams,
        "lowercase": lowercase,
    }


def is_jieba(function):
    jieba = sys.modules.get("jieba")
    # Bound methods are made anew whenever they are looked up.
    return jieba is not None and function in (jieba.cut, jieba.lcut)


def linear_of(classifier):
    """Coefficients, and how scores come from them."""
    name = type(classifier).__name__
    binary = len(classifier.classes_) == 2
    if name in ("MultinomialNB", "ComplementNB"):
        if name == "ComplementNB" and classifier.norm:
            raise CannotExport("ComplementNB(norm=True) cannot be exported; use norm=False instead")
        weights, biases = classifier.feature_log_prob_, np.zeros(len(classifier.classes_))
        if name == "MultinomialNB" or len(classifier.classes_) == 1:
            biases = classifier.class_log_prior_
        if binary:
            weights, biases = weights[1:] - weights[:1], biases[1:] - biases[:1]
        link = "logistic" if binary else "softmax"
    elif not hasattr(classifier, "coef_") or not hasattr(classifier, "classes_"):
        raise CannotExport(
            f"{name} is no linear classifier; train LogisticRegression, LinearSVC or SGDClassifier "
            "on texts instead"
        )
    else:
        weights, biases = np.asarray(classifier.coef_), np.atleast_1d(classifier.intercept_)
        biases = np.broadcast_to(biases, len(weights))
        link = link_of(classifier, name, binary)
    if hasattr(weights, "toarray"):
        weights = weights.toarray()
    return {"coefficients": weights.tolist(), "intercepts": biases.tolist(), "link": link}


def link_of(classifier, name, binary):
    if not hasattr(classifier, "predict_proba"):
        return "none"
    if name in ("LogisticRegression", "LogisticRegressionCV"):
        return "logistic" if binary else "softmax"
    if name == "SGDClassifier" and classifier.loss == "log_loss":
        return "logistic" if binary else "ovr"
    raise CannotExport(
        f"the scores of this {name} cannot be exported; train LogisticRegression or "
        "SGDClassifier(loss='log_loss') instead"
    )
