//! Errors of briefs as answers.

use crate::engine::{CallerError, ErrorKind};
use crate::http::error::Failure;
use crate::systems::briefs::request::RequestFault;
use crate::systems::briefs::storing::StoringError;

impl CallerError for StoringError {
    fn kind(&self) -> ErrorKind {
        match self.is_transient() {
            true => ErrorKind::Unavailable,
            false => ErrorKind::Internal,
        }
    }

    fn public_message(&self) -> String {
        Self::public_message(self)
    }
}

/// A field that does not fit.
impl From<RequestFault> for Failure {
    fn from(fault: RequestFault) -> Self {
        Self::invalid(fault.to_string())
    }
}

/// What is said of an id that names no brief, and of that of a brief of others.
pub(super) fn no_brief() -> Failure {
    Failure::not_found("job not found")
}
