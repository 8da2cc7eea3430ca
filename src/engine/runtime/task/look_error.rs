//! What keeps a task from finishing a look at its job.

use crate::engine::seam::StepError;
use crate::engine::store::StoreError;

/// Why a look could not be finished.
pub(super) enum LookError {
    Store(StoreError),
    Step(StepError),
}

impl LookError {
    pub(super) fn is_lost_lease(&self) -> bool {
        match self {
            Self::Store(error) => matches!(error, StoreError::LeaseLost { .. }),
            Self::Step(error) => error.is_lost_lease(),
        }
    }
}

impl From<StoreError> for LookError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<StepError> for LookError {
    fn from(error: StepError) -> Self {
        Self::Step(error)
    }
}
