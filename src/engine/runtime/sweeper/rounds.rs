//! One round of the sweeper: a part of everything that is to be dropped.

use std::time::Duration;

use entity::{JobId, job};
use tokio::time::{Instant, sleep};
use tracing::{debug, warn};

use super::{PAUSE, SweeperState};
use crate::clock;
use crate::engine::runtime::removing::ended_context;
use crate::engine::seam::{StepContext, StepError};
use crate::engine::store::StoreError;
use crate::telemetry::chain;

/// Jobs of which something is dropped together.
const JOBS_TOGETHER: usize = 100;

/// Inputs that are dropped in one transaction: each may be megabytes.
const INPUTS_TOGETHER: u64 = 20;

/// Files that are dropped one after another before others are looked at.
const FILES_TOGETHER: u64 = 200;

/// Looking for files without an entry lists all files.
const UNKNOWN_FILES_EVERY: Duration = Duration::from_secs(24 * 3_600);

/// A file without an entry may be one that is being written.
const BEING_WRITTEN: Duration = Duration::from_secs(24 * 3_600);

impl SweeperState {
    /// `false`: there is no more to do now.
    pub(super) async fn sweep_some(&mut self) -> Result<bool, StoreError> {
        let mut more = self.finish_removals().await?;
        more |= self.sweep_history().await?;
        more |= self.drop_old_jobs().await?;
        more |= self.drop_aged_rows().await?;
        let blobs = self.engine.store.blobs();
        more |= blobs.drop_unused(INPUTS_TOGETHER).await? == INPUTS_TOGETHER;
        more |= self.drop_artifacts().await;
        Ok(more)
    }

    /// The moment before which what is kept for a time is dropped.
    fn before(kept: Duration) -> i64 {
        let kept = i64::try_from(kept.as_micros()).unwrap_or(i64::MAX);
        clock::now_micros().saturating_sub(kept)
    }

    async fn sweep_history(&mut self) -> Result<bool, StoreError> {
        let due = self.due().await?;
        if due.is_empty() {
            return Ok(false);
        }
        let sweeping = self.engine.store.sweeping();
        let begun = sweeping.begin(&ids(&due)).await?;
        let mut cleared = Vec::new();
        for job in due.iter().filter(|job| begun.contains(&job.id)) {
            match self.clear_steps(job).await {
                Ok(()) => cleared.push(job.id.clone()),
                Err(error) => {
                    debug!(job.id = %job.id, error = chain(&error), "not swept now");
                    self.stuck.insert(job.id.clone());
                }
            }
        }
        let rows = self.engine.limits.retention.rows_per_step;
        while !cleared.is_empty() && sweeping.drop_some(&cleared, rows).await? > 0 {
            sleep(PAUSE).await;
        }
        sweeping.end(&cleared).await?;
        debug!(jobs = cleared.len(), "history dropped");
        Ok(true)
    }

    /// By age, and if there are none of that, by the room that the history takes.
    async fn due(&self) -> Result<Vec<job::Model>, StoreError> {
        let retention = &self.engine.limits.retention;
        let sweeping = self.engine.store.sweeping();
        let limit = (JOBS_TOGETHER + self.stuck.len()) as u64;
        // A job that is to be dropped has its history dropped first.
        let kept = retention.history.min(retention.jobs);
        let mut due = sweeping.due(Self::before(kept), limit).await?;
        due.retain(|job| !self.stuck.contains(&job.id));
        if due.is_empty() && sweeping.history_bytes().await? > retention.history_bytes {
            due = sweeping.due(clock::now_micros(), limit).await?;
            due.retain(|job| !self.stuck.contains(&job.id));
        }
        due.truncate(JOBS_TOGETHER);
        Ok(due)
    }

