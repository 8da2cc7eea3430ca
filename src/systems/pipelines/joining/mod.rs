//! Instances that are made by a flow of another system. Their jobs have its steps themselves.
//!
//! ```text
//! make (kind join) ──► the steps of the flow ──► conclude
//!   looks at the outputs, lets the flow compose       looks at the outputs, asks the flow for
//!   the request that `with` is, adds its steps        its result, stores the marker
//! ```
//!
//! The flow composes when the job begins and not when the run is planned: what it looks at may have
//! been made by an earlier task of the same run. A job that fails starts over as often as its task may
//! be retried.

mod conclude;
mod join;
mod request;

use serde_json::json;

pub(crate) use conclude::ConcludeKind;
pub(crate) use join::JoinKind;

use super::command::CommandParams;
use crate::engine::seam::StepKind;
use crate::engine::store::{AddedSteps, NewJob, NewStep};

/// The name of the last step.
const CONCLUDE: &str = "conclude";

/// What is added to the job of an instance: the steps that a flow has composed, and the last one.
fn added_steps(composed: NewJob, params: &CommandParams) -> AddedSteps {
    let mut steps = composed.steps;
    let all = (0..).zip(&steps).map(|(place, _)| place).collect();
    steps.push(NewStep {
        name: CONCLUDE.to_owned(),
        kind: ConcludeKind::NAME.to_owned(),
        params: json!(params),
        after: all,
        delay_s: 0,
    });
    AddedSteps {
        steps,
        blobs: composed.blobs,
    }
}
