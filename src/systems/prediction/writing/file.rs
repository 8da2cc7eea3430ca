//! The rows of a file, read while they are staged.

use std::ops::ControlFlow;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::error::WriteError;
use super::staging::Stage;
use super::tables::{Layout, TableFate};
use super::write::Write;
use crate::systems::prediction::import::{
    Format, FoundTable, Grid, Limits, Mapping, Problem, Row, Sink, Skipped, Used, Workbook, run,
};
use crate::tables::Database;

/// An import that is to be written.
pub(crate) struct Import<'i> {
    pub id: &'i str,
    pub job: &'i str,
    /// Of the lease of the job.
    pub epoch: i64,
    pub file_name: &'i str,
    pub bytes: &'i Arc<[u8]>,
    pub mapping: &'i Mapping,
    /// Nothing is written if there is a problem.
    pub strict: bool,
    pub limits: Limits,
    /// So many problems are kept.
    pub problems_max: usize,
    pub cancel: &'i CancellationToken,
}

/// What became of an import.
#[derive(Debug)]
pub(crate) struct Written {
    pub found: Found,
    /// `None`: there are problems, and nothing was written.
    pub tables: Option<Vec<TableFate>>,
}

/// What a file held.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub format: Format,
    /// The first of them.
    pub problems: Vec<Problem>,
    pub problem_count: u64,
}

impl Import<'_> {
    /// Blocks; must not be called where futures are run. May be called again for the same import: it is written
    /// once.
    pub fn write(&self, database: &Database) -> Result<Written, WriteError> {
        let layout = Layout::of_mapping(self.mapping)?;
        layout.check(database.dialect())?;
        let encoding = self.mapping.encoding.as_deref();
        let mut workbook = Workbook::open(self.file_name, self.bytes, encoding, self.limits)?;
        let mut found = Found {
            format: workbook.format,
            problems: Vec::new(),
            problem_count: 0,
        };
        let write = Write {
            id: self.id,
            job: self.job,
            epoch: self.epoch,
            source: self.file_name,
            layout: &layout,
            cancel: self.cancel,
        };
        let tables = write.run(database, |stage| {
            let mut filling = Filling {
                stage,
                found: &mut found,
                problems_max: self.problems_max,
                failure: None,
            };
            run(&mut workbook, self.mapping, &mut filling)?;
            if let Some(failure) = filling.failure {
                return Err(failure);
            }
            // What is in memory of the file is not needed any more.
            drop(workbook);
            Ok(!(self.strict && found.problem_count > 0))
        })?;
        Ok(Written { found, tables })
    }
}

struct Filling<'f, 's> {
    stage: &'f mut Stage<'s>,
    found: &'f mut Found,
    problems_max: usize,
    failure: Option<WriteError>,
}

const ON: ControlFlow<()> = ControlFlow::Continue(());

impl Sink for Filling<'_, '_> {
    fn look(&mut self) -> ControlFlow<()> {
        match self.stage.cancel.is_cancelled() {
            true => {
                self.failure = Some(WriteError::Cancelled);
                ControlFlow::Break(())
            }
            false => ON,
        }
    }

    fn table(&mut self, _: &FoundTable<'_>) -> ControlFlow<()> {
        ON
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        match self.stage.row(row.table, Some(&row.cell()), row.values) {
            Ok(()) => ON,
            Err(failure) => {
                self.failure = Some(failure);
                ControlFlow::Break(())
            }
        }
    }

    fn problem(&mut self, problem: Problem) -> ControlFlow<()> {
        self.found.problem_count += 1;
        if self.found.problems.len() < self.problems_max {
            self.found.problems.push(problem);
        }
        ON
    }

    fn skipped(&mut self, _: Skipped) -> ControlFlow<()> {
        ON
    }

    fn table_end(&mut self, _: &str) -> ControlFlow<()> {
        ON
    }

    fn sheet_end(&mut self, _: &Grid, _: &Used) -> ControlFlow<()> {
        self.look()
    }
}
