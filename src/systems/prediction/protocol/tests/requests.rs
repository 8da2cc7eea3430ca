//! Requests as they should be.

use serde_json::json;

use super::*;
use crate::systems::prediction::protocol::{Reply, half};

#[test]
fn an_input_for_each_feature_makes_rows() {
    let signature = regression(&["age", "City", "fare"]);
    let rows = rows(
        &signature,
        json!({ "id": "7", "inputs": [
            input("City", "BYTES", json!([2, 1]), json!([["東京"], [null]])),
            input("fare", "FP32", json!([2]), json!([0.5, null])),
            input("age", "INT64", json!([2, 1]), json!([30, 9_007_199_254_740_993i64])),
        ] }),
    )
    .unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows.numbers(0), [30.0, 0.5]);
    assert_eq!(rows.numbers(1)[0], 9_007_199_254_740_992.0);
    assert!(rows.numbers(1)[1].is_nan());
    assert_eq!(rows.texts(0), [Some("東京".into())]);
    assert_eq!(rows.texts(1), [None]);
}

#[test]
fn all_features_may_stand_in_one_matrix() {
    let signature = regression(&["a", "b", "c"]);
    for data in [json!([1, 2, 3, 4, 5, 6]), json!([[1, 2, 3], [4, 5, 6]])] {
        let inputs = json!({ "inputs": [input("X", "FP64", json!([2, 3]), data)] });
        let rows = rows(&signature, inputs).unwrap();
        assert_eq!(rows.all_numbers(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }
    let data: Vec<u8> = [1i16, 2, 3].iter().flat_map(|n| n.to_le_bytes()).collect();
    let inputs = json!([binary_input("X", "INT16", json!([1, 3]), 6)]);
    let rows = rows_of_binary(&signature, inputs, &data).unwrap();
    assert_eq!(rows.all_numbers(), [1.0, 2.0, 3.0]);
}

#[test]
fn a_feature_may_be_called_like_the_matrix() {
    let one = regression(&["X"]);
    for shape in [json!([2]), json!([2, 1])] {
        let inputs = json!({ "inputs": [input("X", "FP64", shape, json!([1, 2]))] });
        assert_eq!(rows(&one, inputs).unwrap().all_numbers(), [1.0, 2.0]);
    }
    let two = regression(&["X", "y"]);
    let inputs = json!({ "inputs": [input("X", "FP64", json!([1, 2]), json!([1, 2]))] });
    assert_eq!(rows(&two, inputs).unwrap().all_numbers(), [1.0, 2.0]);
    let inputs = json!({ "inputs": [
        input("y", "FP64", json!([1]), json!([2])), input("X", "FP64", json!([1]), json!([1])),
    ] });
    assert_eq!(rows(&two, inputs).unwrap().all_numbers(), [1.0, 2.0]);
}

#[test]
fn every_number_type_is_read_from_binary_data() {
    let signature = regression(&["a"]);
    let read = |datatype: &str, data: &[u8], count: usize| {
        let inputs = json!([binary_input("a", datatype, json!([count]), data.len())]);
        rows_of_binary(&signature, inputs, data)
            .unwrap()
            .all_numbers()
            .to_vec()
    };
    assert_eq!(read("UINT8", &[0, 255], 2), [0.0, 255.0]);
    assert_eq!(read("INT8", &[0x80, 127], 2), [-128.0, 127.0]);
    assert_eq!(read("UINT16", &[0xFF, 0xFF], 1), [65535.0]);
    assert_eq!(read("INT16", &[0, 0x80], 1), [-32768.0]);
    assert_eq!(
        read("UINT32", &u32::MAX.to_le_bytes(), 1),
        [4_294_967_295.0]
    );
    assert_eq!(
        read("INT32", &i32::MIN.to_le_bytes(), 1),
        [-2_147_483_648.0]
    );
    assert_eq!(
        read("UINT64", &u64::MAX.to_le_bytes(), 1),
        [u64::MAX as f64]
    );
    assert_eq!(read("INT64", &(-5i64).to_le_bytes(), 1), [-5.0]);
    assert_eq!(
        read("FP16", &[0x00, 0x3C, 0x01, 0x00], 2),
        [1.0, 2f64.powi(-24)]
    );
    assert_eq!(read("FP32", &0.1f32.to_le_bytes(), 1), [f64::from(0.1f32)]);
    assert_eq!(read("FP64", &(-0.1f64).to_le_bytes(), 1), [-0.1]);
    assert!(read("FP64", &f64::NAN.to_le_bytes(), 1)[0].is_nan());
    assert!(read("FP16", &[0x00, 0x7E], 1)[0].is_nan());
    assert_eq!(read("FP64", &[], 0), [0.0; 0]);
}

#[test]
fn numbers_of_16_bits_are_written_as_they_are_read() {
    for bits in 0..=u16::MAX {
        let value = half::from_bits(bits);
        match value.is_nan() {
            true => assert!(half::from_bits(half::bits(value)).is_nan()),
            false => assert_eq!(half::bits(value), bits, "{value}"),
        }
    }
    assert_eq!(half::rounded(65_519.0), Some(65_504.0));
    assert_eq!(half::rounded(65_520.0), None);
    assert_eq!(half::rounded(1.0 + 1.0 / 2048.0), Some(1.0));
    assert_eq!(half::rounded(0.1), Some(half::from_bits(0x2E66)));
}

#[test]
fn texts_are_read_from_binary_data() {
    let signature = regression(&["City"]);
    let mut data = Vec::new();
    for text in ["", "東京", "a\"b"] {
        data.extend_from_slice(&u32::try_from(text.len()).unwrap().to_le_bytes());
        data.extend_from_slice(text.as_bytes());
    }
    let inputs = json!([binary_input("City", "BYTES", json!([3]), data.len())]);
    let rows = rows_of_binary(&signature, inputs, &data).unwrap();
    let texts: Vec<_> = (0..3)
        .map(|row| rows.texts(row)[0].clone().unwrap())
        .collect();
    assert_eq!(texts, ["".into(), "東京".into(), "a\"b".into()]);
}

#[test]
fn numbers_that_python_writes_are_read() {
    let signature = regression(&["a"]);
    let request = r#" {"inputs":[{"name":"a","shape":[5],"datatype":"FP64",
        "data":[NaN, Infinity ,-Infinity,1e3, 3 ]}] } "#;
    let rows = rows_of_text(&signature, request).unwrap();
    assert!(rows.numbers(0)[0].is_nan());
    assert_eq!(
        rows.all_numbers()[1..],
        [f64::INFINITY, f64::NEG_INFINITY, 1000.0, 3.0]
    );
    let whole = json!({ "inputs": [input("a", "UINT8", json!([3]), json!([3.0, 2e2, null]))] });
    let rows = super::rows(&signature, whole).unwrap();
    assert_eq!(rows.all_numbers()[..2], [3.0, 200.0]);
    assert!(rows.all_numbers()[2].is_nan());
}

