//! Which tasks and services a caller sees.

use crate::http::Who;
use crate::http::error::Failure;
use crate::systems::dispatch::{Dispatch, TaskId};

/// Whether the caller sees a task. One that does not exist is not seen by a caller with limits.
pub(super) async fn sees(dispatch: &Dispatch, who: &Who, id: &TaskId) -> Result<bool, Failure> {
    let scope = who.scope();
    if !who.sees_service(&id.service) {
        return Ok(false);
    }
    if scope.queues.is_empty() {
        return Ok(true);
    }
    let queue = dispatch.queue_of(&id.job).await?;
    Ok(queue.is_some_and(|queue| scope.has_queue(&queue)))
}

/// Whether the caller may take tasks of a service: of any queue, so that one that sees only some queues
/// needs to be given the service.
pub(super) fn may_take(who: &Who, service: &str) -> Result<(), Failure> {
    let scope = who.scope();
    if scope.queues.is_empty() || scope.services.iter().any(|own| own == service) {
        return Ok(());
    }
    Err(Failure::not_found(format!("there is no service {service}")))
}
