//! What is made of a project's tasks on each day of a range, and what is not.
//!
//! All tasks that are made by days are planned: so what is there counts, not what was once made. What
//! runs, waits or has failed is what the last runs say of their jobs.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::JobId;
use serde_json::Value;

use super::error::PipelineError;
use super::graph::NodeState;
use super::graphs::state_of;
use super::known_project::KnownProject;
use super::pipelines::Pipelines;
use super::plan_view::{InstanceView, PlanView};
use super::project::{Param, Task};
use super::request::{RunRequest, TargetRequest};
use super::store::RunFilter;
use super::values::ParamType;

/// Instances of the last runs that are looked through.
const LOOKED_AT: u64 = 20_000;
const RUNS_MAX: u64 = 50;

/// The first and the last day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Days {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// A task that is made by days.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TaskDays {
    pub task: String,
    /// The parameter that says which day.
    pub param: String,
    pub cells: BTreeMap<NaiveDate, Cell>,
}

/// The instances of a task on a day.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// The one that most needs a look.
    pub state: NodeState,
    pub states: BTreeMap<NodeState, u32>,
    /// The job of an instance in that state.
    pub job: Option<JobId>,
}

/// What the last runs say of an instance.
type Known = HashMap<String, (NodeState, Option<JobId>)>;

impl Pipelines {
    pub(crate) async fn days(
        &self,
        known: std::sync::Arc<KnownProject>,
        days: Days,
    ) -> Result<Vec<TaskDays>, PipelineError> {
        let tasks: Vec<(String, Param)> = by_days(&known.project.tasks)
            .map(|(task, param)| (task.name.clone(), param.clone()))
            .collect();
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        let targets = tasks.iter().filter_map(|(task, param)| {
            let range = range(param, days)?;
            Some(TargetRequest {
                task: task.clone(),
                params: BTreeMap::from([(param.name.clone(), Value::from(range))]),
            })
        });
        let request = RunRequest {
            targets: targets.collect(),
            ..RunRequest::default()
        };
        let name = known.project.name.clone();
        let plan = match request.targets.is_empty() {
            true => None,
            false => Some(self.plan_apart(known, request).await?),
        };
        let jobs = self.known_jobs(&name).await?;
        Ok(in_days(&tasks, plan.as_ref(), &jobs, days))
    }

    /// What the last runs of a project say of their instances, the newest of each.
    async fn known_jobs(&self, project: &str) -> Result<Known, PipelineError> {
        let filter = RunFilter {
            project: Some(project.to_owned()),
            ..RunFilter::default()
        };
        let mut known = Known::new();
        let mut looked_at = 0;
        for run in self.store.runs(&filter, RUNS_MAX).await? {
            let planned: BTreeMap<String, u64> =
                serde_json::from_str(&run.planned).unwrap_or_default();
            looked_at += planned.values().sum::<u64>();
            if looked_at > LOOKED_AT && !known.is_empty() {
                break;
            }
            for row in self.store.graph_rows(&run.id).await? {
                if let (Some(state), Some(_)) = (state_of(&row), &row.job) {
                    known.entry(row.identity).or_insert((state, row.job));
                }
            }
        }
        Ok(known)
    }
}

/// Tasks that are made for each day or parts of it, if nothing else has to be said of them.
fn by_days(tasks: &[Task]) -> impl Iterator<Item = (&Task, &Param)> {
    tasks.iter().filter_map(|task| {
        let of_kind = |kind: ParamType| task.params.iter().find(move |param| param.kind == kind);
        let kinds = [ParamType::Date, ParamType::Hour, ParamType::Month];
        let day = kinds.into_iter().find_map(of_kind)?;
        let mut others = task.params.iter().filter(|param| param.name != day.name);
        let has_value = |param: &Param| param.default.is_some() || param.values.is_some();
        others.all(has_value).then_some((task, day))
    })
}

