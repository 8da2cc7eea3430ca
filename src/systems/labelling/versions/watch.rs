//! Follows the files of sets in the settings while nobody asks for them, and sweeps documents that belong to no version.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};
use tracing::warn;

use super::error::RuleSetsError;
use super::rule_sets::RuleSets;
use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::telemetry::chain;

const LOOK_EVERY: Duration = Duration::from_secs(2);

const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

/// The service.
pub(crate) struct RuleSetWatch(pub RuleSets);

#[async_trait]
impl Service for RuleSetWatch {
    fn name(&self) -> &'static str {
        "rule_sets"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        let mut sweep_at = Instant::now() + SWEEP_EVERY;
        while !with.stop.is_cancelled() {
            let looked = tokio::select! {
                () = with.stop.cancelled() => break,
                looked = self.look(&mut sweep_at) => looked,
            };
            match looked {
                Ok(()) => {}
                Err(RuleSetsError::Store(error)) if error.is_transient() => {
                    let health = self.0.store().engine().health();
                    health.warn(&error, "rule sets cannot be looked at");
                }
                Err(RuleSetsError::Store(error)) => return Err(error.into()),
                Err(error) => warn!(error = chain(&error), "rule sets cannot be looked at"),
            }
            tokio::select! {
                () = with.stop.cancelled() => {}
                () = sleep(LOOK_EVERY) => {}
            }
        }
        Ok(())
    }
}

impl RuleSetWatch {
    async fn look(&self, sweep_at: &mut Instant) -> Result<(), RuleSetsError> {
        self.0.follow_all().await?;
        if Instant::now() >= *sweep_at {
            *sweep_at = Instant::now() + SWEEP_EVERY;
            self.0.store().sweep_rule_set_content().await?;
        }
        Ok(())
    }
}
