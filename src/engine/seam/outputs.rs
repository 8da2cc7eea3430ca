//! What the steps before have made.

use std::sync::Arc;

use entity::{StepState, step};
use serde::de::DeserializeOwned;

use super::StepError;

/// The outputs of the steps of a job that have completed, by name. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Outputs(Arc<Vec<StepOutput>>);

/// What a completed step has left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepOutput {
    pub step: String,
    /// JSON; `None`: the step has no output.
    value: Option<String>,
    pub batches: u32,
    /// Failed batches that the step tolerated.
    pub batches_failed: u32,
}

impl Outputs {
    pub(in crate::engine) fn of(steps: &[step::Model]) -> Self {
        let completed = steps
            .iter()
            .filter(|step| step.state == StepState::Completed);
        let outputs = completed.map(|step| StepOutput {
            step: step.name.clone(),
            value: step.output.clone(),
            batches: u32::try_from(step.batches_total).unwrap_or(0),
            batches_failed: u32::try_from(step.batches_failed).unwrap_or(0),
        });
        Self(Arc::new(outputs.collect()))
    }

    /// A completed step.
    pub fn step(&self, name: &str) -> Option<&StepOutput> {
        self.0.iter().find(|output| output.step == name)
    }

    /// The output of a step, which must have one of this type.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<T, StepError> {
        let missing = || StepError::refused(format!("step `{name}` has left no output"));
        let output = self.step(name).ok_or_else(missing)?;
        let value = output.value.as_deref().ok_or_else(missing)?;
        serde_json::from_str(value).map_err(|error| {
            StepError::refused(format!(
                "the output of step `{name}` is not what is expected here: {error}"
            ))
        })
    }
}
