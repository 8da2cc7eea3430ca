//! Which tasks and services a caller sees.

use entity::dead_letter;

use crate::http::Who;
use crate::http::error::Failure;
use crate::systems::dispatch::{Dispatch, QUEUE, TaskId};

/// Whether the caller sees a task. One that does not exist is not seen by a caller with limits.
pub(super) async fn sees(dispatch: &Dispatch, who: &Who, id: &TaskId) -> Result<bool, Failure> {
    let scope = who.scope();
    if !scope.has_service(Some(&id.service)) {
        return Ok(false);
    }
    if scope.queues().is_none() {
        return Ok(true);
    }
    let queue = dispatch.queue_of(id).await?;
    Ok(queue.is_some_and(|queue| scope.has_queue(&queue)))
}

/// Whether the caller sees a dead letter: one that belongs to no task is seen by callers without limits
/// of queues and projects only.
pub(super) async fn sees_letter(
    dispatch: &Dispatch,
    who: &Who,
    letter: &dead_letter::Model,
) -> Result<bool, Failure> {
    let scope = who.scope();
    if !scope.has_project(None) || !scope.has_service(letter.service.as_deref()) {
        return Ok(false);
    }
    if scope.queues().is_none() {
        return Ok(true);
    }
    let (Some(service), Some(job)) = (&letter.service, &letter.job_id) else {
        return Ok(false);
    };
    let (service, job) = (service.clone(), job.clone());
    let queue = dispatch.queue_of(&TaskId { service, job }).await?;
    Ok(queue.is_some_and(|queue| scope.has_queue(&queue)))
}

/// Whether the caller sees a service: it may take its tasks, or give it some.
pub(super) fn sees_service(who: &Who, service: &str) -> bool {
    let scope = who.scope();
    let may_create = scope.has_queue(QUEUE) && scope.has_service(Some(service));
    scope.works_for(service) || may_create
}
