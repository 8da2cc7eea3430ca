//! Tables of what rules are read and what they find, and a comparison with the plainest way to find
//! it.

use serde_json::{Value, json};

use super::{Allowance, Hit, Loaded, Matcher, RowLabels, RuleKind, RuleSet, RuleSetError};

mod allowance;
mod finding;
mod folding;
mod random;
mod reading_bodies;
mod reading_files;
mod reading_yaml;
mod setting;

fn keywords(body: &Value) -> RuleSet {
    let loaded = RuleSet::from_body(
        "pattern",
        body,
        RuleKind::KeywordModel,
        &Allowance::default(),
    );
    loaded.expect("the rules are right").set
}

fn patterns(body: &Value) -> RuleSet {
    let loaded = RuleSet::from_body("pattern", body, RuleKind::RuleModel, &Allowance::default());
    loaded.expect("the patterns are right").set
}

fn all_labels(mut set: RuleSet) -> RuleSet {
    set.row_labels = RowLabels::All;
    set
}

fn find(set: &RuleSet, text: &str) -> Vec<Hit> {
    let matcher = Matcher::compile(set, &Allowance::default()).expect("the set compiles");
    let mut hits = Vec::new();
    matcher.find(text, &mut matcher.scratch(), &mut hits);
    hits
}

/// What `match_meta` would be: one line for each label that matches.
fn metas(set: &RuleSet, text: &str) -> Vec<String> {
    let matcher = Matcher::compile(set, &Allowance::default()).expect("the set compiles");
    let mut hits = Vec::new();
    matcher.find(text, &mut matcher.scratch(), &mut hits);
    let line = |hit| format!("{} {}", matcher.label(hit), matcher.meta(hit));
    hits.iter().map(line).collect()
}

fn faults(result: Result<Loaded, RuleSetError>) -> Vec<String> {
    let error = result.expect_err("the rules are wrong");
    error.faults().iter().map(ToString::to_string).collect()
}

fn warnings(loaded: &Loaded) -> Vec<String> {
    let print = |warning: &super::Finding| warning.without_path();
    loaded.warnings.iter().map(print).collect()
}

fn one_keyword(text: &str, match_type: &str) -> RuleSet {
    keywords(&json!({ "label": [[text, match_type]] }))
}
