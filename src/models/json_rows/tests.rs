use serde_json::{Value, json};

use super::{answer_json, read_rows, read_rows_of, schema};
use crate::models::{Answers, Feature, FeatureKind, Label, Signature, Task};

fn feature(name: &str, kind: FeatureKind, categories: &[&str]) -> Feature {
    let categories = categories.iter().map(|text| Label::Text((*text).into()));
    Feature {
        name: name.into(),
        kind,
        categories: categories.collect(),
    }
}

fn guests() -> Signature {
    let features = vec![
        feature("age", FeatureKind::Number, &[]),
        feature("city", FeatureKind::Text, &["東京", "大阪"]),
        feature("mean fare", FeatureKind::Number, &[]),
    ];
    let labels = vec![Label::Integer(1), Label::Text("leave".into())];
    Signature::new(Task::Classification, features, labels)
}

fn rows(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

#[test]
fn rows_are_read_in_any_order_of_features() {
    let given = rows(
        r#"[{"age": 30, "city": "東京", "mean fare": null},
            {"mean fare": 1.5e2, "age": null, "city": null},
            {"city": "", "mean fare": -0.25, "age": 123456789012345678901234567890}]"#,
    );
    let read = read_rows(&guests(), &given).unwrap();
    assert_eq!(read.len(), 3);
    assert_eq!(read.numbers(0)[0], 30.0);
    assert!(read.numbers(0)[1].is_nan() && read.numbers(1)[0].is_nan());
    assert_eq!(read.numbers(1)[1], 150.0);
    assert_eq!(read.numbers(2), [123456789012345678901234567890.0, -0.25]);
    assert_eq!(read.texts(0)[0].as_deref(), Some("東京"));
    assert_eq!(read.texts(1)[0], None);
    assert_eq!(read.texts(2)[0].as_deref(), Some(""));
}

#[test]
fn faults_name_the_row_and_the_feature() {
    for (row, expected) in [
        (
            r#"{"age": "x", "city": null, "mean fare": 1}"#,
            r#"rows[1].age: expected a number or null, found "x""#,
        ),
        (
            r#"{"age": "NaN", "city": null, "mean fare": 1}"#,
            r#"rows[1].age: expected a number or null, found "NaN""#,
        ),
        (
            r#"{"age": true, "city": null, "mean fare": 1}"#,
            "rows[1].age: expected a number or null, found true",
        ),
        (
            r#"{"age": [1], "city": null, "mean fare": 1}"#,
            "rows[1].age: expected a number or null, found a list",
        ),
        (
            r#"{"age": 1, "city": 5, "mean fare": 1}"#,
            "rows[1].city: expected a text or null, found 5",
        ),
        (
            r#"{"age": 1, "city": {}, "mean fare": 1}"#,
            "rows[1].city: expected a text or null, found an object",
        ),
        (
            r#"{"age": 1, "city": "x"}"#,
            r#"rows[1]["mean fare"]: is missing; expected a number or null"#,
        ),
        (
            r#"{"age": 1e400, "city": "x", "mean fare": 1}"#,
            "rows[1].age: expected a number between -1.8e308 and 1.8e308, found 1e+400",
        ),
        (
            r#"{"age": 1, "city": "x", "mean fare": 1, "Age": 1}"#,
            "rows[1].Age: is not a feature of the model; expected age, city, mean fare",
        ),
        (
            r#"{}"#,
            "rows[1].age: is missing; expected a number or null",
        ),
        (
            "[1]",
            "rows[1]: expected an object of features, found a list",
        ),
        (
            "null",
            "rows[1]: expected an object of features, found null",
        ),
    ] {
        let good = r#"{"age": 30, "city": "東京", "mean fare": null}"#;
        let fault = read_rows(&guests(), &rows(&format!("[{good}, {row}]"))).unwrap_err();
        assert_eq!(fault.to_string(), expected);
        assert_eq!(fault.row, 1);
    }
}

#[test]
fn long_values_are_quoted_in_part() {
    let row = json!({"age": "x".repeat(5000), "city": null, "mean fare": 1});
    let fault = read_rows_of("inputs", &guests(), &[row.as_object().unwrap().clone()]);
    let expected = format!(
        "inputs[0].age: expected a number or null, found \"{}…\"",
        "x".repeat(40)
    );
    assert_eq!(fault.unwrap_err().to_string(), expected);
}

#[test]
fn answers_keep_the_type_of_labels() {
    let mut answers = Answers::classes(vec![1, 0, 0], vec![0.18, 0.82, 1.0, 0.0, 0.5, 0.5], 2);
    answers
        .faults
        .insert(2, "the model's answer is not a number".into());
    let written = |row| Value::Object(answer_json(&guests(), &answers, row)).to_string();
    assert_eq!(
        written(0),
        r#"{"label":"leave","score":0.82,"scores":{"1":0.18,"leave":0.82}}"#
    );
    assert_eq!(
        written(1),
        r#"{"label":1,"score":1.0,"scores":{"1":1.0,"leave":0.0}}"#
    );
    assert_eq!(
        written(2),
        r#"{"error":"the model's answer is not a number"}"#
    );
    let signature = Signature::new(Task::Regression, Vec::new(), Vec::new());
    let value = answer_json(&signature, &Answers::values(vec![0.1 + 0.2]), 0);
    assert_eq!(
        Value::Object(value).to_string(),
        r#"{"value":0.30000000000000004}"#
    );
}

#[test]
fn the_schema_of_a_row_lists_categories_as_examples() {
    assert_eq!(
        schema(&guests()),
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "age": {"type": ["number", "null"], "description": "A number; null if it is missing."},
                "city": {
                    "type": ["string", "null"],
                    "description": "A text, one of 2 categories that the model knows; others are taken as the model's \
                                    library takes them. Null if it is missing.",
                    "examples": ["東京", "大阪"],
                },
                "mean fare": {"type": ["number", "null"], "description": "A number; null if it is missing."},
            },
            "required": ["age", "city", "mean fare"],
            "additionalProperties": false,
        })
    );
}
