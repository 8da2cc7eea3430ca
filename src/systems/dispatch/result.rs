//! What workers handed in, waited for if need be.

use std::time::Duration;

use entity::{DispatchStatus, job};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::store::{Dispatched, Standing};
use super::{
    Dispatch, DispatchError, DispatchKind, LOOK_EVERY, Result, TaskId, TaskView, parsed, view,
};
use crate::engine::seam::StepKind;

/// What a worker handed in.
#[derive(Clone, Debug)]
pub struct TaskResult {
    pub view: TaskView,
    pub result: Value,
}

impl Dispatch {
    /// What the worker of a finished task handed in. One that has not ended is waited for.
    pub async fn result(&self, id: &TaskId, wait: Duration) -> Result<TaskResult> {
        if !wait.is_zero() {
            self.wait_for_end(id, Instant::now() + wait).await?;
        }
        let Dispatched { task, .. } = self.find(id).await?;
        let result = match (task.status, &task.result) {
            (DispatchStatus::Finished, result) => result.as_deref().map(parsed),
            (DispatchStatus::Failed, Some(result)) => Some(parsed(result)),
            (DispatchStatus::Failed, None) => {
                let why = task.message_failed.as_deref().unwrap_or("no reason given");
                let reason = format!("the task has failed: {why}");
                return Err(DispatchError::Refused { reason });
            }
            (status, _) => {
                let status = status.as_str();
                let reason = format!("the task is {status}; it has no result yet");
                return Err(DispatchError::Refused { reason });
            }
        };
        Ok(TaskResult {
            view: view(&Standing::from(&task)),
            result: result.unwrap_or_else(|| json!({})),
        })
    }

    /// What was handed in for the task that a job is, or else has in a step of its own.
    pub(super) async fn result_of(&self, job: &job::Model) -> Result<Option<Value>> {
        if let Some(Dispatched { task, .. }) = self.store.find(&job.id).await? {
            return Ok(task.result.as_deref().map(parsed));
        }
        let steps = self.store.engine().steps().of(&job.id).await?;
        let step = steps.iter().find(|step| step.kind == DispatchKind::NAME);
        let output = step.and_then(|step| step.output.as_deref());
        Ok(output.map(parsed))
    }

    /// Returns at once if there is no such task.
    async fn wait_for_end(&self, id: &TaskId, until: Instant) -> Result<()> {
        loop {
            // Registered before the look, so that no end is missed between it and the wait.
            let rung = self.bell.for_waiting();
            tokio::pin!(rung);
            rung.as_mut().enable();
            let found = self.statuses(&[Some(id.clone())]).await?;
            let is_open = found.iter().flatten().any(|view| !view.status.has_ended());
            let now = Instant::now();
            if !is_open || now >= until {
                return Ok(());
            }
            tokio::select! {
                () = rung => {}
                // Another process may have taken the report.
                () = sleep_until(until.min(now + LOOK_EVERY)) => {}
            }
        }
    }
}
