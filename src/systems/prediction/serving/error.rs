//! Why a model does not answer, or was not changed.

use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind};
use crate::models::Mismatch;

/// Why there is no version to ask.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error("expected NAME, NAME@ALIAS or NAME:VERSION, found \"{0}\"")]
    Unreadable(String),
    #[error("alias, version: expected one of them")]
    Both,
    #[error("there is no model {name}; known: {known}")]
    UnknownModel { name: String, known: String },
    #[error("model {model} has no alias {alias}; known: {known}")]
    UnknownAlias {
        model: String,
        alias: String,
        known: String,
    },
    #[error("model {model} has no version {version}; known: {known}")]
    UnknownVersion {
        model: String,
        version: i32,
        known: String,
    },
    #[error("version {version} of model {model} was refused: {reason}")]
    Refused {
        model: String,
        version: i32,
        reason: String,
    },
    /// It is known, and nothing of it can answer.
    #[error("no version of model {model} is ready: {reason}")]
    NotReady { model: String, reason: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CallerError for ServeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreadable(_) | Self::Both => ErrorKind::Invalid,
            Self::UnknownModel { .. } | Self::UnknownAlias { .. } | Self::UnknownVersion { .. } => {
                ErrorKind::NotFound
            }
            Self::Refused { .. } => ErrorKind::Conflict,
            Self::NotReady { .. } => ErrorKind::Unavailable,
            Self::Store(error) => error.kind(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Store(error) => error.public_message(),
            error => error.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Store(error) => error.is_logged(),
            // It is said for each call until somebody moves the alias.
            Self::NotReady { .. } => true,
            _ => false,
        }
    }
}

/// Why rows were not scored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PredictError {
    #[error("rows: expected at most {most}, found {found}")]
    TooManyRows { found: usize, most: usize },
    #[error(
        "the rows that are being scored are as many as they may be (`predict.rows_in_work_max`: {most})"
    )]
    TooManyInWork { most: usize },
    /// Logged where it happened.
    #[error("version {version} of model {model} failed on these rows")]
    Panicked { model: String, version: i32 },
    #[error(
        "version {version} of model {model} is scored by another server, and not in steps of this one"
    )]
    IsRemote { model: String, version: i32 },
    /// The server of a remote model does not answer, or not as it should.
    #[error("{0}")]
    Remote(String),
    /// What its server says of these rows.
    #[error("{0}")]
    RefusedByRemote(String),
    #[error("the server is being stopped")]
    Stopped,
}

impl CallerError for PredictError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooManyRows { .. } => ErrorKind::TooLarge,
            Self::TooManyInWork { .. } => ErrorKind::TooMany,
            Self::Panicked { .. } => ErrorKind::Internal,
            Self::IsRemote { .. } | Self::RefusedByRemote(_) => ErrorKind::Invalid,
            Self::Remote(_) | Self::Stopped => ErrorKind::Unavailable,
        }
    }

    fn is_logged(&self) -> bool {
        matches!(self, Self::Panicked { .. })
    }
}

/// Why models or aliases were not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ModelsError {
    #[error(
        "{field}: expected 1 to 63 characters without white space around them and without @ : / \\ ? # %, not `.` or `..`, found \"{found}\""
    )]
    Name { field: &'static str, found: String },
    #[error("file: expected at most {most} bytes (`prediction.model_mb_max`), found {found}")]
    TooLarge { found: u64, most: u64 },
    #[error("golden: {0}")]
    Golden(String),
    #[error("version {version} of model {model} has no goldens; expected some with the call")]
    NoGolden { model: String, version: i32 },
    #[error(
        "version {version} of model {model} is unproved; an alias takes it with `unproved: true` only"
    )]
    Unproved { model: String, version: i32 },
    /// It was proved once, and does not answer so here.
    #[error("version {version} of model {model} cannot be used: {reason}")]
    Unusable {
        model: String,
        version: i32,
        reason: String,
        mismatch: Option<Box<Mismatch>>,
    },
    #[error("alias {alias} of model {model} has no version before this one")]
    NoPrevious { model: String, alias: String },
    #[error("alias {alias} of model {model} was moved meanwhile")]
    Moved { model: String, alias: String },
    #[error("version {version} of model {model} is in use: {by}")]
    InUse {
        model: String,
        version: i32,
        by: String,
    },
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("a worker thread ended early")]
    ThreadLost,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CallerError for ModelsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Name { .. } | Self::Golden(_) | Self::NoGolden { .. } => ErrorKind::Invalid,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::Unproved { .. }
            | Self::Unusable { .. }
            | Self::NoPrevious { .. }
            | Self::Moved { .. }
            | Self::InUse { .. } => ErrorKind::Conflict,
            Self::ThreadLost => ErrorKind::Internal,
            Self::Serve(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn members(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::Unusable {
                mismatch: Some(mismatch),
                ..
            } => vec![
                ("row", mismatch.row.into()),
                ("expected", (*mismatch.expected).clone()),
                ("found", (*mismatch.found).clone()),
            ],
            _ => Vec::new(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Serve(error) => error.public_message(),
            Self::Store(error) => error.public_message(),
            error => error.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Serve(error) => error.is_logged(),
            Self::Store(error) => error.is_logged(),
            _ => false,
        }
    }
}
