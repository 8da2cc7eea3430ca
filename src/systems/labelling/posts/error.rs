//! What follows for a step when posts cannot be read.

use crate::engine::seam::StepError;
use crate::tables::ReadError;

/// What a step waits for while it cannot be read; its name is added where it is known.
pub const THE_SOURCE: &str = "the source";

impl From<ReadError> for StepError {
    fn from(error: ReadError) -> Self {
        let public = error.public_message();
        let step_error = match &error {
            error if error.is_transient() => Self::outage(THE_SOURCE, public),
            error if error.is_final() => Self::refused(public),
            _ => Self::retry(public),
        };
        step_error.caused_by(error)
    }
}
