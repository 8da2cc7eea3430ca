//! Requests to other servers, read as this one would read them.

use super::*;
use crate::models::RowsBuilder;
use crate::systems::prediction::protocol::{AskedInput, Asking, Datatype, ask};

fn asked_input(name: &str, datatype: Datatype, features: &[usize], is_matrix: bool) -> AskedInput {
    AskedInput {
        name: name.to_owned(),
        datatype,
        features: features.to_vec(),
        is_matrix,
    }
}

fn asking(inputs: Vec<AskedInput>, binary: bool, takes_null: bool) -> Asking {
    Asking {
        inputs,
        outputs: vec!["value".to_owned()],
        binary,
        takes_null,
    }
}

#[test]
fn what_is_asked_is_what_is_read() {
    let signature = regression(&["a", "City", "b"]);
    let mut builder = RowsBuilder::new(&signature);
    for (a, city, b) in [(1.5, Some("x"), -2.0), (0.25, None, 3.0)] {
        builder.begin_row();
        builder.set_number(0, a);
        builder.set_text(1, city.map(Into::into));
        builder.set_number(2, b);
    }
    let rows = builder.build();
    let inputs = |number| {
        vec![
            asked_input("a", Datatype::Fp64, &[0], false),
            asked_input("City", Datatype::Bytes, &[1], true),
            asked_input("b", number, &[2], false),
        ]
    };
    for (binary, number) in [
        (true, Datatype::Int8),
        (false, Datatype::Int32),
        (true, Datatype::Fp16),
    ] {
        let asked = ask(&asking(inputs(number), binary, true), &signature, &rows);
        assert!(asked.faults.is_empty());
        let length = asked.written.json_length.map(|length| length.to_string());
        assert_eq!(length.is_some(), binary);
        let request = InferRequest::read(&asked.written.bytes, length.as_deref(), 10).unwrap();
        assert_eq!(
            request.reply.outputs.as_ref().unwrap()[0].binary,
            binary.then_some(true)
        );
        assert_eq!(rows_of(&signature, &request.inputs).unwrap(), rows);
    }
}

#[test]
fn a_matrix_holds_features_in_the_order_of_the_layout() {
    let signature = regression(&["a", "b"]);
    let mut builder = RowsBuilder::new(&signature);
    builder.begin_row();
    builder.set_number(0, 1.0);
    builder.set_number(1, 2.0);
    let rows = builder.build();
    let inputs = vec![asked_input("X", Datatype::Fp32, &[1, 0], true)];
    let asked = ask(&asking(inputs, false, false), &signature, &rows);
    let json: Value = serde_json::from_slice(&asked.written.bytes).unwrap();
    assert_eq!(
        json,
        json!({
            "inputs": [{ "name": "X", "datatype": "FP32", "shape": [1, 2], "data": [2.0, 1.0] }],
            "outputs": [{ "name": "value" }],
        })
    );
}

#[test]
fn rows_that_another_server_cannot_be_told_have_no_answer() {
    let signature = regression(&["a", "City"]);
    let mut builder = RowsBuilder::new(&signature);
    for (a, city) in [
        (1.0, Some("x")),
        (f64::NAN, Some("x")),
        (0.5, None),
        (300.0, Some("x")),
    ] {
        builder.begin_row();
        builder.set_number(0, a);
        builder.set_text(1, city.map(Into::into));
    }
    let rows = builder.build();
    let inputs = vec![
        asked_input("a", Datatype::Uint8, &[0], false),
        asked_input("City", Datatype::Bytes, &[1], false),
    ];
    for binary in [false, true] {
        let asked = ask(&asking(inputs.clone(), binary, false), &signature, &rows);
        let faults: Vec<_> = asked
            .faults
            .iter()
            .map(|(row, fault)| (*row, fault.as_str()))
            .collect();
        assert_eq!(
            faults,
            [
                (
                    1,
                    "`a` is missing, which the type UINT8 of its input cannot say"
                ),
                (
                    2,
                    "`a` is 0.5, which the type UINT8 of its input cannot say"
                ),
                (
                    3,
                    "`a` is 300, which the type UINT8 of its input cannot say"
                ),
            ]
        );
    }
}
