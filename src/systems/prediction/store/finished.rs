//! An import whose file has been read, stored in the transaction that ends its slice.

use entity::{import, import_problem};
use sea_orm::{DbBackend, Statement};

use crate::engine::store::notifications::{self, NewNotification};
use crate::engine::store::{BesideSlice, Result, insertion};

/// Problems of one statement: a server takes so many bytes at once.
const PROBLEMS_AT_ONCE: usize = 500;

/// What became of an import, and the problems that are kept of it.
#[derive(Clone, Debug)]
pub(crate) struct FinishedImport {
    pub row: import::Model,
    pub problems: Vec<import_problem::Model>,
    /// What people learn of it.
    pub notification: Option<NewNotification>,
}

impl FinishedImport {
    pub fn of(row: import::Model, problems: Vec<import_problem::Model>) -> Self {
        Self {
            row,
            problems,
            notification: None,
        }
    }
}

impl BesideSlice for FinishedImport {
    fn statements(&self, backend: DbBackend) -> Result<Vec<Statement>> {
        let row = std::slice::from_ref(&self.row);
        let mut statements: Vec<Statement> = insertion(backend, row, &[])?.into_iter().collect();
        for problems in self.problems.chunks(PROBLEMS_AT_ONCE) {
            statements.extend(insertion(backend, problems, &[])?);
        }
        if let Some(noted) = &self.notification {
            let noted = std::slice::from_ref(noted);
            statements.extend(notifications::insertion(backend, noted)?);
        }
        Ok(statements)
    }
}
