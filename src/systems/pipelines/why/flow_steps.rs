//! What the steps of a flow that an instance uses wait for.

use entity::{StepState, job, step};
use serde::Deserialize;

use crate::clock;
use crate::systems::pipelines::pipelines::Pipelines;
use crate::systems::pipelines::project::Body;

/// Why the job failed, and when it starts over, by the time of day; `None`: it does not wait for that.
pub(super) fn starts_over(steps: &[step::Model]) -> Option<(&str, i64)> {
    let first = steps.first()?;
    let at = first.not_before_at?;
    let waits = first.state == StepState::Pending && first.failures == 0;
    let error = first.last_error.as_deref().filter(|_| waits)?;
    (at > clock::steady::now_micros()).then(|| (error, clock::steady::wall(at)))
}

/// What the request of a job says of its instance.
#[derive(Deserialize)]
struct Named {
    project: String,
    task: String,
}

/// What the flow that an instance uses says that its parked steps wait for.
pub(super) fn waits_for(
    pipelines: &Pipelines,
    job: &job::Model,
    steps: &[step::Model],
) -> Option<&'static str> {
    let is_parked = |step: &step::Model| step.added_by.is_some() && step.batches_parked > 0;
    if !steps.iter().any(is_parked) {
        return None;
    }
    let named: Named = serde_json::from_str(&job.request).ok()?;
    let known = pipelines.projects.find(&named.project)?;
    let Some(Body::Uses { flow, .. }) = &known.project.task(&named.task)?.body else {
        return None;
    };
    let mut flows = pipelines.flows.descriptions();
    let flow = flows.find(|known| known.uses == Some(flow.as_str()))?;
    flow.parked_for
}
