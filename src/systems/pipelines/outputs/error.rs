//! Why an output could not be looked at, made or published.

use std::io;

use crate::engine::seam::{ErrorClass, StepError};

/// Messages name outputs as they stand in the file, filled in, and no path of the host.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    /// It can never be used: what it names is not allowed, or not what was expected.
    #[error("{output}: {problem}")]
    Refused { output: String, problem: String },
    /// The attempt ended without it.
    #[error("made no {0}")]
    NotMade(String),
    #[error("made {made} of {output}; expected at least {expected}")]
    TooLittle {
        output: String,
        made: String,
        expected: String,
    },
    /// The operating system refused something.
    #[error("{output} {failed}: {}", in_words(.cause))]
    File {
        output: String,
        failed: &'static str,
        #[source]
        cause: io::Error,
    },
    /// What its existence is asked of is away: waiting can help.
    #[error("{output}: {problem}")]
    Away {
        output: String,
        problem: String,
        #[source]
        cause: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

impl OutputError {
    pub(super) fn refused(output: &str, problem: impl Into<String>) -> Self {
        Self::Refused {
            output: output.to_owned(),
            problem: problem.into(),
        }
    }

    /// For `map_err`: `failed` continues the sentence, e.g. `cannot be moved to its place`.
    pub(super) fn file(output: &str, failed: &'static str) -> impl FnOnce(io::Error) -> Self {
        let output = output.to_owned();
        move |cause| Self::File {
            output,
            failed,
            cause,
        }
    }

    /// What the engine makes of it. No `_` arm: a new variant has to choose.
    pub(crate) fn class(&self) -> ErrorClass {
        match self {
            Self::Refused { .. } => ErrorClass::Final,
            Self::NotMade(_) | Self::TooLittle { .. } => ErrorClass::Retry,
            Self::File { cause, .. } => match is_lasting(cause) {
                true => ErrorClass::Final,
                false => ErrorClass::Retry,
            },
            Self::Away { .. } => ErrorClass::Outage,
        }
    }

    /// Whether another attempt cannot succeed.
    pub(crate) fn is_final(&self) -> bool {
        self.class() == ErrorClass::Final
    }
}

impl From<OutputError> for StepError {
    fn from(error: OutputError) -> Self {
        let public = error.to_string();
        match error.class() {
            ErrorClass::Outage => Self::outage("an output", public),
            class => Self::new(class, public),
        }
        .caused_by(error)
    }
}

/// Whether trying again is refused in the same way: rights, read-only file systems, names.
fn is_lasting(cause: &io::Error) -> bool {
    matches!(
        cause.kind(),
        io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::FileTooLarge
    )
}

/// What the operating system says, in words; never a path.
fn in_words(cause: &io::Error) -> String {
    let words = match cause.kind() {
        io::ErrorKind::StorageFull => "no space left on the device",
        io::ErrorKind::QuotaExceeded => "the disk quota is exceeded",
        io::ErrorKind::PermissionDenied => "permission denied",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        io::ErrorKind::NotADirectory => "a part of its path is not a directory",
        io::ErrorKind::NotFound => "it has disappeared",
        io::ErrorKind::InvalidFilename => "its name is too long",
        io::ErrorKind::FileTooLarge => "it is larger than files may be",
        _ => match cause.raw_os_error() {
            Some(_) => return cause.to_string().to_lowercase(),
            None => "the operating system refused it",
        },
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_files_are_said_in_words() {
        for (number, expected, class) in [
            (28, "no space left on the device", ErrorClass::Retry),
            (13, "permission denied", ErrorClass::Final),
            (30, "the file system is read-only", ErrorClass::Final),
            (36, "its name is too long", ErrorClass::Final),
            (5, "input/output error (os error 5)", ErrorClass::Retry),
        ] {
            let cause = io::Error::from_raw_os_error(number);
            let error = OutputError::file("data/x.json", "cannot be moved to its place")(cause);
            let expected = format!("data/x.json cannot be moved to its place: {expected}");
            assert_eq!(error.to_string(), expected);
            assert_eq!(error.class(), class, "{expected}");
        }
    }
}
