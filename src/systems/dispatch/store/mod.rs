//! Tasks for outside workers: each is a job whose one step is done outside of this program.
//!
//! ```text
//! job        parked …………………………………………………… succeeded | failed
//! dispatch   ready ──► waiting ──► running ──► finished | failed
//!            └ outbox: a message for each attempt, until it is sent or taken
//! ```
//!
//! A task, its message and its history change in one transaction; what a task becomes is said in
//! one place, [`change`]. Files: `create`, `cancel`, `change` (what follows from what) and `storing`, `report` and `late` (whose attempt), `restart`, `outbox`
//! and `handover` (sending), `pull` (taking over HTTP) and `give_back`, `overdue`, `letters`, `census` (how many there are), `recent`.

mod cancel;
mod census;
mod change;
mod create;
mod give_back;
mod handover;
mod late;
mod letters;
mod lock;
mod outbox;
mod overdue;
mod patience;
mod pull;
mod recent;
mod report;
mod restart;
mod standing;
mod step_tasks;
mod storing;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use entity::outbox as message;
use entity::{DispatchStatus, JobId, dispatch, job};
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};

use super::FLOW;
use crate::engine::store::{Result, Store, query, rows};
use cancel::DispatchFlow;

pub use census::{OpenTasks, created_at};
pub use create::NewTask;
pub use letters::{Letter, LetterFilter, LettersToReplay};
pub use outbox::{Pending, Undeliverable};
pub use patience::Patience;
pub use pull::{Heartbeat, Taken};
pub use recent::{RecentTasks, TaskRow};
pub use report::{Progress, Report, Reported, Reporter, TaskReports};
pub use restart::{Started, Updated};
pub use standing::{Standing, Standings};
pub use step_tasks::{Outcome, StepTask};

/// A task with its job.
#[derive(Clone, Debug)]
pub struct Dispatched {
    pub job: job::Model,
    pub task: dispatch::Model,
}

/// A task in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    pub standing: Standing,
    /// JSON.
    pub request: String,
    pub created_at: i64,
}

/// Which tasks to list.
#[derive(Clone, Debug, Default)]
pub struct DispatchFilter {
    pub service: Option<String>,
    pub status: Option<DispatchStatus>,
    /// Only tasks of these; `None`: of all.
    pub services: Option<Vec<String>>,
    /// Only tasks of jobs in these; `None`: in all.
    pub queues: Option<Vec<String>>,
}

impl DispatchFilter {
    fn on(&self, mut select: Select<dispatch::Entity>) -> Select<dispatch::Entity> {
        if let Some(service) = &self.service {
            select = select.filter(dispatch::Column::Service.eq(service.clone()));
        }
        if let Some(services) = &self.services {
            select = select.filter(dispatch::Column::Service.is_in(services.clone()));
        }
        if let Some(queues) = &self.queues {
            select = select.filter(in_queues(queues));
        }
        if let Some(status) = self.status {
            select = select.filter(dispatch::Column::Status.eq(status));
        }
        select
    }
}

/// Tasks for outside workers. Clones share the connections.
#[derive(Clone, Debug)]
pub struct DispatchStore(Store);

impl DispatchStore {
    pub fn new(store: Store) -> Self {
        store.add_parked_flow(FLOW, Arc::new(DispatchFlow));
        Self(store)
    }

    /// The engine's store, which has the jobs of the tasks.
    pub fn engine(&self) -> &Store {
        &self.0
    }
}

impl DispatchStore {
    pub async fn find(&self, id: &JobId) -> Result<Option<Dispatched>> {
        let attempted = "read a task";
        let task = dispatch::Entity::find_by_id(id.clone());
        let Some(task) = task.one(self.0.reader()).await.map_err(query(attempted))? else {
            return Ok(None);
        };
        let job = self.0.jobs().find(task.job()).await?;
        Ok(job.map(|job| Dispatched { job, task }))
    }

