//! Dropping whole jobs that ended long ago, and rows that are kept for a time.
//!
//! ```text
//! swept ──begin_dropping──► dropping ──drop_jobs, drop_jobs, …──► not there any more
//! ```
//!
//! A system has tables of its own with rows of jobs: it names them ([`JobTable`]), and they go with the
//! job. Rows go a bounded number at a time, the job's own row last and in one transaction with the last
//! of the others, so that a job that is found has everything, or is marked as one that is being dropped.

use entity::{HistoryState, JobId, job};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, Statement,
};

use super::sweeping::{Sweeping, ended};
use super::{Result, query, removing, rows};

/// A table with rows of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobTable {
    pub name: &'static str,
    /// The column with the job.
    pub job: &'static str,
    /// The columns that tell its rows apart.
    pub key: &'static str,
}

/// A table whose rows are dropped at an age of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgedTable {
    pub name: &'static str,
    /// The columns that tell its rows apart.
    pub key: &'static str,
    /// The column with a row's time, in microseconds since 1970; there is an index of it.
    pub at: &'static str,
}

/// The engine's own tables with what is left of a job whose history is swept, and with its history, of
/// which something may be left where a step's part of it could not be reached.
const TABLES: [JobTable; 8] = [
    JobTable {
        name: "audience_batch",
        job: "job_id",
        key: "job_id, step_no, no",
    },
    JobTable {
        name: "audience_step",
        job: "job_id",
        key: "job_id, no",
    },
    JobTable {
        name: "audience_artifact",
        job: "job_id",
        key: "job_id, name",
    },
    JobTable {
        name: "audience_job_blob",
        job: "job_id",
        key: "job_id, digest",
    },
    JobTable {
        name: "audience_need",
        job: "job_id",
        key: "job_id, needs_id",
    },
    super::sweeping::TABLES[0],
    super::sweeping::TABLES[1],
    super::sweeping::TABLES[2],
];

impl Sweeping<'_> {
    /// Jobs that ended before this moment and whose history is swept or being swept, those that ended
    /// first before the others; those of which a part is dropped already among them.
    pub async fn old_jobs(&self, ended_before: i64, limit: u64) -> Result<Vec<job::Model>> {
        job::Entity::find()
            // Written out and not bound: only so is the index of such jobs used.
            .filter(Expr::cust("history IN ('sweeping', 'swept', 'dropping')"))
            .filter(job::Column::EndedAt.lt(ended_before))
            .filter(job::Column::State.is_in(ended()))
            .order_by_asc(job::Column::EndedAt)
            .limit(limit)
            .all(self.read())
            .await
            .map_err(query("look for old jobs"))
    }

    /// Marks these jobs and returns those that may be dropped: one that runs again may not.
    pub async fn begin_dropping(&self, jobs: &[JobId]) -> Result<Vec<JobId>> {
        let attempted = "begin to drop jobs";
        let jobs = rows::padded(jobs.iter().cloned());
        self.store()
            .write(move |on| {
                Box::pin(async move {
                    job::Entity::update_many()
                        .col_expr(job::Column::History, Expr::value(HistoryState::Dropping))
                        .filter(job::Column::Id.is_in(jobs.iter().cloned()))
                        .filter(job::Column::State.is_in(ended()))
                        .filter(
                            job::Column::History
                                .is_in([HistoryState::Sweeping, HistoryState::Swept]),
                        )
                        .exec(on)
                        .await
                        .map_err(query(attempted))?;
                    job::Entity::find()
                        .select_only()
                        .column(job::Column::Id)
                        .filter(job::Column::Id.is_in(jobs.iter().cloned()))
                        .filter(job::Column::History.eq(HistoryState::Dropping))
                        .order_by_asc(job::Column::Id)
                        .into_tuple()
                        .all(on)
                        .await
                        .map_err(query(attempted))
                })
            })
            .await
    }

    /// Drops up to so many rows of such jobs, those of the systems' tables first, and the jobs with the
    /// last of them; `false`: there is more to drop.
    pub async fn drop_jobs(
        &self,
        jobs: &[JobId],
        tables: &[JobTable],
        rows_max: u64,
    ) -> Result<bool> {
        let jobs = rows::padded(jobs.iter().cloned());
        let tables: Vec<JobTable> = tables.iter().copied().chain(TABLES).collect();
        self.store()
            .write(move |on| {
                Box::pin(async move {
                    let dropping = HistoryState::Dropping;
                    if delete_some(on, &tables, dropping, &jobs, rows_max).await? == rows_max {
                        return Ok(false);
                    }
                    job::Entity::delete_many()
                        .filter(job::Column::Id.is_in(jobs.iter().cloned()))
                        .filter(job::Column::History.eq(dropping))
                        .exec(on)
                        .await
                        .map_err(query("drop jobs"))?;
                    removing::end(on, &jobs).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Drops up to so many rows from before this moment; returns how many there were.
    pub async fn drop_aged(&self, table: AgedTable, before: i64, rows_max: u64) -> Result<u64> {
        self.store()
            .write(move |on| {
                Box::pin(async move {
                    let backend = on.get_database_backend();
                    let AgedTable { name, key, at } = table;
                    let before_then = format!("{at} < {}", parameter(backend, 1));
                    let sql = delete_where(backend, name, key, &before_then, 2);
                    let values = [before.into(), bound(rows_max).into()];
                    let delete = Statement::from_sql_and_values(backend, sql, values);
                    let dropped = on.execute_raw(delete).await;
                    Ok(dropped.map_err(query("drop old rows"))?.rows_affected())
                })
            })
            .await
    }
}

/// Deletes rows of jobs whose history is in this state: one may have been started over in between.
pub(super) async fn delete_some(
    on: &DatabaseTransaction,
    tables: &[JobTable],
    history: HistoryState,
    jobs: &[JobId],
    rows_max: u64,
) -> Result<u64> {
    let backend = on.get_database_backend();
    let ids: Vec<String> = (1..=jobs.len()).map(|no| parameter(backend, no)).collect();
    let of_jobs = format!(
        "IN (SELECT id FROM audience_job WHERE history = '{}' AND id IN ({}))",
        history.as_str(),
        ids.join(", ")
    );
    let mut dropped = 0;
    for table in tables {
        let left = rows_max.saturating_sub(dropped);
        if left == 0 {
            break;
        }
        let which = format!("{} {of_jobs}", table.job);
        let sql = delete_where(backend, table.name, table.key, &which, jobs.len() + 1);
        let ids = jobs.iter().map(|job| job.as_str().into());
        let values = ids.chain([bound(left).into()]);
        let delete = Statement::from_sql_and_values(backend, sql, values);
        let done = on.execute_raw(delete).await;
        dropped += done.map_err(query("drop rows of jobs"))?.rows_affected();
    }
    Ok(dropped)
}

/// The limit is bound, too: its text would differ from call to call.
fn delete_where(
    backend: DbBackend,
    table: &str,
    key: &str,
    which: &str,
    limit_no: usize,
) -> String {
    let limit = parameter(backend, limit_no);
    match backend {
        DbBackend::MySql => format!("DELETE FROM {table} WHERE {which} LIMIT {limit}"),
        _ => format!(
            "DELETE FROM {table} WHERE ({key}) IN \
             (SELECT {key} FROM {table} WHERE {which} LIMIT {limit})"
        ),
    }
}

fn bound(limit: u64) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The place of a bound value.
pub(super) fn parameter(backend: DbBackend, no: usize) -> String {
    match backend {
        DbBackend::Postgres => format!("${no}"),
        _ => "?".to_owned(),
    }
}
