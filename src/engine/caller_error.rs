//! What a caller is shown of an error: its kind and a sentence.

use std::error::Error;

use serde_json::Value;

/// The kinds of errors that callers distinguish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request does not fit, or cannot be understood.
    Invalid,
    /// The request is larger than it may be.
    TooLarge,
    /// The request is for something that this installation does not have.
    Unsupported,
    /// What the call names does not exist.
    NotFound,
    /// The state of the thing does not allow it.
    Conflict,
    /// A limit of what may wait is reached; the same request may succeed later.
    TooMany,
    /// Something that is needed cannot be reached; the same request may succeed later.
    Unavailable,
    /// A fault of the program or its installation.
    Internal,
}

/// An error that can be the answer to a call.
pub trait CallerError: Error {
    /// No `_` arm: a new variant has to choose.
    fn kind(&self) -> ErrorKind;

    /// Whether the same may succeed later without anybody doing anything.
    fn may_pass(&self) -> bool {
        matches!(self.kind(), ErrorKind::Unavailable | ErrorKind::TooMany)
    }

    /// Members that the answer has besides.
    fn members(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// A sentence without SQL, host paths or secrets.
    fn public_message(&self) -> String {
        self.to_string()
    }

    /// Whether it belongs to an outage that has been logged as such: it would be logged again for
    /// each call.
    fn is_logged(&self) -> bool {
        false
    }
}