    /// The tasks of these jobs that have not ended, each with its message that is not sent yet.
    pub(super) async fn open_with_messages(
        &self,
        jobs: &[JobId],
    ) -> Result<Vec<(dispatch::Model, Option<message::Model>)>> {
        let attempted = "read what tasks wait for";
        let ids = || rows::padded(jobs.iter().map(JobId::as_str).collect::<BTreeSet<_>>());
        let of_jobs = Condition::any()
            .add(dispatch::Column::JobId.is_in(ids()))
            .add(dispatch::Column::ForJob.is_in(ids()));
        let ended = [DispatchStatus::Finished, DispatchStatus::Failed];
        let tasks = dispatch::Entity::find()
            .filter(of_jobs)
            .filter(dispatch::Column::Status.is_not_in(ended))
            .order_by_asc(dispatch::Column::JobId)
            .all(self.0.reader())
            .await
            .map_err(query(attempted))?;
        let ids: BTreeSet<&str> = tasks.iter().map(|task| task.job_id.as_str()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let messages = message::Entity::find()
            .filter(message::Column::JobId.is_in(rows::padded(ids)))
            .all(self.0.reader())
            .await
            .map_err(query(attempted))?;
        let mut messages: HashMap<JobId, message::Model> = messages
            .into_iter()
            .map(|message| (message.job_id.clone(), message))
            .collect();
        let tasks = tasks.into_iter();
        Ok(tasks
            .map(|task| {
                let message = messages.remove(&task.job_id);
                (task, message)
            })
            .collect())
    }

    /// How many tasks there are, and a page of them, newest first.
    pub async fn page(
        &self,
        filter: &DispatchFilter,
        offset: u64,
        limit: u64,
    ) -> Result<(u64, Vec<Listed>)> {
        let attempted = "list tasks";
        let select = filter.on(dispatch::Entity::find());
        let total = select.clone().count(self.0.reader()).await;
        let total = total.map_err(query(attempted))?;
        let page = select
            .order_by_desc(dispatch::Column::JobId)
            .offset(offset)
            .limit(limit)
            .all(self.0.reader());
        let tasks = page.await.map_err(query(attempted))?;
        let ids: BTreeSet<&str> = tasks.iter().map(|task| task.job().as_str()).collect();
        let jobs = job::Entity::find()
            .filter(job::Column::Id.is_in(rows::padded(ids)))
            .all(self.0.reader())
            .await
            .map_err(query(attempted))?;
        let jobs: HashMap<JobId, job::Model> =
            jobs.into_iter().map(|job| (job.id.clone(), job)).collect();
        // A task is never without its job.
        let listed = tasks.iter().filter_map(|task| {
            let job = jobs.get(task.job())?;
            Some(Listed {
                standing: Standing::from(task),
                request: task.request.clone().unwrap_or_else(|| job.request.clone()),
                created_at: job.created_at,
            })
        });
        Ok((total, listed.collect()))
    }
}

/// Whether the job to which a task belongs is in one of these queues.
fn in_queues(queues: &[String]) -> Condition {
    let jobs = || {
        let mut jobs = Query::select();
        jobs.column(job::Column::Id).from(job::Entity);
        jobs.and_where(job::Column::Queue.is_in(queues.to_vec()));
        jobs
    };
    Condition::any()
        .add(dispatch::Column::JobId.in_subquery(jobs()))
        .add(dispatch::Column::ForJob.in_subquery(jobs()))
}

impl From<&dispatch::Model> for Standing {
    fn from(task: &dispatch::Model) -> Self {
        Self {
            job_id: task.job_id.clone(),
            service: task.service.clone(),
            status: task.status,
            message: task.message.clone(),
            message_running: task.message_running.clone(),
            message_finished: task.message_finished.clone(),
            message_failed: task.message_failed.clone(),
            started_at: task.started_at,
            ended_at: task.ended_at,
            progress_ppm: task.progress_ppm,
            cancelled_at: task.cancelled_at,
        }
    }
}
