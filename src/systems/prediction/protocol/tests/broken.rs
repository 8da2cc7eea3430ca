//! Bodies whose lengths lie, and texts that are no JSON.

use serde_json::json;

use super::hostile::fault;
use super::*;

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
        rows_of(&signature, &request.inputs)
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
