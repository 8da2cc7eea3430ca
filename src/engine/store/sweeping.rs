//! Dropping the history of jobs that ended long ago: events, attempts and logs. The job itself stays
//! until its own time has come: see `dropping`.
//!
//! ```text
//! kept ──begin──► sweeping ──drop_some, drop_some, …──► swept
//! ```
//!
//! A job that is being swept cannot be resumed, so nothing that a resume would need is dropped
//! under it. Rows go a bounded number at a time, and their pages are used again: the database
//! neither grows nor has to be rewritten.

use entity::{HistoryState, JobId, JobState, event, job, log};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::dropping::{JobTable, delete_some};
use super::{Result, Store, query, rows};

/// What a row of history takes besides its text, with its index entries, roughly.
const BYTES_BESIDE_TEXT: u64 = 120;

/// Rows of a table whose size is looked at.
const SAMPLED: u64 = 1_000;

/// The states of jobs that have ended.
pub(crate) fn ended() -> impl Iterator<Item = JobState> {
    let states = JobState::ALL.iter().copied();
    states.filter(|state| state.has_ended())
}

/// The history of ended jobs, and its end.
pub struct Sweeping<'a>(&'a Store);

impl Store {
    pub fn sweeping(&self) -> Sweeping<'_> {
        Sweeping(self)
    }
}

impl Sweeping<'_> {
    pub(super) fn store(&self) -> &Store {
        self.0
    }

    pub(super) fn read(&self) -> &DatabaseConnection {
        &self.0.read
    }

    /// Jobs that ended before this moment and are not swept, those that ended first before the
    /// others.
    pub async fn due(&self, ended_before: i64, limit: u64) -> Result<Vec<job::Model>> {
        job::Entity::find()
            // Written out and not bound: only so is the index of such jobs used.
            .filter(Expr::cust("ended_at IS NOT NULL AND history <> 'swept'"))
            .filter(job::Column::History.ne(HistoryState::Dropping))
            .filter(job::Column::EndedAt.lt(ended_before))
            .filter(job::Column::State.is_in(ended()))
            .order_by_asc(job::Column::EndedAt)
            .limit(limit)
            .all(&self.0.read)
            .await
            .map_err(query("look for jobs whose history is old"))
    }

    /// About how many bytes the history of all jobs takes.
    pub async fn history_bytes(&self) -> Result<u64> {
        let events = self.bytes_of::<event::Entity>(event::Column::Seq, &[event::Column::Data]);
        let texts = [log::Column::Message, log::Column::Fields];
        let lines = self.bytes_of::<log::Entity>(log::Column::Seq, &texts);
        Ok(events.await?.saturating_add(lines.await?))
    }

    /// About how many bytes the rows of a table take; their texts are in these columns.
    async fn bytes_of<E>(&self, seq: E::Column, texts: &[E::Column]) -> Result<u64>
    where
        E: EntityTrait<Model: Send + Sync>,
    {
        let attempted = "measure the history";
        let read = &self.0.read;
        let rows = E::find().count(read).await.map_err(query(attempted))?;
        if rows == 0 {
            return Ok(0);
        }
        let (mut text, mut sampled) = (0, 0);
        for column in texts {
            let sample: Vec<String> = E::find()
                .select_only()
                .column(*column)
                .order_by_desc(seq)
                .limit(SAMPLED)
                .into_tuple()
                .all(read)
                .await
                .map_err(query(attempted))?;
            sampled = sample.len() as u64;
            text += sample.iter().map(|text| text.len() as u64).sum::<u64>();
        }
        let each = text / Ord::max(sampled, 1) + BYTES_BESIDE_TEXT;
        Ok(rows.saturating_mul(each))
    }

    /// Begins with these jobs and answers those that may be swept: one that runs again may not.
    pub async fn begin(&self, jobs: &[JobId]) -> Result<Vec<JobId>> {
        let attempted = "begin to drop the history of jobs";
        let jobs = rows::padded(jobs.iter().cloned());
        self.0
            .write(move |on| {
                Box::pin(async move {
                    job::Entity::update_many()
                        .col_expr(job::Column::History, Expr::value(HistoryState::Sweeping))
                        .filter(job::Column::Id.is_in(jobs.iter().cloned()))
                        .filter(job::Column::State.is_in(ended()))
                        .filter(job::Column::History.eq(HistoryState::Kept))
                        .exec(on)
                        .await
                        .map_err(query(attempted))?;
                    let begun = job::Entity::find()
                        .select_only()
                        .column(job::Column::Id)
                        .filter(job::Column::Id.is_in(jobs.iter().cloned()))
                        .filter(job::Column::History.eq(HistoryState::Sweeping))
                        .order_by_asc(job::Column::Id)
                        .into_tuple()
                        .all(on)
                        .await
                        .map_err(query(attempted))?;
                    Ok(begun)
                })
            })
            .await
    }

    /// Drops up to so many rows of the history of such jobs; answers how many there were.
    pub async fn drop_some(&self, jobs: &[JobId], rows_max: u64) -> Result<u64> {
        let jobs = rows::padded(jobs.iter().cloned());
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let sweeping = HistoryState::Sweeping;
                    delete_some(on, &TABLES, sweeping, &jobs, rows_max).await
                })
            })
            .await
    }

    /// Says that nothing is left of it. A job that was started over meanwhile keeps what is new.
    pub async fn end(&self, jobs: &[JobId]) -> Result<()> {
        let jobs = rows::padded(jobs.iter().cloned());
        self.0
            .write(move |on| {
                Box::pin(async move {
                    job::Entity::update_many()
                        .col_expr(job::Column::History, Expr::value(HistoryState::Swept))
                        .filter(job::Column::Id.is_in(jobs.iter().cloned()))
                        .filter(job::Column::History.eq(HistoryState::Sweeping))
                        .exec(on)
                        .await
                        .map_err(query("note that the history of jobs is dropped"))?;
                    Ok(())
                })
            })
            .await
    }
}

/// The tables of history.
pub(super) const TABLES: [JobTable; 3] = [
    JobTable {
        name: "audience_log",
        job: "job_id",
        key: "seq",
    },
    JobTable {
        name: "audience_event",
        job: "job_id",
        key: "seq",
    },
    JobTable {
        name: "audience_attempt",
        job: "job_id",
        key: "job_id, step_no, batch_no, generation, no",
    },
];
