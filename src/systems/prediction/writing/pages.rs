//! The rows of kept pages, extracted while they are staged.

use std::ops::ControlFlow;

use chrono::NaiveDate;
use tokio_util::sync::CancellationToken;

use super::error::WriteError;
use super::staging::Stage;
use super::tables::{Layout, TableFate};
use super::write::Write;
use crate::systems::prediction::import::Problem;
use crate::systems::prediction::scrape::{
    KeptPage, Outcome, Plan, Report, RunSink, ScrapedRow, replay,
};
use crate::tables::Database;

/// Pages of one run whose rows are to be written.
pub(crate) struct Pages<'p> {
    pub id: &'p str,
    pub job: &'p str,
    /// Of the lease of the job.
    pub epoch: i64,
    pub plan: &'p Plan,
    pub day: NaiveDate,
    /// So many problems are kept.
    pub problems_max: usize,
    pub cancel: &'p CancellationToken,
}

/// What became of them.
#[derive(Debug)]
pub(crate) struct WrittenPages {
    pub report: Report,
    /// The first of them.
    pub problems: Vec<Problem>,
    /// `None`: what was expected of the rows was missed, and nothing was written.
    pub tables: Option<Vec<TableFate>>,
}

impl Pages<'_> {
    /// Blocks; must not be called where futures are run. May be called again for the same id: its rows are
    /// written once.
    pub fn write(
        &self,
        pages: impl IntoIterator<Item = Result<KeptPage, WriteError>>,
        database: &Database,
    ) -> Result<WrittenPages, WriteError> {
        let layout = Layout::of_plan(self.plan)?;
        let source = format!("scrape:{}", self.plan.scrape.name);
        let write = Write {
            id: self.id,
            job: self.job,
            epoch: self.epoch,
            source: &source,
            layout: &layout,
            cancel: self.cancel,
        };
        let mut done = None;
        let tables = write.run(database, |stage| {
            let mut filling = Filling {
                stage,
                problems: Vec::new(),
                problems_max: self.problems_max,
                failure: None,
            };
            let mut unread = None;
            let read = pages.into_iter().map_while(|page| match page {
                Ok(page) => Some(page),
                Err(error) => {
                    unread = Some(error);
                    None
                }
            });
            let report = replay(self.plan, self.day, read, &mut filling);
            if let Some(failure) = filling.failure.or(unread) {
                return Err(failure);
            }
            if self.cancel.is_cancelled() {
                return Err(WriteError::Cancelled);
            }
            let is_good = report.outcome == Outcome::Succeeded;
            done = Some((report, filling.problems));
            Ok(is_good)
        })?;
        let (report, problems) = done.ok_or(WriteError::Corrupt)?;
        Ok(WrittenPages {
            report,
            problems,
            tables,
        })
    }
}

struct Filling<'f, 's> {
    stage: &'f mut Stage<'s>,
    problems: Vec<Problem>,
    problems_max: usize,
    failure: Option<WriteError>,
}

const ON: ControlFlow<()> = ControlFlow::Continue(());

impl RunSink for Filling<'_, '_> {
    fn page(&mut self, _: KeptPage) -> ControlFlow<()> {
        ON
    }

    fn row(&mut self, row: &ScrapedRow<'_>) -> ControlFlow<()> {
        match self.stage.row(row.table, None, row.values) {
            Ok(()) => ON,
            Err(failure) => {
                self.failure = Some(failure);
                ControlFlow::Break(())
            }
        }
    }

    fn problem(&mut self, problem: Problem) -> ControlFlow<()> {
        if self.problems.len() < self.problems_max {
            self.problems.push(problem);
        }
        ON
    }
}
