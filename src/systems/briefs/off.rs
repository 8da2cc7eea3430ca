//! Platforms that cannot be asked, in the details of `/readyz`.

use async_trait::async_trait;

use super::platforms::Platforms;
use crate::engine::seam::{Part, SystemError};
use crate::engine::{CallerError, ErrorKind};

/// The part.
pub(super) struct PlatformsOff(pub Platforms);

#[derive(Debug, thiserror::Error)]
#[error("platforms are off: {0}")]
struct Off(String);

impl CallerError for Off {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }

    fn is_logged(&self) -> bool {
        // It was said at the start.
        true
    }
}

#[async_trait]
impl Part for PlatformsOff {
    fn name(&self) -> &'static str {
        "platforms"
    }

    fn is_needed(&self) -> bool {
        false
    }

    async fn check(&self) -> Result<(), SystemError> {
        let off = self.0.known().off.into_iter();
        let off: Vec<String> = off
            .map(|(name, reason)| format!("{name}: {reason}"))
            .collect();
        match off.is_empty() {
            true => Ok(()),
            false => Err(SystemError::of(Off(off.join("; ")))),
        }
    }
}
