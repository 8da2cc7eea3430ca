"""Models of scikit-learn, which become ONNX."""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Lasso, LogisticRegression, PoissonRegressor, Ridge, SGDClassifier
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier

from case import classified, random_rows, valued


def table(loader):
    data = loader(as_frame=True)
    return data.data.astype("float32").astype("float64"), data.target.to_numpy()


def with_gaps(frame, random, share=0.1):
    return frame.mask(random.random(frame.shape) < share)


def scikit_learn_cases(random):
    yield from trees(random)
    yield from others(random)
    yield from pipelines(random)


def trees(random):
    cancer, benign = table(load_breast_cancer)
    wine, kind = table(load_wine)
    diabetes, progress = table(load_diabetes)
    kind = np.array(["甲", "乙", "丙"])[kind]
    gaps = with_gaps(cancer, random)

    def case(make, name, model, frame, target, missing=0.0):
        # pandas gives arrays that may not be written to, which trees do not take with gaps.
        model.fit(np.array(frame), target)
        asked = random_rows(frame, random, missing)
        return make(name, model, frame, asked, asked.to_numpy())

    few = {"n_estimators": 20, "random_state": 0}
    tree = DecisionTreeClassifier(max_depth=5, random_state=0)
    yield case(classified, "tree", tree, wine, kind, 0.1)
    forest = RandomForestClassifier(**few)
    yield case(classified, "forest", forest, cancer, benign, 0.1)
    forest = RandomForestClassifier(**few)
    yield case(classified, "forest_with_gaps", forest, gaps, benign, 0.1)
    forest = RandomForestRegressor(**few)
    yield case(valued, "forest_values", forest, diabetes, progress, 0.1)
    yield case(classified, "extra_trees", ExtraTreesClassifier(**few), wine, kind)
    yield case(valued, "extra_trees_values", ExtraTreesRegressor(**few), diabetes, progress)
    boosted = GradientBoostingClassifier(**few)
    yield case(classified, "boosted", boosted, cancer, benign)
    boosted = GradientBoostingClassifier(**few)
    yield case(classified, "boosted_kinds", boosted, wine, kind)
    yield case(valued, "boosted_values", GradientBoostingRegressor(**few), diabetes, progress)
    few = {"max_iter": 15, "random_state": 0}
    histogram = HistGradientBoostingClassifier(**few)
    yield case(classified, "histogram", histogram, gaps, benign, 0.1)
    histogram = HistGradientBoostingClassifier(**few)
    yield case(classified, "histogram_kinds", histogram, wine, kind, 0.1)
    histogram = HistGradientBoostingRegressor(**few)
    yield case(valued, "histogram_values", histogram, diabetes, progress, 0.1)


def others(random):
    wine, kind = table(load_wine)
    iris, species = table(load_iris)
    cancer, benign = table(load_breast_cancer)
    diabetes, progress = table(load_diabetes)

    def case(make, name, model, frame, target):
        model.fit(frame, target)
        return make(name, model, frame, random_rows(frame, random))

    def scaled(model):
        return make_pipeline(StandardScaler(), model)

    yield case(classified, "logistic", scaled(LogisticRegression()), cancer, benign == 1)
    yield case(classified, "logistic_kinds", scaled(LogisticRegression()), wine, kind)
    sgd = SGDClassifier(loss="log_loss", random_state=0)
    yield case(classified, "sgd", scaled(sgd), cancer, benign)
    sgd = SGDClassifier(loss="log_loss", random_state=0)
    yield case(classified, "sgd_kinds", scaled(sgd), wine, kind)
    polynomial = make_pipeline(PolynomialFeatures(2), StandardScaler(), LogisticRegression())
    yield case(classified, "polynomial", polynomial, iris, species)
    few = {"n_estimators": 5, "random_state": 0}
    yield case(classified, "adaptive", AdaBoostClassifier(**few), wine, kind)
    yield case(classified, "bags", BaggingClassifier(GaussianNB(), **few), iris, species)
    yield case(valued, "poisson", scaled(PoissonRegressor()), diabetes, progress)
    yield case(valued, "ridge", Ridge(), diabetes, progress)
    yield case(valued, "lasso", scaled(Lasso()), diabetes, progress)
    few = {"hidden_layer_sizes": (8,), "max_iter": 60, "random_state": 0}
    yield case(classified, "network", scaled(MLPClassifier(**few)), iris, species)
    network = scaled(MLPClassifier(activation="tanh", **few))
    yield case(classified, "network_of_two", network, cancer, benign)
    network = make_pipeline(MinMaxScaler(), MLPRegressor(activation="logistic", **few))
    yield case(valued, "network_values", network, diabetes, progress)
    yield case(classified, "gauss", GaussianNB(), iris, species.astype(float))
    bernoulli = make_pipeline(StandardScaler(), BernoulliNB())
    yield case(classified, "bernoulli", bernoulli, wine, kind)
    yield case(
        classified,
        "multinomial",
        make_pipeline(MinMaxScaler(clip=True), MultinomialNB()),
        iris,
        species,
    )
    components = make_pipeline(RobustScaler(), PCA(4), LogisticRegression())
    yield case(classified, "components", components, wine, kind)
    components = make_pipeline(MinMaxScaler(), Normalizer(), PCA(3, whiten=True), Ridge())
    yield case(valued, "components_values", components, diabetes, progress)


