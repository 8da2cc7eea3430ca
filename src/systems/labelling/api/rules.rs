//! Where a request says that its rules come from.

use serde_json::{Map, Value};

use crate::http::body::{DocumentedAs, Misfit};
use crate::systems::labelling::{AskedModel, ModelType, RulesFrom};

/// Labels in the order in which they were given: an earlier label takes precedence.
pub(crate) type Rules<S> = DocumentedAs<Map<String, Value>, S>;

/// Longest pause between labelling and publishing: a week.
pub(crate) const COUNTDOWN_MAX_S: u32 = 7 * 86_400;

/// What labels: a model, or rules that are given in the body, as its member `field`, or by the name of a set.
pub(crate) fn rules<S>(
    field: &'static str,
    rules: Option<Rules<S>>,
    rule_set: Option<String>,
    model: Option<&AskedModel>,
) -> Result<RulesFrom, Misfit> {
    let both = |member, other| {
        let reason = format!("cannot be given together with {other}");
        Err(Misfit::new(member, reason))
    };
    match (rules, rule_set, model) {
        (None, None, _) => Ok(RulesFrom::Files),
        (Some(_), Some(_), _) => both(field, "rule_set"),
        (Some(_), None, Some(_)) => both(field, "model"),
        (None, Some(_), Some(_)) => both("rule_set", "model"),
        (Some(rules), None, None) => Ok(RulesFrom::Body {
            field,
            rules: Value::Object(rules.0),
        }),
        (None, Some(rule_set), None) => Ok(RulesFrom::Named(rule_set)),
    }
}

/// The model that is to label; `None`: rules are to.
pub(crate) fn asked_model(
    model_type: Option<ModelType>,
    model: Option<String>,
    min_score: Option<f64>,
) -> Result<Option<AskedModel>, Misfit> {
    let asked = AskedModel::read(model_type, model, min_score);
    asked.map_err(|(member, reason)| Misfit::new(member, reason))
}
