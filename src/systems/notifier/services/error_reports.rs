//! Reports lines that say that somebody should act, and panics: one a minute of those that are alike.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use tracing::warn;

use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::engine::store::notifications::new_id;
use crate::notify::{Report, without_numbers};
use crate::systems::notifier::receivers::Receivers;
use crate::telemetry::error_lines;

/// What is alike is reported once in so long.
const EVERY: Duration = Duration::from_secs(60);

/// Causes that are told apart.
const CAUSES_MAX: usize = 1_000;

/// The service.
pub(in crate::systems::notifier) struct ErrorReports {
    pub receivers: Arc<Receivers>,
}

#[async_trait]
impl Service for ErrorReports {
    fn name(&self) -> &'static str {
        "error_reports"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        let mut lines = error_lines();
        // By cause: when it was reported, and how many have come since.
        let mut causes: HashMap<String, (Instant, u64)> = HashMap::new();
        loop {
            let line = tokio::select! {
                () = with.stop.cancelled() => return Ok(()),
                line = lines.recv() => line,
            };
            let Some(line) = line else {
                return Ok(());
            };
            let cause = format!("{} {}", line.kind, without_numbers(&line.message));
            let now = Instant::now();
            if let Some((reported_at, since)) = causes.get_mut(&cause)
                && now.duration_since(*reported_at) < EVERY
            {
                *since += 1;
                continue;
            }
            let before = causes.remove(&cause).map_or(0, |(_, since)| since);
            if causes.len() >= CAUSES_MAX {
                causes.retain(|_, (reported_at, _)| now.duration_since(*reported_at) < EVERY);
            }
            if causes.len() >= CAUSES_MAX {
                continue;
            }
            causes.insert(cause, (now, 0));
            let report = Report {
                kind: line.kind.to_owned(),
                message: line.message,
                at: line.at,
                job: line.job,
                flow: line.flow,
                count: before + 1,
            };
            // It stands in the log, and is not tried again.
            if let Err(undelivered) = self.receivers.report(&new_id(), &report).await {
                let reason = undelivered.reason;
                warn!(error = reason, "an error cannot be reported to Sentry");
            }
        }
    }
}
