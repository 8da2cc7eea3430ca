use std::borrow::Cow;

use super::making::{floats, node};
use crate::models::onnx::attributes::Attributes;
use crate::models::onnx::graph::{Operation, Versions};
use crate::models::onnx::operators::{self, Building, Findings, Inputs};
use crate::models::onnx::proto::NodeProto;
use crate::models::onnx::tensor::{Shape, Tensor};
use crate::models::onnx::trouble::Trouble;

type Found = Result<(Tensor<'static>, Option<String>), Trouble>;

/// The first output of an operator, with what it finds wrong with the values.
fn try_run(version: i64, node: NodeProto, inputs: &[Tensor<'static>]) -> Found {
    let operation = Operation {
        is_ml: !node.domain.is_empty(),
        name: node.op_type,
    };
    let inputs: Vec<Option<&Tensor<'static>>> = inputs.iter().map(Some).collect();
    let inputs = Inputs(&inputs);
    let mut attributes = Attributes::new(node.attribute)?;
    let operator = operators::build(&mut Building {
        operation: &operation,
        attributes: &mut attributes,
        versions: Versions {
            onnx: version,
            ml: 3,
        },
        inputs: &inputs,
    })?;
    attributes.finish()?;
    let mut findings = Findings::default();
    let outputs = operator.run(&inputs, &mut findings)?;
    let output = outputs.into_iter().next().unwrap().into_owned();
    Ok((output, findings.first().map(str::to_owned)))
}

fn run(node: NodeProto, inputs: &[Tensor<'static>]) -> Tensor<'static> {
    let (output, finding) = try_run(17, node, inputs).unwrap();
    assert_eq!(finding, None);
    output
}

fn fault(node: NodeProto, inputs: &[Tensor<'static>]) -> String {
    match try_run(17, node, inputs) {
        Err(Trouble::Invalid(message) | Trouble::Unsupported(message)) => message,
        Ok(found) => panic!("computed {found:?}"),
    }
}

fn float(shape: &[usize], values: &[f32]) -> Tensor<'static> {
    Tensor::new(Shape::from_slice(shape), values.to_vec())
}

fn int(shape: &[usize], values: &[i64]) -> Tensor<'static> {
    Tensor::new(Shape::from_slice(shape), values.to_vec())
}

fn bools(shape: &[usize], values: &[bool]) -> Tensor<'static> {
    Tensor::new(Shape::from_slice(shape), values.to_vec())
}

fn texts(shape: &[usize], values: &[&'static str]) -> Tensor<'static> {
    let values: Vec<Cow<'static, str>> = values.iter().copied().map(Cow::Borrowed).collect();
    Tensor::new(Shape::from_slice(shape), values)
}

fn op(name: &str) -> NodeProto {
    node(name, &[], &[])
}

const NAN: f32 = f32::NAN;

#[test]
fn arithmetic_repeats_axes_of_length_one() {
    let matrix = float(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let row = float(&[3], &[10.0, 20.0, 30.0]);
    let column = float(&[2, 1], &[100.0, 200.0]);
    let one = float(&[], &[2.0]);
    let sum = [11.0, 22.0, 33.0, 14.0, 25.0, 36.0];
    assert_eq!(
        run(op("Add"), &[matrix.clone(), row.clone()]),
        float(&[2, 3], &sum)
    );
    assert_eq!(
        run(op("Add"), &[row.clone(), matrix.clone()]),
        float(&[2, 3], &sum)
    );
    let sum = [101.0, 102.0, 103.0, 204.0, 205.0, 206.0];
    assert_eq!(
        run(op("Add"), &[matrix.clone(), column.clone()]),
        float(&[2, 3], &sum)
    );
    let outer = [110.0, 120.0, 130.0, 210.0, 220.0, 230.0];
    assert_eq!(
        run(op("Add"), &[column.clone(), row.clone()]),
        float(&[2, 3], &outer)
    );
    let less = [1.0, 0.0, -1.0, -2.0, -3.0, -4.0];
    assert_eq!(
        run(op("Sub"), &[one.clone(), matrix.clone()]),
        float(&[2, 3], &less)
    );
    let squares = [1.0, 4.0, 9.0, 16.0, 25.0, 36.0];
    assert_eq!(
        run(op("Pow"), &[matrix.clone(), one]),
        float(&[2, 3], &squares)
    );
    let all = [column.clone(), row.clone(), matrix.clone()];
    let sums = [111.0, 122.0, 133.0, 214.0, 225.0, 236.0];
    assert_eq!(run(op("Sum"), &all), float(&[2, 3], &sums));
    let halves = run(op("Div"), &[int(&[2], &[7, 1]), int(&[2], &[2, 0])]);
    assert_eq!(halves, int(&[2], &[3, 0]));
    assert!(fault(op("Add"), &[matrix.clone(), float(&[2], &[1.0; 2])]).contains("do not fit"));
    assert!(fault(op("Add"), &[matrix, int(&[1], &[1])]).contains("float and int64"));
}

#[test]
fn elements_are_changed_one_by_one() {
    for (name, values, expected) in [
        ("Abs", [-1.0, 2.0], [1.0, 2.0]),
        ("Neg", [-1.0, 2.0], [1.0, -2.0]),
        ("Relu", [-1.0, 2.0], [0.0, 2.0]),
        ("Sqrt", [4.0, 9.0], [2.0, 3.0]),
        ("Exp", [0.0, f32::NEG_INFINITY], [1.0, 0.0]),
        ("Log", [1.0, 0.0], [0.0, f32::NEG_INFINITY]),
        ("Sigmoid", [0.0, -200.0], [0.5, 0.0]),
        ("Tanh", [0.0, 100.0], [0.0, 1.0]),
        ("Reciprocal", [4.0, 0.5], [0.25, 2.0]),
    ] {
        let found = run(op(name), &[float(&[2], &values)]);
        assert_eq!(found, float(&[2], &expected), "{name}");
    }
    let is_nan = run(op("IsNaN"), &[float(&[2], &[NAN, 1.0])]);
    assert_eq!(is_nan, bools(&[2], &[true, false]));
    assert_eq!(run(op("Not"), &[is_nan]), bools(&[2], &[false, true]));
    let clipped = [
        float(&[3], &[-5.0, 0.5, 9.0]),
        float(&[], &[0.0]),
        float(&[], &[1.0]),
    ];
    assert_eq!(run(op("Clip"), &clipped), float(&[3], &[0.0, 0.5, 1.0]));
    assert!(fault(op("Exp"), &[texts(&[1], &["a"])]).contains("string"));
}

#[test]
fn comparisons_and_choices() {
    let (one, other) = (float(&[3], &[1.0, 2.0, NAN]), float(&[1], &[2.0]));
    for (name, expected) in [
        ("Less", [true, false, false]),
        ("LessOrEqual", [true, true, false]),
        ("Greater", [false, false, false]),
        ("GreaterOrEqual", [false, true, false]),
        ("Equal", [false, true, false]),
    ] {
        let found = run(op(name), &[one.clone(), other.clone()]);
        assert_eq!(found, bools(&[3], &expected), "{name}");
    }
    let truths = bools(&[2, 1], &[true, false]);
    let chosen = run(
        op("Where"),
        &[truths, texts(&[2], &["a", "b"]), texts(&[1], &["z"])],
    );
    assert_eq!(chosen, texts(&[2, 2], &["a", "b", "z", "z"]));
    let both = [bools(&[2], &[true, false]), bools(&[2], &[true, true])];
    assert_eq!(run(op("And"), &both), bools(&[2], &[true, false]));
    assert_eq!(run(op("Or"), &both), bools(&[2], &[true, true]));
}

#[test]
fn axes_are_reduced() {
    let cube = float(&[2, 2, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    let axis = |axis: i64| int(&[1], &[axis]);
    let reduce =
        |name: &str, number: i64| run(op(name).int("keepdims", 0), &[cube.clone(), axis(number)]);
    assert_eq!(
        reduce("ReduceSum", 0),
        float(&[2, 2], &[6.0, 8.0, 10.0, 12.0])
    );
    assert_eq!(
        reduce("ReduceSum", -1),
        float(&[2, 2], &[3.0, 7.0, 11.0, 15.0])
    );
    assert_eq!(
        reduce("ReduceMean", 1),
        float(&[2, 2], &[2.0, 3.0, 6.0, 7.0])
    );
    assert_eq!(
        reduce("ReduceMax", 2),
        float(&[2, 2], &[2.0, 4.0, 6.0, 8.0])
    );
    assert_eq!(
        reduce("ReduceMin", 0),
        float(&[2, 2], &[1.0, 2.0, 3.0, 4.0])
    );
    assert_eq!(
        reduce("ReduceProd", 2),
        float(&[2, 2], &[2.0, 12.0, 30.0, 56.0])
    );
    assert_eq!(
        reduce("ReduceSumSquare", 2),
        float(&[2, 2], &[5.0, 25.0, 61.0, 113.0])
    );
    let all = run(op("ReduceSum"), &[cube.clone()]);
    assert_eq!(all, float(&[1, 1, 1], &[36.0]));
    let old = op("ReduceSum").ints("axes", &[1]).int("keepdims", 1);
    let (old, _) = try_run(11, old, &[cube.clone()]).unwrap();
    assert_eq!(old, float(&[2, 1, 2], &[4.0, 6.0, 12.0, 14.0]));
    let large = float(&[1, 2], &[1000.0, 1000.0]);
    let log = run(op("ReduceLogSumExp").int("keepdims", 0), &[large, axis(1)]);
    assert_eq!(log, float(&[1], &[1000.0 + 2.0_f32.ln()]));
    let best = op("ArgMax").int("axis", 1).int("keepdims", 0);
    assert_eq!(
        run(best, &[float(&[2, 3], &[1.0, 3.0, 3.0, 9.0, 2.0, 1.0])]),
        int(&[2], &[1, 0])
    );
    let best = op("TopK").int("axis", 1);
    let found = run(
        best,
        &[float(&[1, 4], &[1.0, 9.0, 3.0, 9.0]), int(&[1], &[3])],
    );
    assert_eq!(found, float(&[1, 3], &[9.0, 9.0, 3.0]));
    let sums = run(
        op("CumSum"),
        &[float(&[2, 2], &[1.0, 2.0, 3.0, 4.0]), int(&[], &[1])],
    );
    assert_eq!(sums, float(&[2, 2], &[1.0, 3.0, 3.0, 7.0]));
    assert!(fault(op("ReduceSum"), &[cube, axis(3)]).contains("no axis 3"));
}

#[test]
fn matrices_are_multiplied() {
    let left = float(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let right = float(&[3, 2], &[1.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    let product = float(&[2, 2], &[4.0, 5.0, 10.0, 11.0]);
    assert_eq!(run(op("MatMul"), &[left.clone(), right.clone()]), product);
    let vector = float(&[3], &[1.0, 1.0, 1.0]);
    assert_eq!(
        run(op("MatMul"), &[left.clone(), vector]),
        float(&[2], &[6.0, 15.0])
    );
    let batch = float(&[2, 1, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let products = float(&[2, 1, 2], &[4.0, 5.0, 10.0, 11.0]);
    assert_eq!(run(op("MatMul"), &[batch, right.clone()]), products);
    let gemm = op("Gemm")
        .float("alpha", 2.0)
        .float("beta", 10.0)
        .int("transB", 1);
    let transposed = float(&[2, 3], &[1.0, 0.0, 1.0, 0.0, 1.0, 1.0]);
    let found = run(gemm, &[left.clone(), transposed, float(&[2], &[1.0, 2.0])]);
    assert_eq!(found, float(&[2, 2], &[18.0, 30.0, 30.0, 42.0]));
    assert!(fault(op("MatMul"), &[left.clone(), left]).contains("cannot be multiplied"));
}

#[test]
fn softmax_is_of_an_axis_or_of_all_that_follow() {
    let input = float(&[1, 2, 2], &[0.0, 0.0, 0.0, 0.0]);
    assert_eq!(
        run(op("Softmax"), &[input.clone()]),
        float(&[1, 2, 2], &[0.5; 4])
    );
    let (old, _) = try_run(11, op("Softmax"), &[input]).unwrap();
    assert_eq!(old, float(&[1, 2, 2], &[0.25; 4]));
}

#[test]
fn shapes_are_changed() {
    let input = int(&[2, 3], &[1, 2, 3, 4, 5, 6]);
    let reshaped = |shape: &[i64]| run(op("Reshape"), &[input.clone(), int(&[shape.len()], shape)]);
    assert_eq!(reshaped(&[-1]).shape[..], [6]);
    assert_eq!(reshaped(&[0, -1, 1]).shape[..], [2, 3, 1]);
    for wrong in [
        &[4][..],
        &[-1, 4],
        &[-1, -1],
        &[-2, 3],
        &[i64::MAX, i64::MAX],
        &[0, 0, 0],
    ] {
        let shape = int(&[wrong.len()], wrong);
        assert!(fault(op("Reshape"), &[input.clone(), shape]).contains("has no shape"));
    }
    let exchanged = int(&[3, 2], &[1, 4, 2, 5, 3, 6]);
    assert_eq!(run(op("Transpose"), &[input.clone()]), exchanged);
    assert_eq!(
        run(op("Flatten").int("axis", 0), &[input.clone()]).shape[..],
        [1, 6]
    );
    assert_eq!(
        run(op("Unsqueeze"), &[input.clone(), int(&[1], &[1])]).shape[..],
        [2, 1, 3]
    );
    assert_eq!(
        run(op("Squeeze"), &[int(&[1, 2, 1], &[1, 2])]).shape[..],
        [2]
    );
    assert_eq!(run(op("Shape"), &[input.clone()]), int(&[2], &[2, 3]));
    let joined = run(
        op("Concat").int("axis", 1),
        &[input.clone(), int(&[2, 1], &[7, 8])],
    );
    assert_eq!(joined, int(&[2, 4], &[1, 2, 3, 7, 4, 5, 6, 8]));
    let repeated = run(op("Expand"), &[int(&[2, 1], &[1, 2]), int(&[2], &[1, 2])]);
    assert_eq!(repeated, int(&[2, 2], &[1, 1, 2, 2]));
    let filled = op("ConstantOfShape").with("value", |it| it.t = Some(floats("", &[1], &[7.0])));
    assert_eq!(
        run(filled, &[int(&[2], &[1, 2])]),
        float(&[1, 2], &[7.0, 7.0])
    );
    let wrong = op("Concat").int("axis", 0);
    assert!(fault(wrong, &[input, int(&[2, 1], &[7, 8])]).contains("do not fit"));
}

#[test]
fn huge_shapes_are_refused_before_memory_is_taken() {
    let huge = int(&[2], &[1 << 40, 1 << 40]);
    let large = int(&[2], &[1 << 20, 1 << 20]);
    for shape in [huge, large] {
        assert!(fault(op("ConstantOfShape"), &[shape.clone()]).contains("too large"));
        let one = float(&[1], &[1.0]);
        assert!(fault(op("Expand"), &[one, shape]).contains("too large"));
    }
    let tall = float(&[1 << 20, 1], &vec![0.0; 1 << 20]);
    let wide = float(&[1, 1 << 20], &vec![0.0; 1 << 20]);
    assert!(fault(op("MatMul"), &[tall.clone(), wide.clone()]).contains("too large"));
    assert!(fault(op("Add"), &[tall, wide]).contains("too large"));
}

#[test]
fn parts_are_taken() {
    let input = float(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let columns = int(&[2], &[-1, 0]);
    let gathered = run(
        op("Gather").int("axis", 1),
        &[input.clone(), columns.clone()],
    );
    assert_eq!(gathered, float(&[2, 2], &[3.0, 1.0, 6.0, 4.0]));
    let (_, finding) = try_run(17, op("Gather"), &[input.clone(), int(&[1], &[5])]).unwrap();
    assert_eq!(finding.unwrap(), "there is no element 5 among 2");
    let picks = int(&[2, 1], &[2, 0]);
    let picked = run(op("GatherElements").int("axis", 1), &[input.clone(), picks]);
    assert_eq!(picked, float(&[2, 1], &[3.0, 4.0]));
    let slice = |start: i64, end: i64, axis: i64, step: i64| {
        let one = |value: i64| int(&[1], &[value]);
        run(
            op("Slice"),
            &[input.clone(), one(start), one(end), one(axis), one(step)],
        )
    };
    assert_eq!(
        slice(1, i64::MAX, 1, 1),
        float(&[2, 2], &[2.0, 3.0, 5.0, 6.0])
    );
    assert_eq!(
        slice(-1, i64::MIN, 1, -2),
        float(&[2, 2], &[3.0, 1.0, 6.0, 4.0])
    );
    assert_eq!(slice(0, 1, 0, i64::MAX), float(&[1, 3], &[1.0, 2.0, 3.0]));
    assert_eq!(slice(2, 1, 1, 1).shape[..], [2, 0]);
    let extract = op("ml.ArrayFeatureExtractor");
    let extracted = run(extract.clone(), &[input.clone(), int(&[1], &[1])]);
    assert_eq!(extracted, float(&[2, 1], &[2.0, 5.0]));
    assert!(fault(extract, &[input, columns]).contains("below 3"));
}

#[test]
fn elements_are_cast() {
    let cast = |to: i64, input: Tensor<'static>| run(op("Cast").int("to", to), &[input]);
    let numbers = float(&[4], &[1.9, -1.9, NAN, 1e30]);
    assert_eq!(cast(7, numbers), int(&[4], &[1, -1, i64::MIN, i64::MIN]));
    assert_eq!(
        cast(1, bools(&[2], &[true, false])),
        float(&[2], &[1.0, 0.0])
    );
    assert_eq!(
        cast(9, float(&[2], &[0.0, 0.5])),
        bools(&[2], &[false, true])
    );
    assert_eq!(cast(8, int(&[1], &[-7])), texts(&[1], &["-7"]));
    assert_eq!(cast(1, texts(&[1], &[" 1.5"])), float(&[1], &[1.5]));
    let (_, finding) = try_run(17, op("Cast").int("to", 1), &[texts(&[1], &["x"])]).unwrap();
    assert_eq!(finding.unwrap(), "expected a number, found \"x\"");
    assert!(fault(op("Cast").int("to", 16), &[float(&[1], &[1.0])]).contains("type 16"));
}

#[test]
fn rows_are_scaled_imputed_and_normalized() {
    let rows = float(&[2, 2], &[1.0, -3.0, NAN, 0.0]);
    let scaler = op("ml.Scaler")
        .floats("offset", &[1.0, 0.0])
        .floats("scale", &[2.0, 10.0]);
    let scaled = run(scaler, &[float(&[1, 2], &[2.0, 3.0])]);
    assert_eq!(scaled, float(&[1, 2], &[2.0, 30.0]));
    let imputer = op("ml.Imputer")
        .floats("imputed_value_floats", &[7.0, 8.0])
        .float("replaced_value_float", NAN);
    assert_eq!(
        run(imputer, &[rows.clone()]),
        float(&[2, 2], &[1.0, -3.0, 7.0, 0.0])
    );
    for (norm, expected) in [("MAX", [1.0, -3.0]), ("L1", [0.25, -0.75])] {
        let normalizer = op("ml.Normalizer").text("norm", norm);
        let found = run(normalizer, &[float(&[1, 2], &[1.0, -3.0])]);
        assert_eq!(found, float(&[1, 2], &expected), "{norm}");
    }
    let zeros = run(
        op("ml.Normalizer").text("norm", "L2"),
        &[float(&[1, 2], &[0.0, 0.0])],
    );
    assert_eq!(zeros, float(&[1, 2], &[0.0, 0.0]));
    let binarizer = op("ml.Binarizer").float("threshold", 0.5);
    assert_eq!(
        run(binarizer, &[rows.clone()]),
        float(&[2, 2], &[1.0, 0.0, 0.0, 0.0])
    );
    let wrong = op("ml.Scaler")
        .floats("offset", &[1.0; 3])
        .floats("scale", &[1.0; 3]);
    assert!(fault(wrong, &[rows]).contains("expected rows of 3 numbers, found 2"));
}

#[test]
fn categories_are_encoded() {
    let encoder = op("ml.OneHotEncoder").texts("cats_strings", &["東京", "大阪"]);
    let cities = texts(&[2, 1], &["大阪", "札幌"]);
    let encoded = run(encoder.clone(), &[cities.clone()]);
    assert_eq!(encoded, float(&[2, 1, 2], &[0.0, 1.0, 0.0, 0.0]));
    let (_, finding) = try_run(17, encoder.int("zeros", 0), &[cities.clone()]).unwrap();
    assert_eq!(finding.unwrap(), "\"札幌\" is an unknown category");
    let encoder = op("ml.OneHotEncoder").ints("cats_int64s", &[3, 1]);
    let encoded = run(encoder, &[float(&[2, 1], &[1.0, NAN])]);
    assert_eq!(encoded, float(&[2, 1, 2], &[0.0, 1.0, 0.0, 0.0]));
    let labels = op("ml.LabelEncoder")
        .texts("keys_strings", &["大阪", "東京"])
        .ints("values_int64s", &[10, 20])
        .int("default_int64", -9);
    assert_eq!(run(labels, &[cities]), int(&[2, 1], &[10, -9]));
    let labels = op("ml.LabelEncoder")
        .floats("keys_floats", &[NAN, 0.0])
        .texts("values_strings", &["none", "zero"]);
    let named = run(labels, &[float(&[3], &[NAN, -0.0, 5.0])]);
    assert_eq!(named, texts(&[3], &["none", "zero", "_Unused"]));
    let uneven = op("ml.LabelEncoder")
        .ints("keys_int64s", &[1])
        .ints("values_int64s", &[1, 2]);
    assert!(fault(uneven, &[int(&[1], &[1])]).contains("as many keys as values"));
}

#[test]
fn linear_models_are_computed() {
    let one = |transform: &str| {
        op("ml.LinearClassifier")
            .floats("coefficients", &[1.0])
            .floats("intercepts", &[0.0])
            .ints("classlabels_ints", &[5, 6])
            .text("post_transform", transform)
    };
    let rows = float(&[3, 1], &[-2.0, 0.0, 3.0]);
    assert_eq!(run(one("NONE"), &[rows.clone()]), int(&[3], &[5, 5, 6]));
    assert!(fault(one("PROBIT"), &[rows.clone()]).contains("PROBIT"));
    let regressor = op("ml.LinearRegressor")
        .floats("coefficients", &[2.0, 3.0])
        .floats("intercepts", &[1.0, 0.0])
        .int("targets", 2);
    let values = run(regressor.clone(), &[rows]);
    assert_eq!(values, float(&[3, 2], &[-3.0, -6.0, 1.0, 0.0, 7.0, 9.0]));
    let wide = float(&[1, 2], &[0.0; 2]);
    assert!(fault(regressor, &[wide]).contains("expected rows of 1 numbers, found 2"));
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    let one = [float(&[1, 1], &[1.0])];
    assert!(fault(op("Scan"), &one).contains("ai.onnx.Scan is not computed here"));
    assert!(fault(op("ml.SVMClassifier"), &one).contains("ai.onnx.ml.SVMClassifier"));
    assert!(fault(op("Relu").int("new", 1), &one).contains("the attribute `new`"));
    assert!(fault(op("Cast").text("to", "1"), &one).contains("`to` has no value"));
    let twice = op("Cast").int("to", 1).int("to", 7);
    assert!(fault(twice, &one).contains("stands there twice"));
}
