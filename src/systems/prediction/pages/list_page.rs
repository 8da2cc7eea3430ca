//! The list of imports.

use askama::Template;

use super::super::importing::FLOW;
use super::data::{Import, ImportPage, read};
use super::room::ROOT;
use super::shown::{counts, import_path, mapping_of, mapping_path, moment, state};
use super::waiting::waiting;
use crate::ui::{Answer, Asked, Frame, Markup, PageError, number, query};

/// The parameters of the page: those of `GET /v1/imports`, by the same names.
const FILTERS: [&str; 2] = ["file", "mapping"];

#[derive(Template)]
#[template(path = "systems/prediction/pages/list.html")]
struct ListPage<'a> {
    frame: &'a Frame,
    /// Name, value and label.
    filters: Vec<(&'static str, String, String)>,
    is_filtered: bool,
    fault: Option<&'a str>,
    waiting: Markup,
    rows: Vec<Row>,
    is_first: bool,
    newest: String,
    next: Option<String>,
}

struct Row {
    href: String,
    file: String,
    state: Markup,
    reason: Option<String>,
    mapping: String,
    mapping_href: Option<String>,
    counts: [String; 4],
    problems: u64,
    problem_count: String,
    by: String,
    ago: Markup,
    exact: Markup,
}

pub(super) async fn show(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let filters = FILTERS.map(|name| (name, asked.parameter(name)));
    let after = asked.parameter("after");
    let mut parameters = filters.to_vec();
    parameters.push(("after", after.clone()));
    let data = format!("/v1/imports{}", query(&parameters));
    let (page, fault): (ImportPage, _) = match asked.get(&data).await {
        Ok(answer) => (read(answer), None),
        Err(fault) if fault.is_of_request() => (ImportPage::default(), Some(fault)),
        Err(error) => return Err(error),
    };
    let waiting = match after.is_empty() {
        true => waiting(asked, FLOW, "imports-file", None).await,
        false => Markup::default(),
    };
    let frame = &asked.frame.clone().with_data(data);
    let with = |more: &[(&str, String)]| {
        let own = filters.iter().cloned();
        let all: Vec<_> = own.chain(more.iter().cloned()).collect();
        frame.path(&format!("{ROOT}{}", query(&all)))
    };
    let labels = filters.iter();
    let labels = labels.map(|(name, value)| {
        let label = frame.say(&format!("imports-{name}"));
        (*name, value.clone(), label)
    });
    let template = ListPage {
        frame,
        filters: labels.collect(),
        is_filtered: filters.iter().any(|(_, value)| !value.is_empty()) || !after.is_empty(),
        fault: fault.as_ref().map(|fault| fault.detail.as_str()),
        waiting,
        rows: page.imports.iter().map(|one| row(frame, one)).collect(),
        is_first: after.is_empty(),
        newest: with(&[]),
        next: page.next.map(|next| with(&[("after", next)])),
    };
    Answer::page_or_fault(&template, fault.as_ref())
}

fn row(frame: &Frame, import: &Import) -> Row {
    let (ago, exact) = moment(frame, &import.at);
    let has_version = import.mapping_version.is_some();
    Row {
        href: frame.path(&import_path(&import.id)),
        file: import.file.clone(),
        state: state(frame, &import.state),
        reason: import.reason.clone(),
        mapping: mapping_of(import),
        mapping_href: has_version.then(|| frame.path(&mapping_path(&import.mapping))),
        counts: counts(import.rows),
        problems: import.problems,
        problem_count: number(import.problems),
        by: import.started_by.clone().unwrap_or_else(|| "–".to_owned()),
        ago,
        exact,
    }
}