#[test]
fn what_a_request_says_besides_is_read_or_passed_over() {
    let text = r#"{"model_name":"m","id":"a\u00e9\"","parameters":{"binary_data_output":true,"priority":1},
        "inputs":[{"name":"a","shape":[0],"datatype":"FP64","data":[],"other":{"x":[1,{}]}}],
        "outputs":[{"name":"label"},{"name":"scores","parameters":{"binary_data":false}}]}"#;
    let request = InferRequest::read(text.as_bytes(), None, 10).unwrap();
    let reply = request.reply;
    assert_eq!(reply.id.as_deref(), Some("aé\""));
    assert!(reply.binary_output);
    let outputs = reply.outputs.unwrap();
    let outputs: Vec<_> = outputs
        .iter()
        .map(|o| (o.name.as_str(), o.binary))
        .collect();
    assert_eq!(outputs, [("label", None), ("scores", Some(false))]);
    let none = InferRequest::read(br#"{"inputs":[],"outputs":[]}"#, None, 10).unwrap();
    assert_eq!(none.reply, Reply::default());
}

#[test]
fn tensors_with_and_without_binary_data_stand_side_by_side() {
    let signature = regression(&["a", "City", "b"]);
    let data = [1.5f64.to_le_bytes(), 2.5f64.to_le_bytes()].concat();
    let inputs = json!([
        binary_input("a", "FP64", json!([1]), 8),
        input("City", "BYTES", json!([1]), json!(["x"])),
        binary_input("b", "FP64", json!([1]), 8),
    ]);
    let rows = rows_of_binary(&signature, inputs, &data).unwrap();
    assert_eq!(rows.all_numbers(), [1.5, 2.5]);
}
