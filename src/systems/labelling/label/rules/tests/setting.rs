use std::str::FromStr;

use serde_json::json;

use super::super::*;
use super::{keywords, patterns};

#[test]
fn a_stored_set_is_read_back_the_same() {
    for set in [
        keywords(&json!({ "a": [["x", "start"], ["\"\t美", "exactly"]], "b": [["y", "end"]] })),
        patterns(&json!({ "a": [r"\d+", "x"] })),
    ] {
        let stored = serde_json::to_string(&set).unwrap();
        let read: RuleSet = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, set);
        assert_eq!(serde_json::to_string(&read).unwrap(), stored);
    }
}

#[test]
fn a_stored_set_with_rules_of_the_other_model_is_refused() {
    let mut set = keywords(&json!({ "a": [["x", "start"]] }));
    set.model_type = RuleKind::RuleModel;
    assert!(matches!(
        Matcher::compile(&set, &Allowance::default()),
        Err(RuleSetError::Stored { .. })
    ));
    let mut set = patterns(&json!({ "a": ["x"] }));
    set.model_type = RuleKind::KeywordModel;
    assert!(matches!(
        Matcher::compile(&set, &Allowance::default()),
        Err(RuleSetError::Stored { .. })
    ));
}

#[test]
fn names_are_read_as_they_are_written() {
    for model_type in [RuleKind::KeywordModel, RuleKind::RuleModel] {
        assert_eq!(json!(model_type), json!(model_type.to_string()));
    }
    for match_type in [
        MatchType::Partially,
        MatchType::Start,
        MatchType::End,
        MatchType::Absolutely,
    ] {
        assert_eq!(MatchType::from_str(&match_type.to_string()), Ok(match_type));
        assert_eq!(json!(match_type), json!(match_type.to_string()));
    }
    assert_eq!(MatchType::from_str("exactly"), Ok(MatchType::Absolutely));
    let unknown = MatchType::from_str("like").unwrap_err().to_string();
    assert_eq!(
        unknown,
        "unknown match type `like`, expected one of partially, start, end, absolutely, exactly"
    );
}
