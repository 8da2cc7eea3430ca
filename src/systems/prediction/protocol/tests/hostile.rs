//! Requests that are wrong: each has a sentence that names the member, and nothing is allocated for what is only
//! claimed.

use serde_json::json;

use super::*;
use crate::systems::prediction::protocol::claimed_rows;

pub(super) fn fault(signature: &Signature, request: Value) -> String {
    rows(signature, request).unwrap_err().to_string()
}

#[test]
fn values_of_another_kind_are_named_with_their_place() {
    let signature = regression(&["a", "City"]);
    let with = |a: Value, city: Value| fault(&signature, json!({ "inputs": [a, city] }));
    let city = || input("City", "BYTES", json!([2]), json!(["x", "y"]));
    let a = |datatype: &str, data: Value| with(input("a", datatype, json!([2]), data), city());
    for (datatype, data, expected) in [
        (
            "FP64",
            json!([1, "x"]),
            "inputs[0].data[1]: expected a number or null, found \"x\"",
        ),
        (
            "FP64",
            json!([1, true]),
            "inputs[0].data[1]: expected a number or null, found true",
        ),
        (
            "FP64",
            json!([{}, 1]),
            "inputs[0].data[0]: expected a number or null, found an object",
        ),
        (
            "FP64",
            json!([1, [1]]),
            "inputs[0].data[1]: expected a number or null, found a list",
        ),
        (
            "UINT8",
            json!([1, 256]),
            "inputs[0].data[1]: expected a whole number from 0 to 255 or null, found 256",
        ),
        (
            "INT8",
            json!([-129, 1]),
            "inputs[0].data[0]: expected a whole number from -128 to 127 or null, found -129",
        ),
        (
            "INT64",
            json!([0.5, 1]),
            "inputs[0].data[0]: expected a whole number from -9223372036854775808 to 9223372036854775807 or null, found 0.5",
        ),
        (
            "FP32",
            json!([1e39, 1]),
            "inputs[0].data[0]: expected a number or null, found 1e+39",
        ),
        (
            "FP16",
            json!([65520, 1]),
            "inputs[0].data[0]: expected a number or null, found 65520",
        ),
        (
            "BOOL",
            json!([true, false]),
            "inputs[0].datatype: expected a number type for `a`, found BOOL",
        ),
        (
            "BYTES",
            json!(["1", "2"]),
            "inputs[0].datatype: expected a number type for `a`, found BYTES",
        ),
        (
            "FP64",
            json!([1]),
            "inputs[0].data: expected 2 values, as the shape [2] says, found 1",
        ),
        (
            "FP64",
            json!([1, 2, 3]),
            "inputs[0].data: expected 2 values, as the shape says, found more",
        ),
        (
            "FP64",
            json!([[1], [2]]),
            "inputs[0].data[0]: expected a number or null, found a list",
        ),
        ("FP64", json!(7), "inputs[0].data: expected a list, found 7"),
    ] {
        assert_eq!(a(datatype, data), expected);
    }
    let a = || input("a", "FP64", json!([2]), json!([1, 2]));
    for (city, expected) in [
        (
            input("City", "BYTES", json!([2]), json!(["x", 1])),
            "inputs[1].data[1]: expected a text or null, found 1",
        ),
        (
            input("City", "FP64", json!([2]), json!([1, 2])),
            "inputs[1].datatype: expected BYTES for `City`, found FP64",
        ),
        (
            input("City", "BYTES", json!([3]), json!(["x", "y", "z"])),
            "inputs[1].shape: expected 2 rows, as other inputs have, found 3",
        ),
        (
            input("City", "BYTES", json!([2, 2]), json!(["x", "y", "z", "u"])),
            "inputs[1].shape: expected [N] or [N, 1], found [2, 2]",
        ),
        (
            input("a", "FP64", json!([2]), json!([1, 2])),
            "inputs[1].name: `a` is given twice",
        ),
        (
            input("town", "BYTES", json!([2]), json!(["x", "y"])),
            "inputs[1].name: unknown input; expected a, City",
        ),
        (
            input("City", "TEXT", json!([2]), json!(["x", "y"])),
            "inputs[1].datatype: expected one of BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, FP32, FP64, BYTES, found `TEXT`",
        ),
        (
            input("City", "BYTES", json!([-1]), json!([])),
            "inputs[1].shape[0]: expected a whole number that is not negative, found -1",
        ),
        (
            input("City", "BYTES", json!([2.5]), json!([])),
            "inputs[1].shape[0]: expected a whole number that is not negative, found 2.5",
        ),
        (
            input("City", "BYTES", json!("2"), json!([])),
            "inputs[1].shape: expected a list, found \"2\"",
        ),
        (
            json!({ "name": "City", "shape": [1], "datatype": "BYTES" }),
            "inputs[1].data: expected a list, or inputs[1].parameters.binary_data_size with binary data behind the JSON",
        ),
        (
            json!({ "shape": [1], "datatype": "BYTES", "data": [] }),
            "inputs[1].name: is missing",
        ),
        (json!([]), "inputs[1]: expected an object, found a list"),
    ] {
        assert_eq!(with(a(), city), expected);
    }
    assert_eq!(
        fault(&signature, json!({ "inputs": [a()] })),
        "inputs: `City` is missing"
    );
    assert_eq!(fault(&signature, json!({})), "inputs: is missing");
    assert_eq!(
        fault(&signature, json!([])),
        "body: expected an object, found a list"
    );
    assert_eq!(
        fault(&signature, json!({ "inputs": [], "id": 7 })),
        "id: expected a text, found 7"
    );
    let outputs = json!({ "inputs": [], "outputs": [{ "name": "label", "parameters": { "binary_data": 1 } }] });
    assert_eq!(
        fault(&signature, outputs),
        "outputs[0].parameters.binary_data: expected true or false"
    );
    let twice = json!({ "inputs": [], "outputs": [{ "name": "label" }, { "name": "label" }] });
    assert_eq!(
        fault(&signature, twice),
        "outputs[1].name: `label` is given twice"
    );
}

