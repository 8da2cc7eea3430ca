//! The list of runs.

use askama::Template;

use super::data::{RunPage, read};
use super::shown::RunRow;
use crate::ui::{Answer, Asked, Frame, PageError, query};

/// The parameters of the page: those of `GET /v1/runs`, by the same names.
const FILTERS: [&str; 4] = ["project", "state", "task", "trigger"];

const STATES: [&str; 5] = ["queued", "running", "succeeded", "failed", "cancelled"];

#[derive(Template)]
#[template(path = "systems/pipelines/pages/runs.html")]
struct RunsPage<'a> {
    frame: &'a Frame,
    /// Name, value and label of each filter that is a text.
    filters: Vec<(&'static str, String, String)>,
    /// Name, word and whether it is chosen.
    states: Vec<(&'static str, String, bool)>,
    is_filtered: bool,
    fault: Option<&'a str>,
    runs: Vec<RunRow>,
    is_first: bool,
    newest: String,
    next: Option<String>,
}

pub(super) async fn show(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let filters = FILTERS.map(|name| (name, asked.parameter(name)));
    let after = asked.parameter("after");
    let mut parameters = filters.to_vec();
    parameters.push(("after", after.clone()));
    let data = format!("/v1/runs{}", query(&parameters));
    let (page, fault): (RunPage, _) = match asked.get(&data).await {
        Ok(answer) => (read(answer), None),
        Err(fault) if fault.is_of_request() => (RunPage::default(), Some(fault)),
        Err(error) => return Err(error),
    };
    let frame = &asked.frame.clone().with_data(data);
    let with = |more: &[(&str, String)]| {
        let own = filters.iter().cloned();
        let all: Vec<_> = own.chain(more.iter().cloned()).collect();
        frame.path(&format!("/pipelines/runs{}", query(&all)))
    };
    let texts = filters.iter().filter(|(name, _)| *name != "state");
    let texts = texts.map(|(name, value)| {
        let label = frame.say(&format!("pipelines-{name}"));
        (*name, value.clone(), label)
    });
    let chosen = &filters[1].1;
    let state = |state: &'static str| {
        let word = frame.say(&format!("state-{state}"));
        (state, word, state == chosen)
    };
    let template = RunsPage {
        frame,
        filters: texts.collect(),
        states: STATES.map(state).to_vec(),
        is_filtered: !after.is_empty() || filters.iter().any(|(_, value)| !value.is_empty()),
        fault: fault.as_ref().map(|fault| fault.detail.as_str()),
        runs: page.runs.iter().map(|run| RunRow::of(frame, run)).collect(),
        is_first: after.is_empty(),
        newest: with(&[]),
        next: page.next.map(|next| with(&[("after", next)])),
    };
    Answer::page_or_fault(&template, fault.as_ref())
}
