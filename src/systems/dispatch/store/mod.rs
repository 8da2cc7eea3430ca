//! Tasks for outside workers: each is a job whose one step is done outside of this program.
//!
//! ```text
//! job        parked …………………………………………………… succeeded | failed
//! dispatch   ready ──► waiting ──► running ──► finished | failed
//!            └ outbox: a message for each attempt, until it is sent or taken
//! ```
//!
//! A task, its message and its history change in one transaction; what a task becomes is said in
//! one place, [`change`]. Files: `create`, `cancel`, `change` (what follows from what), `report`, `restart`, `outbox`
//! (sending), `pull` (taking over HTTP), `overdue`, `letters`.

mod cancel;
mod change;
mod create;
mod letters;
mod outbox;
mod overdue;
mod patience;
mod pull;
mod report;
mod restart;
mod standing;

use std::sync::Arc;

use entity::{DispatchStatus, JobId, dispatch, job};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::FLOW;
use crate::engine::store::{Result, Store, query};
use cancel::DispatchFlow;

pub use create::NewTask;
pub use letters::{Letter, LetterFilter};
pub use outbox::{Pending, Undeliverable};
pub use patience::Patience;
pub use report::{Report, Reported, Reporter};
pub use restart::{Started, Updated};
pub use standing::{Standing, Standings};

/// A task with its job.
#[derive(Clone, Debug)]
pub struct Dispatched {
    pub job: job::Model,
    pub task: dispatch::Model,
}

/// Which tasks to list.
#[derive(Clone, Debug, Default)]
pub struct DispatchFilter {
    pub service: Option<String>,
    pub status: Option<DispatchStatus>,
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
        let job = self.0.jobs().find(id).await?;
        Ok(job.map(|job| Dispatched { job, task }))
    }

    /// How many tasks there are, and a page of them, newest first.
    pub async fn page(
        &self,
        filter: &DispatchFilter,
        offset: u64,
        limit: u64,
    ) -> Result<(u64, Vec<(job::Model, Standing)>)> {
        let attempted = "list tasks";
        let mut select = standing();
        if let Some(service) = &filter.service {
            select = select.filter(dispatch::Column::Service.eq(service.clone()));
        }
        if let Some(status) = filter.status {
            select = select.filter(dispatch::Column::Status.eq(status));
        }
        let total = select.clone().count(self.0.reader()).await;
        let total = total.map_err(query(attempted))?;
        let page = select
            .order_by_desc(dispatch::Column::JobId)
            .offset(offset)
            .limit(limit)
            .into_model::<Standing>();
        let tasks = page.all(self.0.reader()).await.map_err(query(attempted))?;
        let jobs = job::Entity::find()
            .filter(job::Column::Id.is_in(tasks.iter().map(|task| task.job_id.clone())))
            .order_by_desc(job::Column::Id)
            .all(self.0.reader())
            .await
            .map_err(query(attempted))?;
        // Both are in the same order; a job is never without its task.
        let both = jobs.into_iter().zip(tasks);
        let both = both.filter(|(job, task)| job.id == task.job_id);
        Ok((total, both.collect()))
    }
}

impl From<&dispatch::Model> for Standing {
    fn from(task: &dispatch::Model) -> Self {
        Self {
            job_id: task.job_id.clone(),
            service: task.service.clone(),
            status: task.status,
            message: task.message.clone(),
            started_at: task.started_at,
            ended_at: task.ended_at,
        }
    }
}

fn standing() -> Select<dispatch::Entity> {
    use dispatch::Column;
    dispatch::Entity::find().select_only().columns([
        Column::JobId,
        Column::Service,
        Column::Status,
        Column::Message,
        Column::StartedAt,
        Column::EndedAt,
    ])
}
