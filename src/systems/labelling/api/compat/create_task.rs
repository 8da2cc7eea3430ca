//! The body of `create_task`.

use std::collections::BTreeMap;

use poem_openapi::Object;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::http::body::{Body, DocumentedAs, Misfit, Word, queue_name, whole_number};
use crate::systems::labelling::api::rules::{COUNTDOWN_MAX_S, Rules, asked_model, rules};
use crate::systems::labelling::api::words::{ModelTypes, PredictTypes, RowLabelChoices};
use crate::systems::labelling::{LabellingRequest, ModelType, PredictType, Written};

/// All fields are optional. Names may also be written in capitals; unknown names are refused.
#[derive(Object, Deserialize)]
pub(crate) struct CreateTask {
    /// What labels: keywords, regular expressions, a mixed model of both over several fields, or a `model`.
    /// Default: `keyword_model`, or what the named `rule_set` is, or `text_model` with a `model`.
    model_type: Option<Word<ModelTypes>>,
    /// What is matched. Left out where a `mixed_model` names its fields (`in`).
    #[oai(default = "author_name")]
    predict_type: Option<Word<PredictTypes>>,
    /// First moment of the range: `YYYY-MM-DD HH:MM:SS`, ISO 8601, or a date. Default: as set on
    /// the server, usually a year before now.
    start_time: Option<DocumentedAs<Written, String>>,
    /// Last moment of the range, written like `start_time`. Default: as set on the server,
    /// usually now.
    end_time: Option<DocumentedAs<Written, String>>,
    /// The source to read, by its name on the server. Default: as set on the server.
    target_schema: Option<String>,
    /// The table to read.
    #[oai(default = "usual_table")]
    target_table: Option<String>,
    /// Where to publish, by its name on the server. Default: as set on the server.
    output_schema: Option<String>,
    /// Seconds between labelling and publishing.
    #[oai(default, validator(minimum(value = "0"), maximum(value = "604800")))]
    #[serde(default, deserialize_with = "whole_number::<0, COUNTDOWN_MAX_S, _>")]
    countdown: u32,
    /// Tasks of one queue share a limit of how many run at once.
    #[oai(
        default = "usual_queue",
        validator(max_length = 64, min_length = 1, pattern = "^[A-Za-z0-9_.-]+$")
    )]
    #[serde(default, deserialize_with = "queue_name")]
    queue: Option<String>,
    /// Rules: `{label: [[text, match_type], …]}` for keywords, where a match type is
    /// `partially`, `start`, `end`, `absolutely` or `exactly`; `{label: [pattern, …]}` for
    /// regular expressions; for a `mixed_model` a document, as rule sets are written in JSON. Not together
    /// with `rule_set`. Default: the rule files of the server.
    pattern: Option<Rules<BTreeMap<String, Value>>>,
    /// A rule set by its name: `NAME` is the active version when the job is submitted, `NAME@8` that version,
    /// `NAME@newest` the newest one; the version is fixed then. Not together with `pattern`.
    rule_set: Option<String>,
    /// A model of texts that labels instead of rules: `NAME`, `NAME@ALIAS` or `NAME:VERSION`; without either its
    /// alias `champion`. Its labels become panels. The version is fixed when the task is submitted.
    model: Option<String>,
    /// With `model`: what the score of a label has to be at least. Default: any score is enough.
    min_score: Option<f64>,
    /// Which of the labels that match a row it gets: with a `model`, the best one, or all with enough score.
    /// Default: as the rule set says, else `first`.
    row_labels: Option<Word<RowLabelChoices>>,
}

/// What the document names as defaults; what is left out in fact comes from the settings.
fn author_name() -> Option<Word<PredictTypes>> {
    Some(Word(PredictType::AuthorName))
}

fn usual_table() -> Option<String> {
    Some("ts_page_content".to_owned())
}

fn usual_queue() -> Option<String> {
    Some("queue1".to_owned())
}

impl Body for CreateTask {
    const REQUIRED: bool = false;

    /// Names may be written in capitals, as settings used to be.
    fn normalize(body: Value) -> Result<Value, Misfit> {
        with_names(body, |name| {
            if name == name.to_ascii_uppercase() {
                name.to_ascii_lowercase()
            } else {
                name.to_owned()
            }
        })
    }
}

/// The body with the names of its members changed; two that become one are refused.
pub(super) fn with_names(body: Value, rename: impl Fn(&str) -> String) -> Result<Value, Misfit> {
    let Value::Object(given) = body else {
        return Ok(body);
    };
    let mut members = Map::new();
    for (name, value) in given {
        let name = rename(&name);
        if members.contains_key(&name) {
            return Err(Misfit::new(&name, "is given twice, in two spellings"));
        }
        members.insert(name, value);
    }
    Ok(Value::Object(members))
}

impl CreateTask {
    /// The request as the system knows it.
    pub fn into_request(self) -> Result<LabellingRequest, Misfit> {
        let model_type = self.model_type.map(|word| word.0);
        let model = asked_model(model_type, self.model, self.min_score)?;
        Ok(LabellingRequest {
            rule_kind: model_type.and_then(ModelType::of_rules),
            is_mixed: model_type == Some(ModelType::MixedModel),
            predict_type: self.predict_type.map(|word| word.0),
            start_time: self.start_time.map(|moment| moment.0),
            end_time: self.end_time.map(|moment| moment.0),
            source: self.target_schema,
            table: self.target_table,
            output: self.output_schema,
            countdown_s: self.countdown,
            queue: self.queue,
            rules: rules("pattern", self.pattern, self.rule_set, model.as_ref())?,
            model,
            row_labels: self.row_labels.map(|word| word.0),
            ..LabellingRequest::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body;
    use crate::systems::labelling::RulesFrom;
    use crate::systems::labelling::Zone;
    use serde_json::json;

    fn read(body: Value) -> Result<LabellingRequest, String> {
        let read = body::read::<CreateTask>(body).and_then(CreateTask::into_request);
        read.map_err(|misfit| misfit.to_string())
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
                "model_type: expected keyword_model, rule_model, mixed_model or text_model, found `x`",
            ),
            (
                json!({ "predict_type": "x" }),
                "predict_type: expected author_name, content, title or s_area_id, found `x`",
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
                json!({ "MODEL_TYPE": "text_model" }),
                "model: is missing; expected NAME",
            ),
            (
                json!({ "pattern": {}, "model": "sentiment" }),
                "pattern: cannot be given together with model",
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
        for body in [json!({}), json!({ "queue": null, "PATTERN": null })] {
            let request = read(body).unwrap();
            assert!(request.queue.is_none());
            assert!(matches!(request.rules, RulesFrom::Files));
        }
    }

    #[test]
    fn times_come_in_three_forms() {
        for text in ["2020-01-02", "2020-01-02 00:00:00", "2020-01-02T00:00:00Z"] {
            let request = read(json!({ "start_time": text })).unwrap();
            let start = request.start_time.unwrap().in_zone(Zone::UTC).unwrap();
            assert_eq!(start.to_string(), "2020-01-02 00:00:00");
        }
    }
}
