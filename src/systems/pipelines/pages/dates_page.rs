//! Dates by tasks: what is made, missing, failed and running, and a run of what is chosen.

use std::collections::BTreeMap;

use askama::Template;
use chrono::{Datelike, Days, NaiveDate};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::data::{Project, Run, read};
use super::room::ROOT;
use super::shown::{counted, run_path};
use crate::ui::{Answer, Asked, Frame, PageError, encoded, find, look, query};

/// What stands between the task and the date of a cell that is chosen: no task has it in its name.
const BETWEEN: char = ' ';

#[derive(Default, Deserialize)]
#[serde(default)]
struct DayTable {
    from: String,
    to: String,
    tasks: Vec<DayTask>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DayTask {
    task: String,
    param: String,
    days: Vec<DayCell>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DayCell {
    date: String,
    state: String,
    states: BTreeMap<String, u64>,
    job_id: Option<String>,
}

#[derive(Template)]
#[template(path = "systems/pipelines/pages/dates.html")]
struct DatesPage<'a> {
    frame: &'a Frame,
    project: &'a str,
    project_href: String,
    here: String,
    from: &'a str,
    to: &'a str,
    earlier: Option<String>,
    later: Option<String>,
    /// The day of the month, the whole date, and whether it is the first of a month or a Monday.
    days: Vec<(u32, String, bool)>,
    rows: Vec<Row>,
    key: Vec<(&'static str, String)>,
    may_operate: bool,
    fault: Option<&'a str>,
}

struct Row {
    task: String,
    href: String,
    can_choose: bool,
    cells: Vec<Option<CellShown>>,
}

struct CellShown {
    look: &'static str,
    text: String,
    href: Option<String>,
    /// What is sent if it is chosen; `None`: there is nothing to make.
    value: Option<String>,
}

pub(super) async fn show(
    asked: &Asked<'_>,
    project: &str,
    fault: Option<PageError>,
) -> Result<Answer, PageError> {
    let path = format!("/v1/projects/{}", encoded(project));
    let known: Project = read(asked.get(&path).await?);
    let (from, to) = (asked.parameter("from"), asked.parameter("to"));
    let parameters = query(&[("from", from.as_str()), ("to", to.as_str())]);
    let data = format!("{path}/dates{parameters}");
    let (table, fault): (DayTable, _) = match asked.get(&data).await {
        Ok(table) => (read(table), fault),
        Err(fault) if fault.is_of_request() => {
            let table = DayTable {
                from,
                to,
                ..DayTable::default()
            };
            (table, Some(fault))
        }
        Err(error) => return Err(error),
    };
    let frame = &asked.frame.clone().with_data(data);
    let days = days(&table);
    let project_path = format!("{ROOT}/{}", encoded(&known.project));
    let here = format!("{project_path}/dates");
    let moved = |from: Option<NaiveDate>, to: Option<NaiveDate>| {
        let (from, to) = (from?.to_string(), to?.to_string());
        let parameters = query(&[("from", from.as_str()), ("to", to.as_str())]);
        Some(frame.path(&format!("{here}{parameters}")))
    };
    let length = Days::new(days.len() as u64);
    let (first, last) = (days.first().copied(), days.last().copied());
    let before = |day: Option<NaiveDate>| day?.checked_sub_days(length);
    let after = |day: Option<NaiveDate>| day?.checked_add_days(length);
    let rows = table.tasks.iter();
    let page = DatesPage {
        frame,
        project: &known.project,
        rows: rows
            .map(|row| Row::of(frame, (&known, &project_path), row, &days))
            .collect(),
        project_href: frame.path(&project_path),
        earlier: moved(before(first), before(last)),
        later: moved(after(first), after(last)),
        here: frame.path(&here),
        from: &table.from,
        to: &table.to,
        days: days
            .iter()
            .map(|day| {
                let begins = day.day() == 1 || day.weekday() == chrono::Weekday::Mon;
                (day.day(), day.to_string(), begins)
            })
            .collect(),
        key: key(frame),
        may_operate: frame.may_operate(),
        fault: fault.as_ref().map(|fault| fault.detail.as_str()),
    };
    Answer::page_or_fault(&page, fault.as_ref())
}

/// Starts a run of the cells that were chosen.
pub(super) async fn start(asked: &Asked<'_>, project: &str) -> Result<Answer, PageError> {
    let form = asked.form();
    let path = format!("/v1/projects/{}", encoded(project));
    let known: Project = read(asked.get(&path).await?);
    let chosen = form.iter().filter(|(name, _)| name == "cell");
    let targets: Vec<Value> = chosen
        .filter_map(|(_, cell)| target(&known, cell))
        .collect();
    let mut body = json!({
        "targets": targets,
        "newest_first": find(&form, "newest_first").is_some(),
    });
    let at_once = find(&form, "at_once").filter(|count| !count.is_empty());
    if let Some(count) = at_once {
        // What is no number is refused by the call, in its words.
        let number = count.parse::<u64>().map(Value::from);
        body["at_once"] = number.unwrap_or_else(|_| Value::from(count));
    }
    match asked.post(&format!("{path}/runs"), Some(&body)).await {
        Ok(answer) => {
            let run: Run = read(answer.body);
            Ok(asked.elsewhere(&run_path(&run.id)))
        }
        Err(error) if error.is_of_request() => show(asked, project, Some(error)).await,
        Err(error) => Err(error),
    }
}

/// What a cell asks for: a task on a day.
fn target(project: &Project, cell: &str) -> Option<Value> {
    let (task, date) = cell.split_once(BETWEEN)?;
    let task = project.tasks.iter().find(|known| known.task == task)?;
    let of_kind = |kind: &str| task.params.iter().find(|param| param.kind == kind);
    let param = ["date", "hour", "month"].into_iter().find_map(of_kind)?;
    let value = match param.kind.as_str() {
        "hour" => format!("{date}T00..{date}T23"),
        "month" => date.get(..7)?.to_owned(),
        _ => date.to_owned(),
    };
    let params = Map::from_iter([(param.param.clone(), Value::from(value))]);
    Some(json!({ "task": task.task, "params": params }))
}

fn days(table: &DayTable) -> Vec<NaiveDate> {
    let read = |day: &str| day.parse::<NaiveDate>().ok();
    let (Some(from), Some(to)) = (read(&table.from), read(&table.to)) else {
        return Vec::new();
    };
    /// As many as the call shows.
    const MOST: usize = 92;
    let days = from.iter_days().take_while(|day| *day <= to);
    days.take(MOST).collect()
}

/// States that cells show, with their words.
fn key(frame: &Frame) -> Vec<(&'static str, String)> {
    let states = [
        "complete", "run", "running", "wait", "blocked", "failed", "missing",
    ];
    let shown = states.map(|state| (look(state), frame.say(&format!("state-{state}"))));
    shown.to_vec()
}

impl Row {
    fn of(
        frame: &Frame,
        (project, path): (&Project, &str),
        row: &DayTask,
        days: &[NaiveDate],
    ) -> Self {
        let mut tasks = project.tasks.iter();
        let task = tasks.find(|task| task.task == row.task);
        let is_made = task.is_some_and(|task| task.body.is_some() || !task.requires.is_empty());
        let cell = |day: &NaiveDate| {
            let date = day.to_string();
            let cell = row.days.iter().find(|cell| cell.date == date)?;
            Some(CellShown::of(frame, &row.task, cell, is_made))
        };
        let cells: Vec<Option<CellShown>> = days.iter().map(cell).collect();
        let range = days.first().zip(days.last());
        let range = range.map(|(first, last)| format!("{first}..{last}"));
        let range = query(&[(row.param.as_str(), range.unwrap_or_default())]);
        let can_choose = cells.iter().flatten().any(|cell| cell.value.is_some());
        Self {
            href: frame.path(&format!("{path}/tasks/{}{range}", encoded(&row.task))),
            task: row.task.clone(),
            can_choose,
            cells,
        }
    }
}

impl CellShown {
    fn of(frame: &Frame, task: &str, cell: &DayCell, is_made: bool) -> Self {
        let can_make = matches!(
            cell.state.as_str(),
            "run" | "failed" | "cancelled" | "skipped" | "blocked"
        );
        let states = cell.states.iter();
        let states = states.map(|(state, count)| counted(frame, state, *count));
        let states = states.collect::<Vec<_>>().join(", ");
        Self {
            look: look(&cell.state),
            text: format!("{task} {}: {states}", cell.date),
            href: cell
                .job_id
                .as_deref()
                .map(|job| frame.path(&format!("/jobs/{job}"))),
            value: (can_make && is_made && frame.may_operate())
                .then(|| format!("{task}{BETWEEN}{}", cell.date)),
        }
    }
}
