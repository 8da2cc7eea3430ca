//! Why a file could not be written, read or dropped.

use object_store::Error;

#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    #[error("`{url}` names no place for files: {reason}")]
    Place { url: String, reason: String },
    #[error("`{path}` cannot be the path of a file")]
    Path { path: String },
    #[error("failed to {attempted} `{path}`")]
    Failed {
        attempted: &'static str,
        path: String,
        #[source]
        cause: Error,
    },
    #[error("failed to read the local file `{path}`")]
    Local {
        path: String,
        #[source]
        cause: std::io::Error,
    },
}

impl FilesError {
    /// Whether trying again can help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Place { .. } | Self::Path { .. } | Self::Local { .. } => false,
            Self::Failed { cause, .. } => !matches!(
                cause,
                Error::NotFound { .. }
                    | Error::InvalidPath { .. }
                    | Error::NotSupported { .. }
                    | Error::NotImplemented { .. }
                    | Error::PermissionDenied { .. }
                    | Error::Unauthenticated { .. }
                    | Error::UnknownConfigurationKey { .. }
            ),
        }
    }
}

/// For `map_err`.
pub(super) fn failed(attempted: &'static str, path: &str) -> impl FnOnce(Error) -> FilesError {
    let path = path.to_owned();
    move |cause| FilesError::Failed {
        attempted,
        path,
        cause,
    }
}
