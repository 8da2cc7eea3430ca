//! The body of `create_task`.

use std::collections::BTreeMap;

use poem_openapi::Object;
use serde_json::Value;

use crate::http::body::FromBody;
use crate::http::error::Failure;
use crate::http::fields::Fields;
use crate::http::requests::{COUNTDOWN_MAX_S, ModelTypeName, PredictTypeName, queue, rules};
use crate::systems::labelling::LabellingRequest;

/// A labelling request as the callers of this API write it.
pub(crate) struct CreateTask(pub LabellingRequest);

impl FromBody for CreateTask {
    type Schema = CreateTaskBody;
    const REQUIRED: bool = false;

    fn from_body(body: Value) -> Result<Self, Failure> {
        let mut fields = Fields::new(body)?.renamed(usual_case)?;
        let request = LabellingRequest {
            model_type: fields.choice("model_type")?,
            predict_type: fields.parsed("predict_type")?,
            start_time: fields.parsed("start_time")?,
            end_time: fields.parsed("end_time")?,
            source: fields.text("target_schema")?,
            table: fields.text("target_table")?,
            output: fields.text("output_schema")?,
            countdown_s: fields.count("countdown", COUNTDOWN_MAX_S)?.unwrap_or(0),
            queue: queue(&mut fields)?,
            rules: rules(&mut fields, "pattern")?,
            ..LabellingRequest::default()
        };
        fields.finish()?;
        Ok(Self(request))
    }
}

/// Names may be written in capitals, as settings used to be.
fn usual_case(name: &str) -> String {
    if name == name.to_ascii_uppercase() {
        name.to_ascii_lowercase()
    } else {
        name.to_owned()
    }
}

/// All fields are optional. Names may also be written in capitals; unknown names are refused.
#[derive(Object)]
#[oai(rename = "CreateTask", deny_unknown_fields)]
pub(crate) struct CreateTaskBody {
    /// What the rules are: keywords or regular expressions. Default: `keyword_model`, or what
    /// the named `rule_set` is.
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
    /// The source to read, by its name on the server. Default: as set on the server.
    target_schema: Option<String>,
    /// The table to read.
    #[oai(default = "target_table")]
    target_table: String,
    /// Where to publish, by its name on the server. Default: as set on the server.
    output_schema: Option<String>,
    /// Seconds between labelling and publishing.
    #[oai(default, validator(minimum(value = "0"), maximum(value = "604800")))]
    countdown: u32,
    /// Tasks of one queue share a limit of how many run at once.
    #[oai(
        default = "queue1",
        validator(max_length = 64, min_length = 1, pattern = "^[A-Za-z0-9_.-]+$")
    )]
    queue: String,
    /// Rules: `{label: [[text, match_type], …]}` for keywords, where a match type is
    /// `partially`, `start`, `end`, `absolutely` or `exactly`; `{label: [pattern, …]}` for
    /// regular expressions. Not together with `rule_set`. Default: the rule files of the server.
    pattern: Option<BTreeMap<String, Value>>,
    /// A rule set of the server by its name. Not together with `pattern`.
    rule_set: Option<String>,
}

fn target_table() -> String {
    "ts_page_content".to_owned()
}

fn queue1() -> String {
    "queue1".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::labelling::RulesFrom;
    use serde_json::json;

    fn read(body: Value) -> Result<LabellingRequest, String> {
        let read = CreateTask::from_body(body);
        read.map(|task| task.0).map_err(|failure| failure.detail)
    }

    #[test]
    fn names_may_be_written_in_capitals() {
        let request = read(json!({ "QUEUE": "q2", "countdown": 3, "MODEL_TYPE": "rule_model" }));
        let request = request.unwrap();
        assert_eq!(
            (request.queue.as_deref(), request.countdown_s),
            (Some("q2"), 3)
        );
        for (body, expected) in [
            (
                json!({ "QUEUE": "a", "queue": "b" }),
                "queue: is given twice, in two spellings",
            ),
            (
                json!({ "Queue": "a" }),
                "Queue: unknown field; known are model_type, predict_type",
            ),
        ] {
            assert!(read(body).unwrap_err().starts_with(expected), "{expected}");
        }
    }

    #[test]
    fn what_does_not_validate_is_named() {
        for (body, expected) in [
            (json!({ "queue": 1 }), "queue: expected a string, found 1"),
            (
                json!({ "queue": "a b" }),
                "queue: expected 1 to 64 of A-Z a-z 0-9 _ . -",
            ),
            (
                json!({ "queue": "" }),
                "queue: expected 1 to 64 of A-Z a-z 0-9 _ . -",
            ),
            (
                json!({ "countdown": -1 }),
                "countdown: expected a whole number from 0 to 604800",
            ),
            (
                json!({ "countdown": "1" }),
                "countdown: expected a whole number",
            ),
            (
                json!({ "model_type": "x" }),
                "model_type: unknown variant `x`, expected `keyword_model`",
            ),
            (
                json!({ "predict_type": "x" }),
                "predict_type: unknown predict type `x`, expected one of",
            ),
            (
                json!({ "start_time": "soon" }),
                "start_time: `soon` is not a time",
            ),
            (
                json!({ "END_TIME": "2020-13-01" }),
                "end_time: `2020-13-01` is not a time",
            ),
            (
                json!({ "pattern": [] }),
                "pattern: expected an object, found a list",
            ),
            (json!({ "rule_set": {} }), "rule_set: expected a string"),
            (
                json!({ "pattern": {}, "rule_set": "a" }),
                "pattern: cannot be given together with",
            ),
            (
                json!({ "colour": 1 }),
                "colour: unknown field; known are model_type",
            ),
            (json!([]), "body: expected an object"),
        ] {
            let detail = read(body).unwrap_err();
            assert!(detail.starts_with(expected), "{detail}");
        }
    }

    #[test]
    fn everything_may_be_left_out_or_null() {
        for body in [
            Value::Null,
            json!({}),
            json!({ "queue": null, "PATTERN": null }),
        ] {
            let request = read(body).unwrap();
            assert!(request.queue.is_none());
            assert!(matches!(request.rules, RulesFrom::Files));
        }
    }

    #[test]
    fn times_come_in_three_forms() {
        for text in ["2020-01-02", "2020-01-02 00:00:00", "2020-01-02T00:00:00Z"] {
            let request = read(json!({ "start_time": text })).unwrap();
            assert_eq!(
                request.start_time.unwrap().to_string(),
                "2020-01-02 00:00:00"
            );
        }
    }
}
