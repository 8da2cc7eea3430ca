//! How far the making of an instance has durably got.
//!
//! ```text
//! (nothing) ──► begun ──► publishing ──► done
//!    ▲            │ ▲
//!    │        failed┘ (another attempt)
//!    └ waiting (for what others make)
//! ```

use entity::batch;
use serde::{Deserialize, Serialize};

use crate::systems::pipelines::outputs::Intent;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    /// The last attempt that was begun; they count from 1.
    pub attempt: u32,
    /// Attempts that failed.
    pub failures: u32,
    /// Attempts that ended with their executor.
    pub crashes: u32,
    pub phase: Phase,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    #[default]
    New,
    /// The commands of the attempt may run.
    Begun,
    /// The attempt has failed.
    Failed { reason: String, is_final: bool },
    /// The attempt has succeeded: its outputs are moved to their places.
    Publishing(Intent),
    /// For what others make, since this moment.
    Waiting { since: i64 },
}

impl Checkpoint {
    /// Where a batch stands, for those that only look. A batch without a checkpoint has not begun.
    pub(crate) fn of(batch: &batch::Model) -> Self {
        let checkpoint = batch.checkpoint.as_deref();
        checkpoint
            .and_then(|checkpoint| serde_json::from_str(checkpoint).ok())
            .unwrap_or_default()
    }

    /// The commands of the first attempt may run.
    pub(super) fn begun_first() -> Self {
        Self {
            attempt: 1,
            phase: Phase::Begun,
            ..Self::default()
        }
    }

    /// The last attempt whose commands may have been started.
    pub(crate) fn begun(&self) -> Option<u32> {
        (self.attempt > 0).then_some(self.attempt)
    }
}