def cases_for_onnxruntime(random):
    """Graphs with operators that Audience does not compute itself."""
    iris, species = table(load_iris)
    diabetes, progress = table(load_diabetes)
    options = {"options": {"onnxruntime": True}}
    model = KNeighborsClassifier().fit(iris, species)
    yield classified("neighbours", model, iris, random_rows(iris, random), **options)
    model = make_pipeline(StandardScaler(), KNeighborsRegressor()).fit(diabetes, progress)
    yield valued("neighbours_values", model, diabetes, random_rows(diabetes, random), **options)


def guests(random, rows=500):
    frame = pd.DataFrame(
        {
            "age": random.integers(15, 80, rows).astype("float64"),
            "fare of the trip": random.gamma(2, 20, rows).astype("float32").astype("float64"),
            "city": random.choice(["東京", "大阪", "名古屋"], rows).astype(object),
            "plan": random.choice(["basic", "Plus", ""], rows).astype(object),
        }
    )
    frame.loc[random.random(rows) < 0.15, "age"] = np.nan
    is_odd = (frame["fare of the trip"] > 40) ^ (frame["city"] == "大阪")
    return frame, np.where(is_odd, "stay", "leave"), frame["fare of the trip"] * (1 + is_odd)


def pipelines(random):
    """Columns with a treatment of their own."""
    frame, stays, spent = guests(random)
    numbers, texts = ["age", "fare of the trip"], ["city", "plan"]

    def columns(number, text):
        return ColumnTransformer([("numbers", number, numbers), ("texts", text, texts)])

    def case(make, name, model, target, unknown=0.0):
        model.fit(frame, target)
        asked = random_rows(frame, random, 0.0, unknown)
        asked.loc[random.random(len(asked)) < 0.1, "age"] = np.nan
        return make(name, model, frame, asked)

    scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="ignore")
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    model = make_pipeline(columns(scaled, one_hot), LogisticRegression())
    yield case(classified, "one_hot", model, stays, 0.1)
    model = make_pipeline(columns(SimpleImputer(), one_hot), Ridge())
    yield case(valued, "one_hot_values", model, spent, 0.1)
    model = columns(SimpleImputer(strategy="constant", fill_value=-1), codes)
    model = make_pipeline(model, RandomForestClassifier(15, random_state=0))
    yield case(classified, "ordinal", model, stays, 0.1)
    model = columns("passthrough", codes)
    model = make_pipeline(model, HistGradientBoostingClassifier(max_iter=10, random_state=0))
    yield case(classified, "ordinal_histogram", model, stays, 0.1)
    model = columns(SimpleImputer(strategy="most_frequent"), OneHotEncoder(drop="first"))
    model = make_pipeline(model, GradientBoostingRegressor(n_estimators=10, random_state=0))
    yield case(valued, "one_hot_dropped", model, spent)
