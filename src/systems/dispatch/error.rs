//! Why something could not be done with a task for an outside worker.

use entity::DispatchStatus;

use crate::engine::FlowError;
use crate::engine::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    #[error("service not support")]
    UnknownService { service: String },
    #[error("the condition does not fit the schema of the service: {reason}")]
    Condition { reason: String },
    #[error("there is no task {task_id}")]
    UnknownTask { task_id: String },
    #[error("the task is {}, which does not allow it", .status.as_str())]
    NotNow { status: DispatchStatus },
    #[error("{reason}")]
    Refused { reason: String },
    #[error("there is no dead letter {seq}")]
    UnknownLetter { seq: i64 },
    #[error(transparent)]
    Flow(#[from] FlowError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
