//! What a file may cost.

use std::time::{Duration, Instant};

use crate::systems::prediction::import::ImportError;

/// Limits for one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// As it is stored.
    pub bytes: u64,
    /// Of all of its parts, unpacked; also of all texts of a sheet.
    pub unpacked_bytes: u64,
    /// Of a sheet.
    pub cells: u64,
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 20 << 20,
            unpacked_bytes: 200 << 20,
            cells: 5_000_000,
            time: Duration::from_secs(60),
        }
    }
}

/// The limits, and when the reading began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub limits: Limits,
    start: Instant,
}

impl Budget {
    pub fn begin(limits: Limits) -> Self {
        Self {
            limits,
            start: Instant::now(),
        }
    }

    pub fn check_time(&self) -> Result<(), ImportError> {
        if self.start.elapsed() > self.limits.time {
            let most_s = self.limits.time.as_secs();
            return Err(ImportError::TooSlow { most_s });
        }
        Ok(())
    }

    pub const fn unpacks_too_large(&self) -> ImportError {
        ImportError::UnpacksTooLarge {
            most: self.limits.unpacked_bytes,
        }
    }
}
