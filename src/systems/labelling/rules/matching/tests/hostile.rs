//! Texts and sets that are made to take long: work stays linear.

use super::super::samples::{empty_set, label};
use super::super::{Compiled, Row, Verdict};
use crate::systems::labelling::label::rules::Normalize;
use crate::systems::labelling::rules::set::Field;

fn labels(rules: &[&str], text: &str) -> usize {
    let mut set = empty_set();
    set.normalize = Normalize::Nfkc;
    set.labels = rules.iter().map(|rule| label(rule, &[rule], &[])).collect();
    let compiled = Compiled::of(&set).unwrap();
    let mut verdict = Verdict::default();
    let row = Row::default().with(Field::Content, Some(text));
    let mut scratch = compiled.scratch();
    compiled.find_with_rules(row, &mut scratch, &mut verdict);
    let labels = verdict.labels.clone();
    for label in &labels {
        compiled.meta(row, &mut scratch, &label.reported);
    }
    labels.len()
}

#[test]
fn repetitions_cost_no_more_than_their_length() {
    let text = "a".repeat(2_000_000);
    let rules = [
        "aa NEAR/100 aa",
        "aa NEAR/100c b",
        "word:a",
        "raw:A",
        "/(a+)+$/",
        "/(a+)+b/",
    ];
    assert_eq!(labels(&rules, &text), 2);
    let spread = "a ".repeat(1_000) + &"x".repeat(2_000_000) + " b";
    assert_eq!(
        labels(&["a NEAR/100 b", "b NEAR/100 a", "a NEAR/1 a"], &spread),
        3
    );
}

#[test]
fn normalisation_is_linear() {
    let marks = format!("a{}", "\u{301}\u{323}".repeat(200_000));
    assert_eq!(labels(&["ạ", "á"], &marks), 1);
    let bomb = "\u{fdfa}".repeat(20_000);
    assert_eq!(labels(&["صلى", "raw:صلى"], &bomb), 1);
    let family = "👩\u{200d}👩\u{200d}👧".repeat(20_000);
    assert_eq!(labels(&["👩👩👧", "👧 NEAR/3 👩"], &family), 2);
}

#[test]
fn only_the_first_thousand_hits_of_an_operand_count() {
    let text = "a ".repeat(1_000) + "a b";
    assert_eq!(labels(&["a NEAR/0 b"], &text), 0);
    let text = "a ".repeat(999) + "a b";
    assert_eq!(labels(&["a NEAR/0 b", "b NEAR/0 a"], &text), 2);
}
