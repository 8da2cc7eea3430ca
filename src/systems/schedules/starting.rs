//! What a schedule starts: the request for a moment, and the job that its flow makes of it.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::definition::Schedule;
use super::template::{Filling, fill};
use crate::engine::seam::{AnyFlow, Composed, NewRun, SystemError};
use crate::engine::{CallerError, ErrorKind, Flows};

/// The flow, by its member in the body of `POST /v1/jobs` or by its name.
pub(super) fn flow<'f>(flows: &'f Flows, schedule: &Schedule) -> Option<&'f Arc<dyn AnyFlow>> {
    let name = &schedule.start.flow;
    flows.find_by_member(name).or_else(|| flows.find(name))
}

/// The request of a fire at `at` (microseconds since 1970).
pub(super) fn request(
    schedule: &Schedule,
    at: i64,
    last: Option<&str>,
    params: &Map<String, Value>,
) -> Result<Value, String> {
    let with = Filling {
        fire: at,
        zone: schedule.zone,
        last,
        params,
    };
    fill(&schedule.start.request, &with)
}

/// Makes a job of a request, without storing it.
pub(super) async fn compose(
    flow: &Arc<dyn AnyFlow>,
    request: Value,
    run: NewRun,
) -> Result<Composed, SystemError> {
    flow.compose(request, run)?.await
}

/// Why the flow would refuse what a fire at `at` starts, with its place in the schedule. `None` also where
/// that cannot be known: while something is away, or with values that only a fire brings.
pub(super) async fn refusal(flows: &Flows, schedule: &Schedule, at: i64) -> Option<String> {
    let name = &schedule.start.flow;
    let Some(flow) = flow(flows, schedule) else {
        return Some(format!("start.{name}: there is no such flow"));
    };
    let request = request(schedule, at, None, &Map::new()).ok()?;
    let error = compose(flow, request, NewRun::default()).await.err()?;
    let is_refused = matches!(
        error.kind(),
        ErrorKind::Invalid | ErrorKind::Unsupported | ErrorKind::NotFound
    );
    let message = match &error {
        SystemError::Misfit { place, reason } if !place.is_empty() => format!(".{place}: {reason}"),
        error => format!(": {}", error.public_message()),
    };
    (is_refused && !error.may_pass()).then(|| format!("start.{name}{message}"))
}
