//! Which tasks and services a caller sees.

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

/// Whether the caller sees a service: it may take its tasks, or give it some.
pub(super) fn sees_service(who: &Who, service: &str) -> bool {
    let scope = who.scope();
    let may_create = scope.has_queue(QUEUE) && scope.has_service(Some(service));
    scope.works_for(service) || may_create
}
