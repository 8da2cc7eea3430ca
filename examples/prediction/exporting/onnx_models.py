"""Estimators and pipelines of scikit-learn, converted by skl2onnx."""

import contextlib

import numpy as np

from exporting.export import CannotExport, Export, last_steps
from exporting.rows import features_of, kind

# What Audience computes itself. Graphs with other operators need ONNX Runtime beside the server.
OPERATORS = set(
    """
    Abs Add And ArgMax ArgMin ArrayFeatureExtractor Binarizer Cast CategoryMapper Ceil Clip Concat
    Constant ConstantOfShape CumSum Div Equal Exp Expand FeatureVectorizer Flatten Floor Gather
    GatherElements Gemm Greater GreaterOrEqual Identity Imputer IsNaN LabelEncoder Less LessOrEqual
    LinearClassifier LinearRegressor Log LogSoftmax MatMul Max Min Mul Neg Normalizer Not
    OneHotEncoder Or Pow Reciprocal ReduceL1 ReduceL2 ReduceLogSumExp ReduceMax
    ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Scaler Shape Sigmoid
    Slice Softmax Sqrt Squeeze Sub Sum Tanh TopK Transpose TreeEnsembleClassifier
    TreeEnsembleRegressor Unsqueeze Where Xor ZipMap
    """.split()
)


def describe_onnx(estimator, frame, onnxruntime):
    final = last_steps(estimator)[-1]
    name = type(final).__name__
    is_classifier = hasattr(final, "classes_")
    if is_classifier and not hasattr(estimator, "predict_proba"):
        raise CannotExport(
            f"{name} has no predict_proba, so that its answers would have no scores; train "
            "LogisticRegression, SGDClassifier(loss='log_loss') or a forest instead"
        )
    if getattr(final, "loss", None) in ("poisson", "gamma") and name.startswith("HistGradient"):
        raise CannotExport(
            f"skl2onnx loses the exponential of {name}(loss={final.loss!r}); train LightGBM or "
            "XGBoost with such an objective instead"
        )
    if getattr(final, "is_categorical_", None) is not None:
        raise CannotExport(
            f"skl2onnx loses the categories of {name}; train without categorical_features (an "
            "OrdinalEncoder before it will do), or LightGBM or XGBoost instead"
        )
    model = convert(estimator, final, frame)
    others = sorted({node.op_type for node in model.graph.node} - OPERATORS)
    if others and not onnxruntime:
        raise CannotExport(
            f"{name} needs the operator {', '.join(others)}, which only ONNX Runtime computes; "
            "export it with onnxruntime=True (--onnxruntime) for a server whose setting "
            "prediction.onnxruntime names the library, or train a forest, gradient boosting, a "
            "linear or logistic model, an MLP or naive Bayes instead"
        )
    has_names = hasattr(estimator, "feature_names_in_")

    def ask(asked):
        rows = asked if has_names or has_text(asked) else asked.to_numpy()
        if is_classifier:
            return estimator.predict(rows), estimator.predict_proba(rows)
        return estimator.predict(rows)

    return Export(
        format="onnx",
        task="classification" if is_classifier else "regression",
        file="model.onnx",
        content=model.SerializeToString(),
        features=features_of(frame),
        labels=list(final.classes_) if is_classifier else None,
        sample=frame,
        ask=ask,
    )


def has_text(frame):
    return any(kind(frame, name) == "text" for name in frame)


def convert(estimator, final, frame):
    import skl2onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    steps = last_steps(estimator)
    if has_text(frame) or any(type(step).__name__ == "ColumnTransformer" for step in steps):
        types = {"number": FloatTensorType([None, 1]), "text": StringTensorType([None, 1])}
        types = [(name, types[kind(frame, name)]) for name in frame]
    else:
        types = [("X", FloatTensorType([None, frame.shape[1]]))]
    options = {id(estimator): {"zipmap": False}} if hasattr(final, "classes_") else None
    try:
        with plain_attributes():
            model = skl2onnx.to_onnx(estimator, initial_types=types, options=options)
    except Exception as error:
        reason = str(error).strip().split("\n")[0][:200]
        names = " + ".join(type(step).__name__ for step in steps)
        raise CannotExport(
            f"skl2onnx cannot convert {names}: {reason}; train with scalers, imputers, one-hot or "
            "ordinal encoders before a forest, gradient boosting, a linear or logistic model, an "
            "MLP or naive Bayes instead"
        ) from error
    if len(types) > 1 or types[0][0] != "X":
        name_inputs(model, list(frame))
    trees = getattr(final, "estimators_", [final])
    if all(hasattr(tree, "tree_") for tree in np.ravel(trees)):
        say_where_missing_goes(model, [tree.tree_ for tree in np.ravel(trees)])
    return model


def name_inputs(model, columns):
    """skl2onnx writes names of its own, without blanks and the like."""
    own = {given.name: column for given, column in zip(model.graph.input, columns, strict=True)}
    for given in model.graph.input:
        given.name = own[given.name]
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = own.get(name, name)


@contextlib.contextmanager
def plain_attributes():
    """skl2onnx 1.20 hands attributes of HistGradientBoosting to onnx as arrays and truth values,
    which refuses them."""
    from skl2onnx.common._container import ModelComponentContainer as Container

    add_node = Container.add_node

    def plain(value):
        value = value.tolist() if isinstance(value, np.ndarray) else value
        if isinstance(value, list):
            return [int(one) if isinstance(one, bool | np.bool_) else one for one in value]
        return value

    def add_plain_node(container, operator, *arguments, **attributes):
        attributes = {name: plain(value) for name, value in attributes.items()}
        return add_node(container, operator, *arguments, **attributes)

    Container.add_node = add_plain_node
    try:
        yield
    finally:
        Container.add_node = add_node


def say_where_missing_goes(model, trees):
    """skl2onnx 1.20 forgets where scikit-learn's trees send missing values."""
    nodes = [node for node in model.graph.node if node.op_type.startswith("TreeEnsemble")]
    if len(nodes) != 1:
        return
    attributes = {attribute.name: attribute for attribute in nodes[0].attribute}
    tree_ids = attributes["nodes_treeids"].ints
    node_ids = attributes["nodes_nodeids"].ints
    if sum(tree.node_count for tree in trees) != len(node_ids):
        return
    go_left = [
        int(trees[tree].children_left[node] >= 0 and trees[tree].missing_go_to_left[node])
        for tree, node in zip(tree_ids, node_ids, strict=True)
    ]
    name = "nodes_missing_value_tracks_true"
    if name not in attributes:
        attributes[name] = nodes[0].attribute.add(name=name, type=7)
    del attributes[name].ints[:]
    attributes[name].ints.extend(go_left)