/// The values of a parameter on these days, as they are written; `None`: it may have none of them.
fn range(param: &Param, days: Days) -> Option<String> {
    let written = |day: NaiveDate, hour: &str| match param.kind {
        ParamType::Month => day.format("%Y-%m").to_string(),
        ParamType::Hour => format!("{}T{hour}", day.format("%Y-%m-%d")),
        _ => day.format("%Y-%m-%d").to_string(),
    };
    // As they are written, they are ordered by time.
    let first = written(days.from, "00");
    let first = match &param.min {
        Some(min) => first.max(min.to_string()),
        None => first,
    };
    let last = written(days.to, "23");
    let last = match &param.max {
        Some(max) => last.min(max.to_string()),
        None => last,
    };
    (first <= last).then(|| format!("{first}..{last}"))
}

fn in_days(
    tasks: &[(String, Param)],
    plan: Option<&PlanView>,
    jobs: &Known,
    days: Days,
) -> Vec<TaskDays> {
    let mut found: HashMap<(&str, NaiveDate), Cell> = HashMap::new();
    let params: HashMap<&str, &Param> = tasks
        .iter()
        .map(|(task, param)| (task.as_str(), param))
        .collect();
    // What an instance needs stands before it.
    let mut is_there: HashMap<&str, bool> = HashMap::new();
    for instance in plan.iter().flat_map(|plan| &plan.instances) {
        let needs_are_there = || {
            let mut needs = instance.needs.iter();
            needs.all(|need| is_there.get(need.as_str()).copied().unwrap_or(true))
        };
        let (state, job) = match state(instance, jobs) {
            // A plan says so of a group whatever is there.
            (NodeState::Group, job) if !needs_are_there() => (NodeState::Run, job),
            found => found,
        };
        let is_made = matches!(state, NodeState::Complete | NodeState::Group);
        is_there.insert(&instance.id, is_made);
        let Some(param) = params.get(instance.task.as_str()) else {
            continue;
        };
        let day = instance
            .params
            .get(&param.name)
            .and_then(|value| day(value));
        // What they need may be of other days.
        let Some(day) = day.filter(|day| (days.from..=days.to).contains(day)) else {
            continue;
        };
        let cell = found.entry((&instance.task, day)).or_insert_with(|| Cell {
            state,
            states: BTreeMap::new(),
            job: job.clone(),
        });
        *cell.states.entry(state).or_default() += 1;
        if state < cell.state {
            (cell.state, cell.job) = (state, job);
        }
    }
    let mut rows: Vec<TaskDays> = tasks
        .iter()
        .map(|(task, param)| TaskDays {
            task: task.clone(),
            param: param.name.clone(),
            cells: BTreeMap::new(),
        })
        .collect();
    for ((task, day), cell) in found {
        if let Some(row) = rows.iter_mut().find(|row| row.task == task) {
            row.cells.insert(day, cell);
        }
    }
    rows
}

/// What is there is complete, whatever became of its jobs; of the rest the newest job says more than the
/// plan, unless it has succeeded: then what it has made is not there any more.
fn state(instance: &InstanceView, jobs: &Known) -> (NodeState, Option<JobId>) {
    let mut known = NodeState::ALL.into_iter();
    let planned = known.find(|state| state.as_str() == instance.action);
    let planned = planned.unwrap_or(NodeState::Run);
    let job = jobs.get(&instance.id);
    match (planned, job) {
        (NodeState::Complete | NodeState::Group, job) => {
            let job = job.filter(|(state, _)| *state == NodeState::Succeeded);
            (planned, job.and_then(|(_, job)| job.clone()))
        }
        (_, Some((state, job))) if !matches!(state, NodeState::Succeeded | NodeState::Group) => {
            (*state, job.clone())
        }
        (planned, _) => (planned, None),
    }
}

/// The day of a value such as `2026-11-21`, `2026-11-21T05` or `2026-11`.
fn day(value: &str) -> Option<NaiveDate> {
    let day = match value.len() {
        7 => format!("{value}-01"),
        _ => value.get(..10)?.to_owned(),
    };
    NaiveDate::parse_from_str(&day, "%Y-%m-%d").ok()
}
