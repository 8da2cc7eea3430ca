//! What is made of a project's tasks on each day.

use std::collections::BTreeMap;

use chrono::{Days as Length, NaiveDate, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Groups;
use crate::http::Who;
use crate::http::body::Word;
use crate::http::error::Failure;
use crate::systems::pipelines::api::scope;
use crate::systems::pipelines::api::words::NodeStates;
use crate::systems::pipelines::dates::{Cell, Days, TaskDays};
use crate::systems::pipelines::pipelines::Pipelines;

/// The operations.
pub(crate) struct DatesApi(pub Pipelines);

/// Days that are shown if none are named, and at most.
const USUAL: u64 = 28;
const DAYS_MAX: i64 = 92;

/// The tasks of a project that are made by days.
#[derive(Object)]
struct DayTable {
    /// The first day.
    from: String,
    /// The last day.
    to: String,
    /// In the order of the file: those with a parameter of the type `date`, `hour` or `month`, whose other
    /// parameters have values without being given.
    tasks: Vec<DayTask>,
}

/// A task on each day.
#[derive(Object)]
struct DayTask {
    task: String,
    /// The parameter that says which day.
    param: String,
    /// Days with instances, oldest first; a month stands at its first day.
    days: Vec<DayCell>,
}

/// The instances of a task on a day.
#[derive(Object)]
struct DayCell {
    date: String,
    /// Of the instance that most needs a look. What is there is `complete`; `run`: it is not there, and can
    /// be made; `missing`: others make it, and it is not there.
    state: Word<NodeStates>,
    /// How many instances there are in each state.
    states: BTreeMap<String, u32>,
    /// The last job of an instance in that state; null: there is none, or it was long ago.
    job_id: Option<String>,
}

#[OpenApi(tag = "Groups::Pipelines")]
impl DatesApi {
    /// See what is made on each day
    ///
    /// Of each task that is made by days: what is there, what is missing, what runs and what has failed.
    /// Outputs are looked at as for a plan.
    #[oai(
        path = "/v1/projects/:project/dates",
        method = "get",
        operation_id = "get_project_dates"
    )]
    async fn get_project_dates(
        &self,
        who: Who,
        project: Path<String>,
        /// The first day, such as `2026-11-01`; 27 days before the last one if it is left out.
        from: Query<Option<String>>,
        /// The last day; today, in the zone of the project, if it is left out. At most 92 days are shown.
        to: Query<Option<String>>,
    ) -> poem::Result<Json<DayTable>> {
        let known = scope::project(&self.0, &who, &project)?;
        let today = Utc::now()
            .with_timezone(&known.project.timezone)
            .date_naive();
        let to = read("to", to.0)?.unwrap_or(today);
        let usual = to.checked_sub_days(Length::new(USUAL - 1));
        let from = read("from", from.0)?.or(usual).unwrap_or(to);
        let length = (to - from).num_days() + 1;
        if !(1..=DAYS_MAX).contains(&length) {
            let expected = format!("from: expected 1 to {DAYS_MAX} days until `to`");
            return Err(Failure::invalid(expected).into());
        }
        let rows = self.0.days(known, Days { from, to }).await;
        let rows = rows.map_err(Failure::from)?;
        Ok(Json(DayTable {
            from: from.to_string(),
            to: to.to_string(),
            tasks: rows.into_iter().map(DayTask::from).collect(),
        }))
    }
}

impl From<TaskDays> for DayTask {
    fn from(row: TaskDays) -> Self {
        let days = row.cells.into_iter();
        Self {
            task: row.task,
            param: row.param,
            days: days.map(|(day, cell)| DayCell::of(day, cell)).collect(),
        }
    }
}

impl DayCell {
    fn of(day: NaiveDate, cell: Cell) -> Self {
        let states = cell.states.into_iter();
        Self {
            date: day.to_string(),
            state: Word(cell.state),
            states: states
                .map(|(state, count)| (state.as_str().to_owned(), count))
                .collect(),
            job_id: cell.job.map(|job| job.to_string()),
        }
    }
}

fn read(name: &str, day: Option<String>) -> Result<Option<NaiveDate>, Failure> {
    let Some(day) = day.filter(|day| !day.is_empty()) else {
        return Ok(None);
    };
    let read = NaiveDate::parse_from_str(&day, "%Y-%m-%d");
    // Years of more digits are dates, too, but none that anybody means.
    match read.ok().filter(|_| day.len() == 10) {
        Some(day) => Ok(Some(day)),
        None => Err(Failure::invalid(format!(
            "{name}: expected a date such as 2026-11-21"
        ))),
    }
}
