//! Where a request says that its rules come from.

use serde_json::{Map, Value};

use crate::http::body::{DocumentedAs, Misfit};
use crate::systems::labelling::RulesFrom;

/// Labels in the order in which they were given: an earlier label takes precedence.
pub(crate) type Rules<S> = DocumentedAs<Map<String, Value>, S>;

/// Longest pause between labelling and publishing: a week.
pub(crate) const COUNTDOWN_MAX_S: u32 = 7 * 86_400;

/// Rules given in the body, as its member `field`, or by the name of a set.
pub(crate) fn rules<S>(
    field: &'static str,
    rules: Option<Rules<S>>,
    rule_set: Option<String>,
) -> Result<RulesFrom, Misfit> {
    match (rules, rule_set) {
        (None, None) => Ok(RulesFrom::Files),
        (Some(rules), None) => Ok(RulesFrom::Body {
            field,
            rules: Value::Object(rules.0),
        }),
        (None, Some(rule_set)) => Ok(RulesFrom::Named(rule_set)),
        (Some(_), Some(_)) => Err(Misfit::new(field, "cannot be given together with rule_set")),
    }
}
