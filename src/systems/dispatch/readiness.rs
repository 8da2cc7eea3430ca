//! The broker in `/readyz`. Tasks are created, and done over HTTP, while it is away.

use async_trait::async_trait;

use crate::engine::seam::{Part, SystemError};
use crate::engine::{CallerError, ErrorKind};
use crate::systems::dispatch::services::BrokerState;

/// The broker as a part of the program that it can do without.
pub(super) struct BrokerPart(pub BrokerState);

#[async_trait]
impl Part for BrokerPart {
    fn name(&self) -> &'static str {
        "broker"
    }

    fn is_needed(&self) -> bool {
        false
    }

    async fn check(&self) -> Result<(), SystemError> {
        let troubles: Vec<String> = self.0.troubles().into_iter().map(|one| one.text).collect();
        match troubles.is_empty() {
            true => Ok(()),
            false => Err(SystemError::of(BrokerTrouble(troubles.join("; ")))),
        }
    }
}

/// The watch has logged it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct BrokerTrouble(String);

impl CallerError for BrokerTrouble {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }

    fn is_logged(&self) -> bool {
        true
    }
}
