//! Removing single jobs with their results, because somebody asks for it.
//!
//! ```text
//! ended ──begin_removal──► dropping, with a row in `audience_removal` ──drop_jobs──► not there any more
//! ```
//!
//! The row says that the results go, too, and that it does not wait until the job is old: a process that
//! is killed leaves the rest to the next one that looks.

use entity::{HistoryState, JobId, JobState, job, removal};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::changing::insert_unless_there;
use super::jobs::Jobs;
use super::sweeping::{Sweeping, ended};
use super::{Result, query};
use crate::clock;

/// Whether a job is being removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalBegun {
    Begun,
    /// It would be written by the process that runs it.
    NotEnded(JobState),
    Unknown,
}

impl Jobs<'_> {
    /// Marks an ended job as one that is being removed. It cannot be started again.
    pub async fn begin_removal(&self, id: &JobId) -> Result<RemovalBegun> {
        let id = id.clone();
        self.0
            .write(move |on| Box::pin(async move { begin(on, id).await }))
            .await
    }

    /// Whether the removal of a job has begun. One that is dropped because of its age is not removed.
    pub async fn is_being_removed(&self, id: &JobId) -> Result<bool> {
        let row = removal::Entity::find_by_id(id.clone())
            .one(&self.0.read)
            .await;
        Ok(row
            .map_err(query("look for the removal of a job"))?
            .is_some())
    }
}

async fn begin(on: &DatabaseTransaction, id: JobId) -> Result<RemovalBegun> {
    const ATTEMPTED: &str = "begin to remove a job";
    job::Entity::update_many()
        .col_expr(job::Column::History, Expr::value(HistoryState::Dropping))
        .filter(job::Column::Id.eq(id.clone()))
        .filter(job::Column::State.is_in(ended()))
        .exec(on)
        .await
        .map_err(query(ATTEMPTED))?;
    let found = job::Entity::find_by_id(id.clone()).one(on).await;
    let Some(found) = found.map_err(query(ATTEMPTED))? else {
        return Ok(RemovalBegun::Unknown);
    };
    if !found.state.has_ended() {
        return Ok(RemovalBegun::NotEnded(found.state));
    }
    let row = removal::ActiveModel {
        job_id: Set(id),
        at: Set(clock::now_micros()),
    };
    insert_unless_there(on, row, removal::Column::JobId, ATTEMPTED).await?;
    Ok(RemovalBegun::Begun)
}

impl Sweeping<'_> {
    /// Jobs whose removal has begun, those of which it began first before the others.
    pub async fn removals(&self, limit: u64) -> Result<Vec<job::Model>> {
        const ATTEMPTED: &str = "look for jobs that are being removed";
        let ids: Vec<JobId> = removal::Entity::find()
            .select_only()
            .column(removal::Column::JobId)
            .order_by_asc(removal::Column::At)
            .limit(limit)
            .into_tuple()
            .all(self.read())
            .await
            .map_err(query(ATTEMPTED))?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        job::Entity::find()
            .filter(job::Column::Id.is_in(super::rows::padded(ids)))
            .all(self.read())
            .await
            .map_err(query(ATTEMPTED))
    }
}

/// Forgets that these jobs were being removed.
pub(super) async fn end(on: &DatabaseTransaction, jobs: &[JobId]) -> Result<()> {
    removal::Entity::delete_many()
        .filter(removal::Column::JobId.is_in(jobs.iter().cloned()))
        .exec(on)
        .await
        .map_err(query("end the removal of jobs"))?;
    Ok(())
}
