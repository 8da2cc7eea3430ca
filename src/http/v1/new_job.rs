//! The body of `POST /v1/jobs`.

use std::collections::BTreeMap;

use poem_openapi::{Enum, Object};
use serde_json::Value;

use crate::http::body::FromBody;
use crate::http::error::Failure;
use crate::http::fields::Fields;
use crate::http::requests::{COUNTDOWN_MAX_S, ModelTypeName, PredictTypeName, queue, rules};
use crate::systems::labelling::{AuthorConflict, LabellingRequest, RowLabels};

/// What to run. Another flow becomes another variant.
#[derive(Debug)]
pub(super) enum NewJob {
    Labelling(LabellingRequest),
}

impl FromBody for NewJob {
    type Schema = NewJobBody;
    const REQUIRED: bool = true;

    fn from_body(body: Value) -> Result<Self, Failure> {
        let mut fields = Fields::new(body)?;
        let queue = queue(&mut fields)?;
        let labelling = fields.nested("labelling")?;
        fields.finish()?;
        let Some(labelling) = labelling else {
            return Err(Failure::invalid(
                "body: expected exactly one flow: labelling",
            ));
        };
        let request = labelling_request(labelling)?;
        Ok(Self::Labelling(LabellingRequest { queue, ..request }))
    }
}

fn labelling_request(mut fields: Fields) -> Result<LabellingRequest, Failure> {
    let request = LabellingRequest {
        source: fields.text("source")?,
        table: fields.text("table")?,
        output: fields.text("output")?,
        model_type: fields.choice("model_type")?,
        predict_type: fields.parsed("predict_type")?,
        start_time: fields.parsed("start_time")?,
        end_time: fields.parsed("end_time")?,
        rules: rules(&mut fields, "rules")?,
        row_labels: fields.choice("row_labels")?,
        author_conflict: fields.choice("author_conflict")?,
        countdown_s: fields.count("countdown_s", COUNTDOWN_MAX_S)?.unwrap_or(0),
        ..LabellingRequest::default()
    };
    fields.finish()?;
    Ok(request)
}

/// A job to be run: exactly one flow.
#[derive(Object)]
#[oai(rename = "NewJob", deny_unknown_fields)]
pub(super) struct NewJobBody {
    /// Label a table of posts and publish panels.
    labelling: Option<LabellingBody>,
    /// Jobs of one queue share a limit of how many run at once. Default: `queue1`.
    #[oai(validator(max_length = 64, min_length = 1, pattern = "^[A-Za-z0-9_.-]+$"))]
    queue: Option<String>,
}

/// What to label, by which rules, and where to publish.
#[derive(Object)]
#[oai(rename = "Labelling", deny_unknown_fields)]
struct LabellingBody {
    /// The source to read, by its name on the server. Default: as set on the server.
    source: Option<String>,
    /// The table to read. Default: as set on the server.
    table: Option<String>,
    /// Where to publish, by its name on the server. Default: as set on the server.
    output: Option<String>,
    /// What the rules are. Default: `keyword_model`, or what the named `rule_set` is.
    model_type: Option<ModelTypeName>,
    /// What is matched.
    #[oai(default)]
    predict_type: PredictTypeName,
    /// First moment of the range: `YYYY-MM-DD HH:MM:SS`, ISO 8601, or a date. Default: as set on
    /// the server, usually a year before now.
    start_time: Option<String>,
    /// Last moment of the range, written like `start_time`. Default: as set on the server,
    /// usually now.
    end_time: Option<String>,
    /// Rules: `{label: [[text, match_type], …]}` for keywords, where a match type is
    /// `partially`, `start`, `end`, `absolutely` or `exactly`; `{label: [pattern, …]}` for
    /// regular expressions. Not together with `rule_set`. Default: the rule files of the server.
    rules: Option<BTreeMap<String, Vec<Value>>>,
    /// A rule set of the server by its name. Not together with `rules`.
    rule_set: Option<String>,
    /// Which of the labels that match a row it gets. Default: as the rule set says.
    row_labels: Option<RowLabelsName>,
    /// Which label an author keeps. Default: as the rule set says.
    author_conflict: Option<AuthorConflictName>,
    /// Seconds between labelling and publishing.
    #[oai(default, validator(minimum(value = "0"), maximum(value = "604800")))]
    countdown_s: u32,
}

/// Which of the matching labels a row gets.
#[derive(Enum)]
#[oai(rename = "RowLabels", rename_all = "snake_case", remote = "RowLabels")]
enum RowLabelsName {
    First,
    All,
}

/// Which label an author keeps in a set whose labels exclude each other.
#[derive(Enum)]
#[oai(
    rename = "AuthorConflict",
    rename_all = "snake_case",
    remote = "AuthorConflict"
)]
enum AuthorConflictName {
    MajorityDropTies,
    MajorityFirst,
    KeepAll,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_job_is_exactly_one_flow() {
        for body in [
            Value::Null,
            json!({}),
            json!({ "labelling": null }),
            json!({ "queue": "a" }),
        ] {
            let failure = NewJob::from_body(body).unwrap_err();
            assert_eq!(failure.detail, "body: expected exactly one flow: labelling");
        }
        NewJob::from_body(json!({ "labelling": {} })).unwrap();
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        for (labelling, expected) in [
            (
                json!({ "row_labels": "some" }),
                "labelling.row_labels: unknown variant `some`",
            ),
            (
                json!({ "author_conflict": 1 }),
                "labelling.author_conflict: expected a string",
            ),
            (
                json!({ "queue": "a" }),
                "labelling.queue: unknown field; known are source",
            ),
            (
                json!({ "rules": {}, "rule_set": "a" }),
                "labelling.rules: cannot be given together",
            ),
            (json!([]), "labelling: expected an object, found a list"),
        ] {
            let failure = NewJob::from_body(json!({ "labelling": labelling })).unwrap_err();
            assert!(failure.detail.starts_with(expected), "{}", failure.detail);
        }
    }
}
