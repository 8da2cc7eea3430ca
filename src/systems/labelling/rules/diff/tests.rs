use super::*;
use crate::systems::labelling::rules::forms::{Form, read};

fn diff(older: &str, newer: &str) -> Vec<String> {
    let document = |text: &str| {
        let text = format!("model_type: mixed_model\n{text}");
        let document = read(Form::Yaml, "set.yaml", text.as_bytes(), "set");
        assert!(
            !document.findings.has_errors(),
            "{:?}",
            document.findings.list()
        );
        document
    };
    Diff::of(&document(older), &document(newer)).lines()
}

#[test]
fn every_difference_is_a_line() {
    let older = "normalize: nfkc\nlists: {x: [a]}\nlabels:\n  food: [{text: a, id: one}, b, c, d]\n  tea: [e]\n";
    assert_eq!(diff(older, older), Vec::<String>::new());
    let newer = "variants: han\nlists: {x: [a, b]}\nlabels:\n  \
                 - {name: food, rules: [d, {text: a, id: one, in: title}, b, f], except: [g OR h]}\n  \
                 - {name: pets, rules: [e]}\n";
    let list = |texts: &[&str]| {
        let terms = texts.iter().map(|text| {
            format!(r#"{{"kind":"keyword","match_type":"partially","text":"{text}"}}"#)
        });
        format!("[{}]", terms.collect::<Vec<_>>().join(","))
    };
    assert_eq!(
        diff(older, newer),
        [
            format!("option lists.x: {} → {}", list(&["a"]), list(&["a", "b"])),
            r#"option normalize: "nfkc" → "none""#.to_owned(),
            r#"option variants: "none" → "han""#.to_owned(),
            "label + pets".to_owned(),
            "label - tea".to_owned(),
            "food - c  (set.yaml:5)".to_owned(),
            "tea - e  (set.yaml:6)".to_owned(),
            "food + f  (set.yaml:5)".to_owned(),
            "pets + e  (set.yaml:6)".to_owned(),
            "food one: food a → food a in title".to_owned(),
            "food moved d: 4 → 1".to_owned(),
            "food except + g OR h  (set.yaml:5)".to_owned(),
        ]
    );
}

#[test]
fn the_fewest_elements_are_moved() {
    for (places, expected) in [
        (&[][..], &[][..]),
        (&[0, 1, 2], &[]),
        (&[2, 0, 1], &[0]),
        (&[1, 2, 0], &[2]),
        (&[0, 2, 1, 3], &[1]),
    ] {
        assert_eq!(moved(places), expected, "{places:?}");
    }
}
