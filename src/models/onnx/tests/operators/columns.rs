use super::{NAN, bools, fault, float, int, op, run, texts, try_run};
use crate::models::onnx::tensor::Tensor;

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
        run(imputer, std::slice::from_ref(&rows)),
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
        run(binarizer, std::slice::from_ref(&rows)),
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
    let encoded = run(encoder.clone(), std::slice::from_ref(&cities));
    assert_eq!(encoded, float(&[2, 1, 2], &[0.0, 1.0, 0.0, 0.0]));
    let (_, finding) = try_run(17, encoder.int("zeros", 0), std::slice::from_ref(&cities)).unwrap();
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
    assert_eq!(
        run(one("NONE"), std::slice::from_ref(&rows)),
        int(&[3], &[5, 5, 6])
    );
    assert!(fault(one("PROBIT"), std::slice::from_ref(&rows)).contains("PROBIT"));
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
