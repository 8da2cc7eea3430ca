//! A flow that does nothing, durably.

use entity::JobId;
use serde_json::json;

use crate::engine::noop::{NoopKind, NoopParams};
use crate::engine::seam::StepKind;
use crate::engine::store::NewJob;
use crate::engine::{Flow, FlowError, FlowStep};

/// Name of the flow, as jobs carry it.
pub const FLOW: &str = "noop";

const QUEUE: &str = "noop";

/// A job of so many steps, one after the other, with so many batches each.
pub fn job(id: JobId, steps: u32, batches: u32) -> Result<NewJob, FlowError> {
    let name = |no: u32| format!("noop{no}");
    let steps = (0..steps).map(|no| FlowStep {
        name: name(no),
        kind: NoopKind::NAME.to_owned(),
        params: json!(NoopParams { batches }),
        after: no.checked_sub(1).map(name).into_iter().collect(),
        delay_s: 0,
    });
    let flow = Flow {
        name: FLOW.to_owned(),
        steps: steps.collect(),
    };
    flow.into_job(id, QUEUE.to_owned(), json!({}), None, vec![])
}
