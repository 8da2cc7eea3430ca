use super::{DESCRIPTION, MODEL, assert_survives, read_zip};
use crate::models::{Feature, FeatureKind, Label, Task};

fn described(text: &str) -> Result<crate::models::Description, String> {
    let parts = [
        ("model.yaml", text.as_bytes()),
        ("model.json", MODEL.as_bytes()),
    ];
    let package = read_zip(&parts)?;
    assert_survives(&package);
    Ok(package.description)
}

#[test]
fn everything_that_a_description_can_say_is_read_and_stored() {
    let description = described(
        "format: text-linear\nfile: ./model.json\ntask: classification\n\
         features:\n- {name: age, type: number}\n- name: \"city: \\\"x\\\"\\u0085\\u007F\\uFEFF 東京😀\"\n  type: text\n  \
         categories: [東京, '', yes, 'null', 1, 2.0, -3, true, 1e300]\n\
         labels: [0, 1.5, 2.0, 'no', false]\n",
    )
    .unwrap();
    assert_eq!(description.task, Some(Task::Classification));
    let text = |text: &str| Label::Text(text.to_owned());
    let features = vec![
        Feature {
            name: "age".into(),
            kind: FeatureKind::Number,
            categories: Vec::new(),
        },
        Feature {
            name: "city: \"x\"\u{85}\u{7F}\u{FEFF} 東京😀".into(),
            kind: FeatureKind::Text,
            categories: vec![
                text("東京"),
                text(""),
                text("yes"),
                text("null"),
                Label::Integer(1),
                Label::Number(2.0),
                Label::Integer(-3),
                Label::Boolean(true),
                Label::Number(1e300),
            ],
        },
    ];
    assert_eq!(description.features, Some(features));
    let labels = vec![
        Label::Integer(0),
        Label::Number(1.5),
        Label::Number(2.0),
        text("no"),
        Label::Boolean(false),
    ];
    assert_eq!(description.labels, Some(labels));
}

#[test]
fn an_empty_description_says_nothing() {
    let description = described("").unwrap();
    assert_eq!((description.task, description.features), (None, None));
    assert_eq!(described(DESCRIPTION).unwrap().task, Some(Task::Text));
}

#[test]
fn faults_of_a_description_name_the_line_and_the_known_keys() {
    for (text, expected) in [
        (
            "format: text-linear\ntasks: text",
            "model.yaml:2:1: unknown field `tasks`",
        ),
        ("tasks: text", "`format`, `file`, `task`, `features`"),
        ("format: pickle", "model.yaml:1:9: format: "),
        ("task: clustering", "classification"),
        (
            "features:\n- {name: a, kind: number}",
            "model.yaml:2:13: features[0]: unknown field `kind`",
        ),
        ("features:\n- {name: a}", "features[0]: "),
        ("features: 5", "model.yaml:1:11: features: "),
        (
            "labels: [a, null]",
            "model.yaml: labels[1]: expected a text, a number or a boolean, found null",
        ),
        (
            "labels: [[a]]",
            "model.yaml: labels[0]: expected a text, a number or a boolean, found a list",
        ),
        ("a: [", "model.yaml:"),
        ("file: a\nfile: b", "given twice"),
        ("\u{0}", "model.yaml:"),
    ] {
        let refused = described(text).unwrap_err();
        assert!(refused.contains(expected), "{text}: {refused}");
    }
}
