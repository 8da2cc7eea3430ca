//! Why a step could not continue, and what the engine makes of it.
//!
//! An error has a class, which decides what follows, and a message that people may see. What
//! went wrong in full is its source, for the log.

use std::error::Error;

use crate::engine::store::StoreError;
use crate::fault::InjectedFault;

/// What the engine makes of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// Another attempt may succeed: it is retried and counts against the attempts allowed.
    Retry,
    /// Something outside is away: it is waited for and not counted.
    Outage,
    /// Another attempt cannot succeed.
    Final,
    /// Something that it needs is not in the settings of this process; it may be in those of another
    /// one, to which the job is left.
    NotHere,
    /// The work was asked to stop, and did.
    Stopped,
    /// Another process works on the job by now.
    LeaseLost,
}

/// Why a step could not continue.
#[derive(Debug, thiserror::Error)]
#[error("{}", logged.unwrap_or(public.as_str()))]
pub struct StepError {
    class: ErrorClass,
    public: String,
    logged: Option<&'static str>,
    waits_for: &'static str,
    /// Of what is waited for, as the settings have it.
    named: Option<String>,
    #[source]
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl StepError {
    /// `public` is shown to people: no SQL, paths of the host or secrets.
    pub fn new(class: ErrorClass, public: impl Into<String>) -> Self {
        Self {
            class,
            public: public.into(),
            logged: None,
            waits_for: "another attempt",
            named: None,
            cause: None,
        }
    }

    /// Another attempt may succeed.
    pub fn retry(public: impl Into<String>) -> Self {
        Self::new(ErrorClass::Retry, public)
    }

    /// `what` is away, e.g. `the source`: it is waited for.
    pub fn outage(what: &'static str, public: impl Into<String>) -> Self {
        Self {
            waits_for: what,
            ..Self::new(ErrorClass::Outage, public)
        }
    }

    /// Something in the job or its settings makes it impossible.
    pub fn refused(reason: impl std::fmt::Display) -> Self {
        Self::new(ErrorClass::Final, reason.to_string())
    }

    /// Something that the job needs is not in the settings of this process.
    pub fn not_here(reason: impl std::fmt::Display) -> Self {
        Self::new(ErrorClass::NotHere, reason.to_string())
    }

    /// The work was asked to stop, and did.
    pub fn stopped() -> Self {
        Self::new(ErrorClass::Stopped, "stopped on request")
    }

    /// Another process works on the job by now.
    pub fn lease_lost() -> Self {
        Self::new(
            ErrorClass::LeaseLost,
            "another process has taken over the job",
        )
    }

    /// A thread that worked for the step ended without a result.
    pub fn thread_lost() -> Self {
        Self::retry("a worker thread ended early")
    }

    /// What the log says instead of the message for people, where that quotes rows.
    #[must_use]
    pub fn logged_as(mut self, logged: &'static str) -> Self {
        self.logged = Some(logged);
        self
    }

    /// What it is about, although nothing is away, for [`Self::naming`].
    #[must_use]
    pub fn about(mut self, what: &'static str) -> Self {
        self.waits_for = what;
        self
    }

    /// Says which one it is, where the error only has `the source`.
    #[must_use]
    pub fn naming(mut self, what: &str, name: impl FnOnce() -> String) -> Self {
        if self.waits_for == what && self.named.is_none() {
            let name = name();
            // Of what is away the name is said with how long it has been.
            if self.class != ErrorClass::Outage {
                self.public = format!("{name}: {}", self.public);
            }
            self.named = Some(name);
        }
        self
    }

    /// What went wrong in full, for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    pub fn class(&self) -> ErrorClass {
        self.class
    }

    /// Whether waiting can help.
    pub fn is_transient(&self) -> bool {
        self.class == ErrorClass::Outage
    }

    /// Whether a process with other settings may be able to do it.
    pub fn is_not_here(&self) -> bool {
        self.class == ErrorClass::NotHere
    }

    /// Whether the work stopped because it was asked to.
    pub fn is_stopped(&self) -> bool {
        self.class == ErrorClass::Stopped
    }

    /// Whether another process works on the job by now.
    pub fn is_lost_lease(&self) -> bool {
        self.class == ErrorClass::LeaseLost
    }

    /// What is waited for while it is away.
    pub fn waits_for(&self) -> &'static str {
        self.waits_for
    }

    /// Which one that is, in the words of the settings, e.g. `output `result``.
    pub fn named(&self) -> Option<&str> {
        self.named.as_deref()
    }

    /// For people who must not see SQL, paths or secrets.
    pub fn public_message(&self) -> &str {
        &self.public
    }
}

impl From<StoreError> for StepError {
    fn from(error: StoreError) -> Self {
        const AWAY: &str = "failed to reach the engine's database";
        let converted = match &error {
            StoreError::LeaseLost { .. } => Self::lease_lost(),
            error if error.is_transient() => Self::outage("the engine's database", AWAY),
            _ => Self::retry(AWAY),
        };
        converted.caused_by(error)
    }
}

impl From<InjectedFault> for StepError {
    fn from(fault: InjectedFault) -> Self {
        let public = fault.to_string();
        match fault.transient {
            true => Self::outage("another attempt", public),
            false => Self::retry(public),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::chain;

    #[test]
    fn a_message_that_quotes_rows_is_not_logged() {
        let error = StepError::refused("`amy` is in no group").logged_as("a row is in no group");
        assert_eq!(chain(&error), "a row is in no group");
        assert_eq!(error.public_message(), "`amy` is in no group");
    }
}
