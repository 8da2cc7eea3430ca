//! What a slice of a run leaves, stored in the transaction that ends the slice.

use entity::{JobId, scrape_page, scrape_problem, scrape_run, scrape_state, scrape_waiting};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{DbBackend, ExprTrait, Statement, StatementBuilder};

use crate::engine::store::notifications::{self, NewNotification};
use crate::engine::store::{BesideSlice, Result, insertion};

/// Rows of one statement: a server takes so many bytes at once.
const ROWS_AT_ONCE: usize = 500;

/// All that a slice of a run may leave.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunRows {
    /// A run that has ended.
    pub run: Option<scrape_run::Model>,
    pub pages: Vec<scrape_page::Model>,
    pub problems: Vec<scrape_problem::Model>,
    /// The scrape is fresh.
    pub fresh: Option<FreshScrape>,
    /// What the run waits for from now on.
    pub waiting: Option<scrape_waiting::Model>,
    /// It waits for nothing any more.
    pub waits_no_more: Option<JobId>,
    /// What people learn of it.
    pub notification: Option<NewNotification>,
}

/// What is known of a scrape whose run went well.
#[derive(Clone, Debug)]
pub(crate) struct FreshScrape {
    pub name: String,
    pub digest: String,
    /// JSON.
    pub remembered: String,
    pub at: i64,
}

impl BesideSlice for RunRows {
    fn statements(&self, backend: DbBackend) -> Result<Vec<Statement>> {
        let mut statements = Vec::new();
        if let Some(run) = &self.run {
            statements.extend(insertion(backend, std::slice::from_ref(run), &[])?);
        }
        for pages in self.pages.chunks(ROWS_AT_ONCE) {
            statements.extend(insertion(backend, pages, &[])?);
        }
        for problems in self.problems.chunks(ROWS_AT_ONCE) {
            statements.extend(insertion(backend, problems, &[])?);
        }
        if let Some(fresh) = &self.fresh {
            statements.push(noting_fresh(backend, fresh));
        }
        if let Some(waiting) = &self.waiting {
            statements.push(noting_wait(backend, waiting));
        }
        if let Some(job) = &self.waits_no_more {
            statements.push(noting_no_wait(backend, job));
        }
        if let Some(noted) = &self.notification {
            let noted = std::slice::from_ref(noted);
            statements.extend(notifications::insertion(backend, noted)?);
        }
        Ok(statements)
    }
}

fn noting_fresh(backend: DbBackend, fresh: &FreshScrape) -> Statement {
    use scrape_state::Column;
    let newest = OnConflict::column(Column::Name)
        .update_columns([
            Column::Digest,
            Column::Remembered,
            Column::FreshAt,
            Column::StaleAt,
        ])
        .to_owned();
    let mut insert = Query::insert();
    insert
        .into_table(scrape_state::Entity)
        .columns([
            Column::Name,
            Column::Digest,
            Column::Remembered,
            Column::SinceAt,
            Column::FreshAt,
            Column::StaleAt,
        ])
        .values_panic([
            fresh.name.clone().into(),
            fresh.digest.clone().into(),
            fresh.remembered.clone().into(),
            fresh.at.into(),
            fresh.at.into(),
            None::<i64>.into(),
        ])
        .on_conflict(newest);
    StatementBuilder::build(&insert, &backend)
}

fn noting_wait(backend: DbBackend, waiting: &scrape_waiting::Model) -> Statement {
    use scrape_waiting::Column;
    let newest = OnConflict::column(Column::JobId)
        .update_column(Column::Reason)
        .to_owned();
    let mut insert = Query::insert();
    insert
        .into_table(scrape_waiting::Entity)
        .columns([Column::JobId, Column::Reason, Column::SinceAt])
        .values_panic([
            waiting.job_id.as_str().into(),
            waiting.reason.clone().into(),
            waiting.since_at.into(),
        ])
        .on_conflict(newest);
    StatementBuilder::build(&insert, &backend)
}

fn noting_no_wait(backend: DbBackend, job: &JobId) -> Statement {
    let mut delete = Query::delete();
    delete
        .from_table(scrape_waiting::Entity)
        .and_where(Expr::col(scrape_waiting::Column::JobId).eq(job.as_str()));
    StatementBuilder::build(&delete, &backend)
}
