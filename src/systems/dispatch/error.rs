//! Why something could not be done with a task for an outside worker.

use entity::DispatchStatus;
use serde_json::Value;

use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind, FlowError};

#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    #[error("service not support")]
    UnknownService { service: String },
    #[error("the condition does not fit the schema of the service: {reason}")]
    Condition { reason: String },
    #[error(
        "the message of the task would take {bytes} bytes, at most {most} are allowed \
         (mq_conf.message_max_bytes)"
    )]
    TooLarge { bytes: u64, most: u64 },
    #[error("there is no task {task_id}")]
    UnknownTask { task_id: String },
    #[error("the task is {}, which does not allow it", .status.as_str())]
    NotNow { status: DispatchStatus },
    #[error("{reason}")]
    Refused { reason: String },
    #[error("{reason}")]
    Cancelled { reason: String },
    #[error("there is no dead letter {seq}")]
    UnknownLetter { seq: i64 },
    #[error(transparent)]
    Flow(#[from] FlowError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CallerError for DispatchError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownService { .. } => ErrorKind::Unsupported,
            Self::Condition { .. } => ErrorKind::Invalid,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::UnknownTask { .. } | Self::UnknownLetter { .. } => ErrorKind::NotFound,
            Self::NotNow { .. } | Self::Refused { .. } | Self::Cancelled { .. } => {
                ErrorKind::Conflict
            }
            Self::Flow(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Cancelled { .. } => vec![("cancelled", true.into())],
            _ => Vec::new(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Condition { reason } => reason.clone(),
            Self::UnknownService { .. }
            | Self::TooLarge { .. }
            | Self::UnknownTask { .. }
            | Self::NotNow { .. }
            | Self::Refused { .. }
            | Self::Cancelled { .. }
            | Self::UnknownLetter { .. }
            | Self::Flow(_)
            | Self::Store(_) => self.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_logged())
    }
}
