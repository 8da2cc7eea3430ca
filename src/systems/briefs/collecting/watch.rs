//! Looks each second how platforms are, for those who look at metrics.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::sleep;

use super::Collecting;
use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::systems::briefs::upstream::UpstreamState;
use crate::telemetry::metrics::{Gauge, Sample, observe};

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The service.
pub(crate) struct UpstreamWatch(pub Collecting);

#[async_trait]
impl Service for UpstreamWatch {
    fn name(&self) -> &'static str {
        "brief_platforms"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        while !with.stop.is_cancelled() {
            self.look();
            tokio::select! {
                () = with.stop.cancelled() => {}
                () = sleep(LOOK_EVERY) => {}
            }
        }
        Ok(())
    }
}

impl UpstreamWatch {
    fn look(&self) {
        let (mut breakers, mut pauses) = (Vec::new(), Vec::new());
        for platform in self.0.platforms().all() {
            let name = platform.adapter.platform.as_str();
            // One that was not asked yet is open to calls.
            let state = self.0.upstream_state(name);
            let breaker = state.as_ref().map_or(0.0, breaker);
            let paused = state.and_then(|state| state.paused_for).unwrap_or_default();
            breakers.push(Sample::of(breaker).with("platform", name));
            pauses.push(Sample::of(paused.as_secs_f64()).with("platform", name));
        }
        observe(Gauge::BriefBreaker, breakers);
        observe(Gauge::BriefPaused, pauses);
    }
}

fn breaker(state: &UpstreamState) -> f64 {
    match state.breaker {
        "open" => 2.0,
        "half_open" => 1.0,
        _ => 0.0,
    }
}
