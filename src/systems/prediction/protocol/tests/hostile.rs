//! Requests that are wrong: each has a sentence that names the member, and nothing is allocated for what is only
//! claimed.

use serde_json::json;

use super::*;

fn fault(signature: &Signature, request: Value) -> String {
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
        (json!([1001]), "expected at most 1000 rows, found 1001"),
        (
            json!([u64::MAX]),
            "expected at most 1000 rows, found 18446744073709551615",
        ),
        (
            json!([u64::MAX, 1]),
            "expected at most 1000 rows, found 18446744073709551615",
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
    assert!(fault(&wide, request).starts_with("expected at most 1000 rows"));
    let request = json!({ "inputs": vec![input("a", "FP64", json!([0]), json!([])); 101] });
    assert_eq!(
        fault(&signature, request),
        "inputs: expected at most 100 tensors"
    );
}

#[test]
fn lengths_that_lie_are_refused() {
    let numbers = regression(&["a"]);
    let texts = regression(&["City"]);
    let binary = |signature: &Signature, input: Value, data: &[u8]| {
        rows_of_binary(signature, json!([input]), data)
            .unwrap_err()
            .to_string()
    };
    let a = |shape, size| binary_input("a", "FP64", shape, size);
    for (input, data, expected) in [
        (
            a(json!([1]), 8),
            &[0u8; 7][..],
            "inputs[0].parameters.binary_data_size: expected at most the 7 bytes that are left",
        ),
        (
            a(json!([1]), 8),
            &[0; 9],
            "body: 1 bytes stand behind the data of the last tensor",
        ),
        (
            a(json!([2]), 8),
            &[0; 8],
            "inputs[0].data: expected 2 values of 8 bytes each, found 8 bytes",
        ),
        (
            a(json!([0]), 8),
            &[0; 8],
            "inputs[0].data: expected 0 values of 8 bytes each, found 8 bytes",
        ),
        (
            a(json!([1]), usize::MAX),
            &[0; 8],
            "inputs[0].parameters.binary_data_size: expected at most the 8 bytes that are left",
        ),
    ] {
        assert_eq!(binary(&numbers, input, data), expected);
    }
    let city = |count: u64, size: usize| binary_input("City", "BYTES", json!([count]), size);
    for (input, data, expected) in [
        (
            city(1, 4),
            &[1u8, 0, 0, 0][..],
            "inputs[0].data: value 0: expected 1 bytes, as its length says, found 0",
        ),
        (
            city(1, 5),
            &[255, 255, 255, 255, b'x'],
            "inputs[0].data: value 0: expected 4294967295 bytes, as its length says, found 1",
        ),
        (
            city(1, 6),
            &[1, 0, 0, 0, b'x', b'y'],
            "inputs[0].data: 1 bytes stand behind the last of 1 texts",
        ),
        (
            city(2, 5),
            &[1, 0, 0, 0, b'x'],
            "inputs[0].data: expected 2 texts, each behind its length in 4 bytes",
        ),
        (
            city(1000, 5),
            &[1, 0, 0, 0, b'x'],
            "inputs[0].data: expected 1000 texts, each behind its length in 4 bytes",
        ),
        (
            city(1, 5),
            &[1, 0, 0, 0, 0xFF],
            "inputs[0].data: value 0: expected UTF-8",
        ),
    ] {
        assert_eq!(binary(&texts, input, data), expected);
    }
    let mut both = a(json!([1]), 8);
    both["data"] = json!([1]);
    assert_eq!(
        binary(&numbers, both, &[0; 8]),
        "inputs[0].parameters.binary_data_size: expected either this or `data`"
    );
    let mut wrong = a(json!([1]), 8);
    wrong["parameters"]["binary_data_size"] = json!(-1);
    assert_eq!(
        binary(&numbers, wrong, &[0; 8]),
        "inputs[0].parameters.binary_data_size: expected a number of bytes"
    );
    let without_header = json!({ "inputs": [a(json!([1]), 8)] });
    assert_eq!(
        fault(&numbers, without_header),
        "inputs[0].parameters.binary_data_size: needs the header Inference-Header-Content-Length"
    );
    for length in ["3", "-1", "x", "", "18446744073709551616"] {
        let error = InferRequest::read(b"{}", Some(length), 10).err().unwrap();
        assert_eq!(
            error.to_string(),
            "Inference-Header-Content-Length: expected a number of bytes, at most the 2 of the body"
        );
    }
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    let signature = regression(&["a"]);
    let begin = r#"{"inputs":[{"name":"a","shape":[2],"datatype":"FP64","data":"#;
    for data in [
        "[1,2", "[1,2}", "[1 2]", "[1,,2]", "[,1,2]", "[1,2,]", "[+1,2]", "[01,2]", "[.5,2]",
        "[1.,2]", "[1,2e]", "[inf,2]", "[nan,2]", "[1,2]]", "[\"a,2]", "[1,0x2]", "[1,-]",
        "[1,--2]", "[1_0,2]",
    ] {
        let refused = rows_of_text(&signature, &format!("{begin}{data}}}]}}"));
        assert!(refused.is_err(), "{data}");
    }
    for text in [
        "",
        " ",
        "{",
        "{}{}",
        "{\"inputs\":[]",
        "{\"inputs\":[],}",
        "{\"inputs\" []}",
        "{inputs:[]}",
        "nul",
        "\"\\",
        "{\"inputs\":[],\"x\":\"\n\"}",
        "{\"inputs\":[],\"x\":\"\\q\"}",
        "{\"inputs\":[],\"x\":tru}",
        "{\"inputs\":[],\"x\":[1,}",
        "{\"inputs\":[],\"inputs\":[]}",
        "{\"a\\u12\":1}",
        "{\"inputs\":[],\"x\":\"é\\",
        "{\"inputs\":[{\"parameters\":[]}]}",
        "{\"inputs\":[{\"parameters\":{]}]}",
        "]",
        "{\"inputs\":]}",
    ] {
        let refused = InferRequest::read(text.as_bytes(), None, 10);
        assert!(refused.is_err(), "{text}");
    }
    assert!(InferRequest::read(&[b'{', 0xFF, b'}'], None, 10).is_err());
    let deep = format!("{{\"inputs\":{}", "[".repeat(100_000));
    assert!(InferRequest::read(deep.as_bytes(), None, 10).is_err());
    let deep = format!("{begin}{}1", "[".repeat(100_000));
    assert!(rows_of_text(&signature, &deep).is_err());
    let deep = format!("{begin}{}1{}}}]}}", "[".repeat(1000), "]".repeat(1000));
    assert!(rows_of_text(&signature, &deep).is_err());
}

#[test]
fn no_beginning_of_a_request_panics() {
    let signature = regression(&["a", "City"]);
    let whole = json!({ "id": "é\"\\", "parameters": { "binary_data_output": true }, "inputs": [
        input("a", "INT8", json!([2, 1]), json!([[1], [null]])),
        binary_input("City", "BYTES", json!([2]), 12),
    ] });
    let mut body = whole.to_string().into_bytes();
    let json_length = body.len();
    body.extend_from_slice(&[2, 0, 0, 0, b'a', b'b', 2, 0, 0, 0, b'c', b'd']);
    let read = |body: &[u8], length: usize| {
        let request = InferRequest::read(body, Some(&length.to_string()), 10)?;
        rows_of(&signature, &request.inputs, 10)
    };
    assert!(read(&body, json_length).is_ok());
    for end in 0..body.len() {
        assert!(read(&body[..end], json_length.min(end)).is_err(), "{end}");
    }
    for at in 0..json_length {
        let mut changed = body.clone();
        for byte in [0, b'"', b'[', b'}', b'\\', b'9', 0xE6] {
            changed[at] = byte;
            // It is an answer or a fault.
            drop(read(&changed, json_length));
        }
    }
}
