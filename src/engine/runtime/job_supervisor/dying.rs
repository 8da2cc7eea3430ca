//! Tasks that died: what becomes of their jobs.

use std::time::Duration;

use ractor::{ActorProcessingErr, ActorRef};
use tokio::time::Instant;
use tracing::error;

use super::{JobsState, Revival, Task, ToJobs};
use crate::engine::runtime::intensity::Intensity;
use crate::engine::runtime::task::first_line;
use crate::engine::runtime::tree::Post;
use crate::engine::seam::StepError;
use crate::engine::store::StoreError;
use crate::telemetry::chain;

const DEATHS_MAX: usize = 5;
const DEATHS_PERIOD: Duration = Duration::from_secs(30);

impl JobsState {
    /// A task actor that died is given another life, a few times. Then one more, only to end
    /// the job where its users see it. If it dies of that, too, the job waits for its lease to
    /// lapse: nothing better is known to be done with it.
    pub(super) fn died(
        &mut self,
        task: Task,
        error: &ActorProcessingErr,
        myself: &ActorRef<ToJobs>,
    ) {
        const PAUSE: Duration = Duration::from_millis(200);
        let job = &task.claim.job;
        task.span.log().in_scope(|| {
            error!(job.id = %job, error = chain(&**error), "the task's actor died");
        });
        if task.gives_up {
            task.span.end();
            self.engine.tree.forget(job);
            return;
        }
        task.span
            .event("task.restarted", &[("reason", public_message(error))]);
        let intensity = self
            .deaths
            .entry(job.clone())
            .or_insert_with(|| Intensity::new(DEATHS_MAX, DEATHS_PERIOD));
        let give_up = (!intensity.allows(Instant::now())).then(|| {
            let deaths = DEATHS_MAX + 1;
            format!(
                "the task's actor died {deaths} times: {}",
                public_message(error)
            )
        });
        let revival = Revival {
            claim: task.claim,
            queue: task.queue,
            cancelling: task.cancelling,
            span: task.span,
            first: None,
            give_up,
        };
        myself.post_after(PAUSE, || ToJobs::Revive(Box::new(revival)));
    }
}

/// The part of the reason of a death that callers may see.
fn public_message(error: &ActorProcessingErr) -> String {
    if let Some(error) = error.downcast_ref::<StepError>() {
        error.public_message().to_owned()
    } else if error.is::<StoreError>() {
        "the engine's database failed".to_owned()
    } else {
        first_line(&error.to_string())
    }
}
