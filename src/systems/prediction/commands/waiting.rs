//! Waits for a job that a command has started.

use std::time::Duration;

use anyhow::Context;
use entity::{JobId, job};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::systems::Platform;

/// How often the store is looked at even if nothing was heard of the job.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Returns the job once it has ended; `None`: `stop` was cancelled.
pub(super) async fn wait(
    platform: &Platform,
    id: &JobId,
    stop: &CancellationToken,
) -> anyhow::Result<Option<job::Model>> {
    let runtime = platform.flows.runtime();
    let mut changes = runtime.watch(id);
    loop {
        match platform.store.jobs().find(id).await {
            Ok(Some(job)) if job.state.has_ended() => return Ok(Some(job)),
            Ok(Some(_)) => {}
            Ok(None) => anyhow::bail!("the job is not in the store any more"),
            Err(error) if error.is_transient() => {}
            Err(error) => return Err(error).context("failed to look at the job"),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(None),
            () = runtime.gave_up() => anyhow::bail!("the engine's supervisors kept dying"),
            () = changes.next() => {}
            () = sleep(LOOK_EVERY) => {}
        }
    }
}
