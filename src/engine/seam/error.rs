//! Why a step could not go on.

use crate::engine::store::StoreError;
use crate::fault::InjectedFault;
use crate::systems::labelling::panels::SinkError;
use crate::systems::labelling::posts::SourceError;

#[derive(Debug, thiserror::Error)]
pub enum StepError {
    #[error("failed to read the source")]
    Source(#[from] SourceError),
    #[error("failed to write the output")]
    Sink(#[from] SinkError),
    #[error("failed to reach the engine's database")]
    Store(#[from] StoreError),
    #[error("{kind} is not a kind of step; known are {known}")]
    UnknownKind { kind: String, known: String },
    #[error("the parameters of a `{kind}` step do not fit: {reason}")]
    Params { kind: String, reason: String },
    /// Something in the job or its settings makes it impossible.
    #[error("{reason}")]
    Refused { reason: String },
    #[error(transparent)]
    Injected(#[from] InjectedFault),
    #[error("a worker thread ended early")]
    ThreadLost,
}

impl StepError {
    /// Whether waiting can help. No `_` arm: a new variant has to choose.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Source(error) => error.is_transient(),
            Self::Sink(error) => error.is_transient(),
            Self::Store(error) => error.is_transient(),
            Self::Injected(fault) => fault.transient,
            Self::UnknownKind { .. }
            | Self::Params { .. }
            | Self::Refused { .. }
            | Self::ThreadLost => false,
        }
    }

    /// Whether trying again cannot help, so that it is not worth an attempt.
    pub fn is_final(&self) -> bool {
        match self {
            Self::UnknownKind { .. } | Self::Params { .. } | Self::Refused { .. } => true,
            Self::Source(_)
            | Self::Sink(_)
            | Self::Store(_)
            | Self::Injected(_)
            | Self::ThreadLost => false,
        }
    }

    /// Whether another process works on the job by now.
    pub fn is_lost_lease(&self) -> bool {
        matches!(
            self,
            Self::Sink(SinkError::Fenced) | Self::Store(StoreError::LeaseLost { .. })
        )
    }

    /// What is waited for while it is away.
    pub fn waits_for(&self) -> &'static str {
        match self {
            Self::Source(_) => "the source",
            Self::Sink(_) => "the output database",
            Self::Store(_) => "the engine's database",
            _ => "another attempt",
        }
    }

    /// For people who must not see SQL, paths or secrets.
    pub fn public_message(&self) -> String {
        match self {
            Self::Source(error) => error.public_message(),
            Self::Sink(error) => error.public_message(),
            Self::Store(_)
            | Self::UnknownKind { .. }
            | Self::Params { .. }
            | Self::Refused { .. }
            | Self::Injected(_)
            | Self::ThreadLost => self.to_string(),
        }
    }
}
