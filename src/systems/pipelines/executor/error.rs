//! What goes wrong between a server and its executor.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ExecutorError {
    #[error("{dir} is used by another server", dir = dir.display())]
    InUse { dir: PathBuf },
    #[error("failed to prepare the directory of the executor {dir}", dir = dir.display())]
    Directory {
        dir: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("failed to start the executor {program}", program = program.display())]
    Start {
        program: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("invalid attempt `{id}`: {reason}")]
    InvalidAttempt { id: String, reason: String },
    #[error("the executor knows no attempt `{id}`")]
    UnknownAttempt { id: String },
    #[error("the connection to the executor was closed")]
    Closed,
}
