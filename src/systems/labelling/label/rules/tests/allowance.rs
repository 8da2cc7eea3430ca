use std::time::Duration;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::super::{Allowance, Matcher, RuleKind, RuleLimits, RuleSet, RuleSetError};

const LIMITS: RuleLimits = RuleLimits {
    rule_bytes: 10,
    rules: 3,
    set_bytes: 20,
    memory_bytes: 1 << 20,
    compile_time: Duration::from_secs(600),
};

fn within(limits: RuleLimits) -> Allowance {
    Allowance::new(limits, CancellationToken::new())
}

fn refusal(body: &Value) -> String {
    let loaded = RuleSet::from_body("pattern", body, RuleKind::KeywordModel, &within(LIMITS));
    loaded.expect_err("it is too large").to_string()
}

#[test]
fn what_is_too_large_is_refused_with_its_place_and_the_setting() {
    let ten = json!({ "a": [["0123456789", "start,end"]] });
    assert!(RuleSet::from_body("pattern", &ten, RuleKind::KeywordModel, &within(LIMITS)).is_err());
    let limits = RuleLimits {
        set_bytes: 21,
        ..LIMITS
    };
    assert!(RuleSet::from_body("pattern", &ten, RuleKind::KeywordModel, &within(limits)).is_ok());
    assert_eq!(
        refusal(&json!({ "a": [["x", "start"], ["0123456789x", "start,end"]] })),
        "pattern.a[1]: the rule (\"0123456789x\"…) has 11 bytes, and labelling.rule_bytes_max allows \
         10; pattern: the rules have 24 bytes together, and labelling.rules_bytes_max allows 20"
    );
    assert_eq!(
        refusal(&json!({ "a": [["x", "start"], ["y", "start"]], "b": [["z", "start,end"]] })),
        "pattern: there are 4 rules, and labelling.rules_max allows 3"
    );
    assert_eq!(
        refusal(&json!({ "0123456789x": [["x", "start"]] })),
        "pattern.0123456789x: the name of the label (\"0123456789x\"…) has 11 bytes, and \
         labelling.rule_bytes_max allows 10"
    );
}

fn large_patterns() -> RuleSet {
    let patterns: Vec<_> = (0..200).map(|no| format!("a{no}\\w{{5}}")).collect();
    let body = json!({ "large": patterns });
    let set = RuleSet::from_body("pattern", &body, RuleKind::RuleModel, &Allowance::default());
    set.expect("the patterns are right").set
}

#[test]
fn what_takes_too_much_memory_or_time_is_given_up() {
    let set = large_patterns();
    let compile = |allowance: &Allowance| Matcher::compile(&set, allowance).err();
    let too_large = compile(&within(LIMITS));
    assert!(
        matches!(too_large, Some(RuleSetError::TooLarge { .. })),
        "{too_large:?}"
    );
    let limits = RuleLimits {
        compile_time: Duration::ZERO,
        ..LIMITS
    };
    let too_long = compile(&within(limits));
    assert!(
        matches!(too_long, Some(RuleSetError::TooLong { .. })),
        "{too_long:?}"
    );
    let stop = CancellationToken::new();
    stop.cancel();
    let stopped = compile(&Allowance::until(stop));
    assert!(
        matches!(stopped, Some(RuleSetError::Stopped)),
        "{stopped:?}"
    );
}

#[test]
fn patterns_are_not_even_checked_once_the_time_is_up() {
    let limits = RuleLimits {
        compile_time: Duration::ZERO,
        ..LIMITS
    };
    let body = json!({ "a": ["x"] });
    let loaded = RuleSet::from_body("pattern", &body, RuleKind::RuleModel, &within(limits));
    assert!(
        matches!(loaded, Err(RuleSetError::TooLong { .. })),
        "{loaded:?}"
    );
}
