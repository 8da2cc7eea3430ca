//! Rows of a system that are stored in the transaction that stores a slice of one of its batches.

use std::fmt;
use std::sync::Arc;

use sea_orm::{DbBackend, Statement};

use super::Result;

/// What a system stores beside a slice. It only writes: the slice has done the reading.
pub trait BesideSlice: Send + Sync + 'static {
    /// One that stores several rows keeps the slice from being stored together with others.
    fn statements(&self, backend: DbBackend) -> Result<Vec<Statement>>;
}

/// Clones are the same rows, and are equal.
#[derive(Clone)]
pub struct SliceRows(Arc<dyn BesideSlice>);

impl SliceRows {
    pub fn of(rows: impl BesideSlice) -> Self {
        Self(Arc::new(rows))
    }

    pub(super) fn statements(&self, backend: DbBackend) -> Result<Vec<Statement>> {
        self.0.statements(backend)
    }
}

impl PartialEq for SliceRows {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for SliceRows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SliceRows").finish_non_exhaustive()
    }
}