    /// What the steps of a job left elsewhere. Where that is, is not in the settings of every
    /// process: then it stays until a process comes that knows it.
    async fn clear_steps(&self, job: &job::Model) -> Result<(), StepError> {
        if job.lease_epoch == 0 {
            // No process has ever run it.
            return Ok(());
        }
        let context = self.context(job);
        let rows = self.engine.limits.retention.rows_per_step;
        for stored in self.engine.store.steps().of(&job.id).await? {
            let step = self.engine.registry.prepare_stored(&stored)?;
            while step.sweep(&context, rows).await? > 0 {
                sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    fn context(&self, job: &job::Model) -> StepContext {
        ended_context(&self.engine, job)
    }

    /// Continues removals that a process has begun and not finished.
    async fn finish_removals(&mut self) -> Result<bool, StoreError> {
        let limit = (JOBS_TOGETHER + self.stuck.len()) as u64;
        let mut begun = self.engine.store.sweeping().removals(limit).await?;
        begun.retain(|job| !self.stuck.contains(&job.id));
        for job in &begun {
            if let Err(error) = self.engine.remove(job).await {
                debug!(job.id = %job.id, error = chain(&error), "not removed now");
                self.stuck.insert(job.id.clone());
            }
        }
        Ok(!begun.is_empty())
    }

    /// Jobs with all that is left of them but their results.
    async fn drop_old_jobs(&mut self) -> Result<bool, StoreError> {
        let (store, retention) = (self.engine.store.clone(), &self.engine.limits.retention);
        let (before, rows) = (Self::before(retention.jobs), retention.rows_per_step);
        let sweeping = store.sweeping();
        let limit = (JOBS_TOGETHER + self.stuck.len()) as u64;
        let mut old = sweeping.old_jobs(before, limit).await?;
        old.retain(|job| !self.stuck.contains(&job.id));
        old.truncate(JOBS_TOGETHER);
        if old.is_empty() {
            return Ok(false);
        }
        let mut begun = sweeping.begin_dropping(&ids(&old)).await?;
        for job in old.iter().filter(|job| begun.contains(&job.id)) {
            if let Err(error) = self.forget(job).await {
                debug!(job.id = %job.id, error = chain(&error), "not dropped now");
                self.stuck.insert(job.id.clone());
            }
        }
        begun.retain(|job| !self.stuck.contains(job));
        let tables = &self.engine.kept.of_jobs;
        while !begun.is_empty() && !sweeping.drop_jobs(&begun, tables, rows).await? {
            sleep(PAUSE).await;
        }
        debug!(jobs = begun.len(), "old jobs dropped");
        Ok(true)
    }

    /// What is left of a job outside of the store. A step that cannot be prepared, or whose output
    /// is not what it was, must not keep its job for ever.
    async fn forget(&self, job: &job::Model) -> Result<(), StepError> {
        if let Some(artifacts) = &self.engine.artifacts {
            artifacts.drop_files_of(&job.id).await?;
        }
        if job.lease_epoch == 0 {
            return Ok(());
        }
        let context = self.context(job);
        for stored in self.engine.store.steps().of(&job.id).await? {
            let forgotten = match self.engine.registry.prepare_stored(&stored) {
                Ok(step) => step.forget(&context).await,
                Err(error) => Err(error),
            };
            match forgotten {
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => {
                    debug!(job.id = %job.id, error = chain(&error), "a step leaves something");
                }
                Ok(()) => {}
            }
        }
        Ok(())
    }

    async fn drop_aged_rows(&self) -> Result<bool, StoreError> {
        let rows = self.engine.limits.retention.rows_per_step;
        let mut more = false;
        for (table, kept) in &self.engine.kept.aged {
            let sweeping = self.engine.store.sweeping();
            more |= sweeping
                .drop_aged(*table, Self::before(*kept), rows)
                .await?
                == rows;
        }
        Ok(more)
    }

    /// A place of files that is away keeps nothing else from being dropped.
    async fn drop_artifacts(&mut self) -> bool {
        let Some(artifacts) = &self.engine.artifacts else {
            return false;
        };
        let before = Self::before(self.engine.limits.retention.artifacts);
        let dropped = match artifacts.drop_aged(before, FILES_TOGETHER).await {
            Ok(dropped) => dropped,
            Err(error) => {
                warn!(error = chain(&error), "old artifacts cannot be dropped now");
                return false;
            }
        };
        if dropped == FILES_TOGETHER {
            return true;
        }
        if Instant::now() >= self.look_for_unknown_files {
            self.look_for_unknown_files = Instant::now() + UNKNOWN_FILES_EVERY;
            let before = before.min(Self::before(BEING_WRITTEN));
            if let Err(error) = artifacts.drop_unknown(before).await {
                warn!(error = chain(&error), "unknown files cannot be dropped now");
            }
        }
        false
    }
}

fn ids(jobs: &[job::Model]) -> Vec<JobId> {
    jobs.iter().map(|job| job.id.clone()).collect()
}
