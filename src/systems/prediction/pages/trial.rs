//! A scrape that was tried: what it has fetched, the rows that would be written, and what is wrong.

use askama::Template;
use serde_json::{Map, Value};

use super::previewing::{TableShown, more};
use super::scrape_data::Trial;
use super::scrape_shown::PageRow;
use super::shown::ProblemRow;
use crate::ui::{Frame, Markup};

/// Where a row of a trial says where it was found.
const PLACE: &str = "_place";

#[derive(Template)]
#[template(path = "systems/prediction/pages/trial.html")]
struct Shown<'s> {
    frame: &'s Frame,
    state: Markup,
    day: &'s str,
    reason: Option<&'s str>,
    pages: Vec<PageRow>,
    tables: Vec<TableShown>,
    problems: Vec<ProblemRow>,
    more_problems: Option<String>,
}

/// What tries the text that it stands below.
#[derive(Template)]
#[template(path = "systems/prediction/pages/trial_button.html")]
struct Button<'b> {
    frame: &'b Frame,
    day: &'b str,
}

/// The button, with the day of the last trial.
pub(super) fn button(frame: &Frame, last: Option<&Trial>) -> Markup {
    let day = last.map_or("", |last| last.day.as_str());
    Markup::rendered(&Button { frame, day })
}

pub(super) fn shown(frame: &Frame, trial: &Trial) -> Markup {
    let state = match trial.outcome.as_str() {
        "cut" => frame.marked("info", &frame.say("scrapes-trial-cut")),
        state => frame.state(state),
    };
    let pages = trial.pages.iter();
    let tables = trial.tables.iter().map(|table| {
        let columns = columns(&table.rows);
        TableShown::of_rows(frame, &table.into, &columns, &table.rows, PLACE)
    });
    let problems = trial.problems.iter().enumerate();
    let problems = problems.map(|(no, problem)| ProblemRow::of(frame, no, problem));
    Markup::rendered(&Shown {
        frame,
        state,
        day: &trial.day,
        reason: trial.reason.as_deref(),
        pages: pages.map(|page| PageRow::of(frame, page)).collect(),
        tables: tables.collect(),
        problems: problems.collect(),
        more_problems: more(frame, trial.problem_count, trial.problems.len()),
    })
}

/// The names of all columns of rows, in the order of the first row that has them.
fn columns(rows: &[Map<String, Value>]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for name in rows.iter().flat_map(Map::keys) {
        if name != PLACE && !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    columns
}