#[test]
fn a_matrix_has_to_fit_the_model() {
    let numbers = regression(&["a", "b"]);
    for (shape, expected) in [
        (
            json!([1, 3]),
            "inputs[0].shape: expected [N, 2], as the model has 2 features, found [1, 3]",
        ),
        (json!([2]), "inputs[0].shape: expected [N, 2], found [2]"),
        (
            json!([1, 1, 2]),
            "inputs[0].shape: expected [N, 2], found [1, 1, 2]",
        ),
    ] {
        let request = json!({ "inputs": [input("X", "FP64", shape, json!([1, 2]))] });
        assert_eq!(fault(&numbers, request), expected);
    }
    let texts = regression(&["a", "City"]);
    let request = json!({ "inputs": [input("X", "FP64", json!([1, 2]), json!([1, 2]))] });
    assert_eq!(
        fault(&texts, request),
        "inputs[0].name: expected an input for each feature: `City` is a text, and X has numbers only"
    );
    let ragged = json!([[1, 2, 3], [4]]);
    let request = json!({ "inputs": [input("X", "FP64", json!([2, 2]), ragged)] });
    assert_eq!(
        fault(&numbers, request),
        "inputs[0].data: expected 2 values in each list of dimension 1, as the shape [2, 2] says"
    );
    let wrong = json!([[1, 2], [3, "x"]]);
    let request = json!({ "inputs": [input("X", "FP64", json!([2, 2]), wrong)] });
    assert_eq!(
        fault(&numbers, request),
        "inputs[0].data[1][1]: expected a number or null, found \"x\""
    );
}

#[test]
fn claims_of_many_values_cost_nothing() {
    let signature = regression(&["a"]);
    for (shape, expected) in [
        (
            json!([1001]),
            "inputs[0].data: expected 1001 values, as the shape [1001] says, found 1",
        ),
        (
            json!([u64::MAX]),
            "inputs[0].data: expected 18446744073709551615 values, as the shape [18446744073709551615] says, found 1",
        ),
        (
            json!([u64::MAX, 2]),
            "inputs[0].shape: expected [N] or [N, 1], found [18446744073709551615, 2]",
        ),
        (
            json!([1, 1, 1, 1, 1, 1, 1, 1, 1]),
            "inputs[0].shape: expected at most 8 dimensions",
        ),
        (
            json!([1e30]),
            "inputs[0].shape[0]: expected a whole number that is not negative, found 1e+30",
        ),
    ] {
        let request = json!({ "inputs": [input("a", "FP64", shape, json!([1]))] });
        assert_eq!(fault(&signature, request), expected);
    }
    let wide = regression(&["a", "b"]);
    let request = json!({ "inputs": [input("X", "FP64", json!([u64::MAX, 2]), json!([1]))] });
    assert_eq!(
        fault(&wide, request),
        "inputs[0].shape: expected fewer elements"
    );
    let request = json!({ "inputs": vec![input("a", "FP64", json!([0]), json!([])); 101] });
    assert_eq!(
        fault(&signature, request),
        "inputs: expected at most 100 tensors"
    );
}

#[test]
fn rows_are_counted_before_they_are_read() {
    let claimed = |shapes: &[Value]| {
        let inputs = shapes
            .iter()
            .map(|shape| input("a", "FP64", shape.clone(), json!([])));
        let request = json!({ "inputs": inputs.collect::<Vec<_>>() }).to_string();
        let request = InferRequest::read(request.as_bytes(), None, 10).unwrap();
        claimed_rows(&request.inputs)
    };
    assert_eq!(claimed(&[]), 0);
    assert_eq!(claimed(&[json!([])]), 0);
    assert_eq!(
        claimed(&[json!([3]), json!([20_000, 1]), json!([1])]),
        20_000
    );
    assert_eq!(claimed(&[json!([u64::MAX])]), usize::MAX);
}
