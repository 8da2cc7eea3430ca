//! A job that scores a table: how it is started, what it asks for, and what became of the rows.

use askama::Template;
use serde_json::Value;

use super::super::predicting::FLOW;
use crate::ui::{
    FlowPages, Frame, JobPart, JobSummary, JobView, Markup, NewJobForm, encoded, number,
    submitted_as,
};

pub(super) struct PredictionPages;

static FORM: NewJobForm = NewJobForm {
    title: "predictions-new",
    note: "predictions-new-note",
    first: &["model", "from", "key", "into"],
    has_queue: true,
    can_be_checked: true,
    call: |request, queue| submitted_as(FLOW, request, queue),
};

#[derive(Template)]
#[template(path = "systems/prediction/pages/prediction_job.html")]
struct Main<'a> {
    frame: &'a Frame,
    figures: Vec<(String, String)>,
    /// Where the rows are downloaded.
    result: String,
}

impl FlowPages for PredictionPages {
    fn flow(&self) -> &'static str {
        FLOW
    }

    fn icon(&self) -> &'static str {
        "stack"
    }

    fn name(&self) -> &'static str {
        "predictions"
    }

    fn digest(&self, job: &JobSummary) -> Vec<String> {
        let into = job.asked("into").map(str::to_owned);
        [model(job), into].into_iter().flatten().collect()
    }

    fn form(&self) -> Option<&'static NewJobForm> {
        Some(&FORM)
    }

    /// The same version, whatever its aliases point to by now.
    fn again(&self, job: &JobSummary) -> Vec<(&'static str, String)> {
        let text = |member: &'static str| match &job.request[member] {
            Value::Null => None,
            Value::String(text) => Some((member, text.clone())),
            value => Some((member, value.to_string())),
        };
        let others = ["from", "key", "columns", "keep", "into", "output", "queue"];
        let model = model(job).map(|model| ("model", model));
        let others = others.into_iter().filter_map(text);
        model.into_iter().chain(others).collect()
    }

    fn found(&self, frame: &Frame, checked: &Value) -> Vec<(String, String)> {
        let (found, request) = (&checked["found"], &checked["request"]);
        let count = |member: &str| found[member].as_u64().map(number).unwrap_or_default();
        let is_there = match found["into_is_there"].as_bool() {
            Some(true) => "predictions-into-there",
            _ => "predictions-into-new",
        };
        let text = |member: &str| request[member].as_str().unwrap_or_default();
        let version = &request["model_version"];
        let facts = [
            ("predictions-model", format!("{}:{version}", text("model"))),
            ("predictions-rows", count("rows")),
            ("predictions-left-out", count("without_key")),
            ("predictions-into", text("into").to_owned()),
            ("predictions-into-state", frame.say(is_there)),
        ];
        let facts = facts.into_iter();
        facts
            .map(|(name, value)| (frame.say(name), value))
            .collect()
    }

    fn part(&self, view: &JobView<'_>) -> JobPart {
        let frame = view.frame;
        let figures = &view.job.detail.figures;
        let main = match figures.is_null() {
            true => Markup::default(),
            false => {
                let id = encoded(&view.job.summary.id);
                Markup::rendered(&Main {
                    frame,
                    figures: counts(frame, figures),
                    result: frame.path(&format!("/v1/jobs/{id}/result")),
                })
            }
        };
        JobPart {
            main,
            request: request(frame, &view.job.summary),
            ..JobPart::default()
        }
    }
}

/// With the version that was fixed.
fn model(job: &JobSummary) -> Option<String> {
    let name = job.asked("model")?;
    Some(match job.request["model_version"].as_i64() {
        Some(version) => format!("{name}:{version}"),
        None => name.to_owned(),
    })
}

fn counts(frame: &Frame, figures: &Value) -> Vec<(String, String)> {
    let counts = [
        ("predictions-scored", "scored"),
        ("predictions-failed", "failed"),
        ("predictions-left-out", "left_out"),
    ];
    let counts = counts.into_iter().map(|(name, member)| {
        let count = figures[member].as_u64().unwrap_or_default();
        (frame.say(name), number(count))
    });
    counts.collect()
}

/// What was asked for, as far as people look for it.
fn request(frame: &Frame, job: &JobSummary) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let asked = &job.request;
    let facts = [
        ("predictions-model", model(job)),
        ("predictions-source", text(&asked["from"]["source"])),
        ("predictions-import", text(&asked["from"]["import"])),
        ("predictions-table", text(&asked["from"]["table"])),
        ("predictions-key", text(&asked["key"])),
        ("predictions-into", text(&asked["into"])),
        ("predictions-output", text(&asked["output"])),
    ];
    let facts = facts.into_iter();
    let facts = facts.filter_map(|(name, value)| Some((frame.say(name), value?)));
    facts.collect()
}
