//! Settings → limits of the engine and of the server, and who may call.

use std::time::Duration;

use crate::access::Changeable;
use crate::backoff::Backoff;
use crate::engine::runtime::{Retention, RuntimeLimits};
use crate::http::{Callers, Limits};
use crate::settings::Settings;

pub(super) fn limits(settings: &Settings) -> Limits {
    let server = &settings.server;
    let number = |number| usize::try_from(number).unwrap_or(usize::MAX);
    Limits {
        header_timeout: Duration::from_secs(server.header_timeout_s),
        body_idle: Duration::from_secs(server.body_idle_s),
        idle: Duration::from_secs(server.idle_s),
        connections_max: number(server.connections_max),
        requests_max: number(server.requests_max),
        streams_max: number(server.streams_max),
        downloads_max: number(server.downloads_max),
        bodies_bytes_max: number(server.bodies_bytes_max),
    }
    .within_open_files()
}

pub(super) fn callers(settings: &Settings) -> Callers {
    Callers {
        hosts: settings.server.hosts(),
        origins: Changeable::new(settings.access.origins()),
        public_url: settings.server.public_url(),
        proxies: settings.server.trusted_proxies(),
    }
}

pub(super) fn runtime_limits(settings: &Settings) -> RuntimeLimits {
    let (runtime, retention) = (&settings.runtime, &settings.retention);
    let queues = runtime.queue_jobs_max.iter();
    RuntimeLimits {
        jobs_at_once: runtime.jobs_at_once as usize,
        queue_jobs_max: queues
            .map(|(queue, most)| (queue.clone(), *most as usize))
            .collect(),
        jobs_queued_max: runtime.jobs_queued_max,
        batches_at_once: runtime.batches_at_once as usize,
        attempts_max: runtime.attempts_max as u32,
        backoff: Backoff {
            first: Duration::from_millis(runtime.backoff_first_ms),
            longest: Duration::from_millis(runtime.backoff_longest_ms),
        },
        slice_timeout: (runtime.batch_timeout_s > 0)
            .then(|| Duration::from_secs(runtime.batch_timeout_s)),
        stop_grace: Duration::from_secs(runtime.stop_grace_s),
        crashes_max: runtime.crashes_max as u32,
        lease_ms: runtime.lease_ms,
        rescue_every_ms: runtime.rescue_every_ms,
        retention: Retention {
            history: days(retention.history_days),
            jobs: days(retention.jobs_days).max(JUST_ENDED),
            artifacts: days(retention.artifacts_days),
            history_bytes: retention.history_mb << 20,
            rows_per_step: retention.rows_per_step,
            every: Duration::from_secs(retention.every_s),
        },
    }
}

/// A job that has just ended is kept even with 0 days: its submitter has yet to read how it ended.
pub(super) const JUST_ENDED: Duration = Duration::from_secs(5);

pub(super) fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_outlives_the_answer_to_those_who_submitted_it() {
        let mut settings = Settings::default();
        settings.retention.jobs_days = 0;
        assert_eq!(runtime_limits(&settings).retention.jobs, JUST_ENDED);
    }
}
