//! What the bodies of both APIs have in common.

use poem_openapi::Enum;

use super::error::Failure;
use super::fields::Fields;
use crate::systems::labelling::{ModelType, PredictType, RulesFrom};

/// Longest pause between labelling and publishing: a week.
pub(crate) const COUNTDOWN_MAX_S: u32 = 7 * 86_400;

const QUEUE_CHARS_MAX: usize = 64;

/// What rules are.
#[derive(Enum)]
#[oai(rename = "ModelType", rename_all = "snake_case", remote = "ModelType")]
pub(crate) enum ModelTypeName {
    KeywordModel,
    RuleModel,
}

/// What is matched.
#[derive(Enum, Default)]
#[oai(
    rename = "PredictType",
    rename_all = "snake_case",
    remote = "PredictType"
)]
pub(crate) enum PredictTypeName {
    #[default]
    AuthorName,
    Content,
    Title,
    SAreaId,
}

/// Name of a queue.
pub(crate) fn queue(fields: &mut Fields) -> Result<Option<String>, Failure> {
    let queue = fields.text("queue")?;
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    match queue {
        Some(queue)
            if !(1..=QUEUE_CHARS_MAX).contains(&queue.len()) || !queue.bytes().all(usual) =>
        {
            Err(fields.invalid("queue", "expected 1 to 64 of A-Z a-z 0-9 _ . -"))
        }
        queue => Ok(queue),
    }
}

/// Rules given in the body, under `body`, or by the name of a set.
pub(crate) fn rules(fields: &mut Fields, body: &'static str) -> Result<RulesFrom, Failure> {
    let rules = fields.object(body)?;
    match (rules, fields.text("rule_set")?) {
        (None, None) => Ok(RulesFrom::Files),
        (Some(rules), None) => Ok(RulesFrom::Body(rules)),
        (None, Some(name)) => Ok(RulesFrom::Named(name)),
        (Some(_), Some(_)) => Err(fields.invalid(body, "cannot be given together with rule_set")),
    }
}
