//! Why files of an export could not be made.

use std::error::Error;
use std::io;

use rust_xlsxwriter::XlsxError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportFault {
    #[error("failed to {attempted}: {}", reason(.cause))]
    File {
        attempted: &'static str,
        #[source]
        cause: io::Error,
    },
    #[error("failed to write {file}")]
    Workbook {
        file: &'static str,
        #[source]
        cause: XlsxError,
    },
    #[error("failed to write the zip")]
    Zip(#[source] zip::result::ZipError),
    /// The library that writes workbooks panics where a temporary file cannot be written.
    #[error(
        "a thread that wrote a workbook ended early; there may be no room left for its temporary files"
    )]
    ThreadLost,
    #[error("stopped on request")]
    Stopped,
}

/// Without paths of the host.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "no space left on the device".to_owned(),
        io::ErrorKind::QuotaExceeded => "the quota of the disk is used up".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        kind => kind.to_string(),
    }
}

impl ExportFault {
    /// For people.
    pub fn public_message(&self) -> String {
        match self.io() {
            Some(cause) => format!(
                "the export could not be written to briefs.exports: {}",
                reason(cause)
            ),
            None => self.to_string(),
        }
    }

    /// Whether it is waited for until somebody has made room.
    pub fn is_outage(&self) -> bool {
        let kinds = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
        self.io().is_some_and(|cause| kinds.contains(&cause.kind()))
    }

    fn io(&self) -> Option<&io::Error> {
        match self {
            Self::File { cause, .. } => Some(cause),
            Self::Workbook { cause, .. } => match cause {
                XlsxError::IoError(cause) => Some(cause),
                // It is of another version of the library than ours.
                XlsxError::ZipError(cause) => within(cause),
                _ => None,
            },
            Self::Zip(cause) => within(cause),
            Self::ThreadLost | Self::Stopped => None,
        }
    }
}

fn within<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e io::Error> {
    error.source()?.downcast_ref()
}

/// For `map_err`: names what was attempted.
pub(super) fn failed_to(attempted: &'static str) -> impl FnOnce(io::Error) -> ExportFault {
    move |cause| ExportFault::File { attempted, cause }
}
