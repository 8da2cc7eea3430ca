//! What can go wrong with calls about schedules.

use crate::engine::store::StoreError;
use crate::engine::triggers::TriggerError;
use crate::engine::{CallerError, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub(crate) enum ScheduleError {
    #[error("there is no schedule {0}")]
    Unknown(String),
    #[error("schedule {0} stands in the server's settings and is changed there")]
    OfSettings(String),
    #[error("schedule {0} was changed meanwhile")]
    Changed(String),
    #[error("{0}")]
    Faulty(String),
    #[error(transparent)]
    Trigger(#[from] TriggerError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CallerError for ScheduleError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown(_) => ErrorKind::NotFound,
            Self::OfSettings(_) | Self::Changed(_) => ErrorKind::Conflict,
            Self::Faulty(_) => ErrorKind::Invalid,
            Self::Trigger(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Unknown(_) | Self::OfSettings(_) | Self::Changed(_) | Self::Faulty(_) => {
                self.to_string()
            }
            Self::Trigger(error) => error.public_message(),
            Self::Store(error) => error.public_message(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Unknown(_) | Self::OfSettings(_) | Self::Changed(_) | Self::Faulty(_) => false,
            Self::Trigger(error) => error.is_logged(),
            Self::Store(error) => error.is_logged(),
        }
    }
}
