//! Removes exports that are older than `briefs.keep_exports` days.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::sleep;
use tracing::warn;

use super::error::ExportsError;
use super::exports::Exports;
use super::fault::ExportFault;
use crate::clock;
use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::engine::store::StoreError;
use crate::telemetry::chain;

const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Exports that are noted together.
const AT_ONCE: u64 = 100;

/// The service. Each process sweeps its own directory; several may share one.
pub(crate) struct ExportSweep(pub Exports);

#[async_trait]
impl Service for ExportSweep {
    fn name(&self) -> &'static str {
        "exports"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        while !with.stop.is_cancelled() {
            match self.sweep().await {
                Ok(()) => {}
                Err(ExportsError::Store(error)) if error.is_transient() => {
                    let health = self.0.engine().health();
                    health.warn(&error, "old exports cannot be looked for");
                }
                // Somebody has to look at the directory; meanwhile exports are made.
                Err(error @ ExportsError::Fault(_)) => {
                    warn!(error = chain(&error), "old exports are removed later");
                }
                Err(error) => return Err(error.into()),
            }
            tokio::select! {
                () = with.stop.cancelled() => {}
                () = sleep(SWEEP_EVERY) => {}
            }
        }
        Ok(())
    }
}

impl ExportSweep {
    async fn sweep(&self) -> Result<(), ExportsError> {
        let days = u32::try_from(self.0.keep_days()).unwrap_or(u32::MAX);
        let keep = DAY.saturating_mul(days);
        self.note_old(keep).await?;
        let place = self.0.place().clone();
        let swept = tokio::task::spawn_blocking(move || place.sweep(keep));
        Ok(swept.await.map_err(|_| ExportFault::ThreadLost)??)
    }

    /// First it is noted that a file is not to be had any more, so that nobody makes it again.
    async fn note_old(&self, keep: Duration) -> Result<(), StoreError> {
        let keep = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX);
        loop {
            let now = clock::now_micros();
            let old = self
                .0
                .store()
                .old_exports(now.saturating_sub(keep), AT_ONCE)
                .await?;
            if old.is_empty() {
                return Ok(());
            }
            for export in old {
                let store = self.0.store();
                store
                    .note_removed(&export.job_id, export.stage, now)
                    .await?;
                self.0.place().remove(&export.file).ok();
            }
        }
    }
}
