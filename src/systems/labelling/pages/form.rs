//! Starting a labelling from a form.

use serde_json::Value;

use super::super::FLOW;
use crate::ui::{Example, Frame, JobSummary, NewJobForm, number, submitted_as};

pub(super) static FORM: NewJobForm = NewJobForm {
    title: "labelling-new",
    note: "labelling-new-note",
    first: &[
        "source",
        "table",
        "predict_type",
        "rule_set",
        "start_time",
        "end_time",
    ],
    has_queue: true,
    can_be_checked: true,
    call: |request, queue| submitted_as(FLOW, request, queue),
};

/// Members of the request as it was understood, and those of a new one.
const AGAIN: [(&str, &str); 14] = [
    ("target_schema", "source"),
    ("target_table", "table"),
    ("output_schema", "output"),
    ("model_type", "model_type"),
    ("predict_type", "predict_type"),
    ("start_time", "start_time"),
    ("end_time", "end_time"),
    ("rule_set", "rule_set"),
    ("model", "model"),
    ("min_score", "min_score"),
    ("row_labels", "row_labels"),
    ("author_conflict", "author_conflict"),
    ("countdown", "countdown_s"),
    ("queue", "queue"),
];

pub(super) fn again(job: &JobSummary) -> Vec<(&'static str, String)> {
    // A set that names its fields leaves nothing to ask for.
    let has_fields = job.request.get("in").is_some();
    let members = AGAIN.iter();
    let members = members.filter(|(member, _)| !(has_fields && *member == "predict_type"));
    let asked = members.filter_map(|(member, name)| {
        let value = match job.request.get(*member)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some((*name, value))
    });
    asked.collect()
}

/// The bundled sample, as the shipped settings name it.
const SAMPLE: [(&str, &str); 3] = [
    ("source", "sample"),
    ("table", "ts_page_content"),
    ("rule_set", "interests"),
];

/// What the sample and its rules are good for: a message, and what is asked for.
const EXAMPLES: [(&str, &[(&str, &str)]); 3] = [
    (
        "labelling-example-authors",
        &[
            ("source", "sample"),
            ("table", "ts_page_content"),
            ("model_type", "keyword_model"),
            ("predict_type", "author_name"),
        ],
    ),
    (
        "labelling-example-interests",
        &[
            ("source", "sample"),
            ("table", "ts_page_content"),
            ("predict_type", "content"),
            ("rule_set", "interests"),
        ],
    ),
    (
        "labelling-example-patterns",
        &[
            ("source", "sample"),
            ("table", "ts_page_content"),
            ("model_type", "rule_model"),
            ("predict_type", "content"),
        ],
    ),
];

/// None where the sample is not among what there is to choose from.
pub(super) fn examples(frame: &Frame, schema: &Value) -> Vec<Example> {
    let is_offered = |(member, name): &(&str, &str)| {
        let mut offered = schema["properties"][*member]["enum"]
            .as_array()
            .into_iter()
            .flatten();
        offered.any(|offered| offered == name)
    };
    if !SAMPLE.iter().all(is_offered) {
        return Vec::new();
    }
    let example = |(message, values): &(&str, &'static [(&str, &str)])| Example {
        title: frame.say(message),
        text: frame.say(&format!("{message}-note")),
        values,
    };
    EXAMPLES.iter().map(example).collect()
}

/// What a labelling would do.
pub(super) fn found(frame: &Frame, checked: &Value) -> Vec<(String, String)> {
    let (found, request) = (&checked["found"], &checked["request"]);
    let rows = match (found["rows"].as_u64(), &found["rows_are_exact"]) {
        (Some(rows), Value::Bool(true)) => number(rows),
        (Some(rows), _) => frame.words.with("labelling-about", "n", number(rows)),
        (None, _) => frame.say("labelling-rows-unknown"),
    };
    let list = |member: &str| {
        let texts = found[member].as_array().into_iter().flatten();
        let texts: Vec<&str> = texts.filter_map(Value::as_str).collect();
        texts.join(" · ")
    };
    let text = |member: &str| request[member].as_str().unwrap_or_default().to_owned();
    let by = match request["model"].as_str() {
        Some(model) => [
            ("labelling-model", model.to_owned()),
            (
                "labelling-model-version",
                request["model_version"].to_string(),
            ),
        ],
        None => [
            ("labelling-rule-set", text("rule_set")),
            (
                "labelling-rules",
                found["rules"].as_u64().map(number).unwrap_or_default(),
            ),
        ],
    };
    let table = format!("{}.{}", text("target_schema"), text("target_table"));
    let range = [
        ("labelling-rows-in-range", rows),
        ("labelling-range", text("date_range")),
        ("labelling-table", table),
    ];
    let outcome = [
        ("labelling-labels", list("labels")),
        ("labelling-groups", list("groups")),
        ("labelling-output", text("output_schema")),
    ];
    let all = range.into_iter().chain(by).chain(outcome);
    all.map(|(name, value)| (frame.say(name), value)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::systems::labelling::api::v1::request::Labelling;

    #[test]
    fn a_form_that_is_filled_from_a_job_asks_for_what_can_be_asked() {
        let mut request = json!({ "queue": "a", "rules": 61, "labels": ["a"], "task_id": "x" });
        for (member, _) in AGAIN {
            request[member] = match member {
                "countdown" => 7.into(),
                "min_score" => json!(0.5),
                "model_type" => "keyword_model".into(),
                "predict_type" => "content".into(),
                "row_labels" => "all".into(),
                "author_conflict" => "keep_all".into(),
                "start_time" | "end_time" => "2020-01-01 00:00:00".into(),
                member => member.into(),
            };
        }
        let job = JobSummary {
            request,
            ..JobSummary::default()
        };
        let mut new = serde_json::Map::new();
        for (name, value) in again(&job) {
            let value = match name {
                "countdown_s" => json!(7),
                "min_score" => json!(0.5),
                _ => value.into(),
            };
            new.insert(name.to_owned(), value);
        }
        new.shift_remove("queue");
        assert_eq!(new.len(), AGAIN.len() - 1);
        assert!(crate::http::body::read::<Labelling>(new.into()).is_ok());
    }
}
