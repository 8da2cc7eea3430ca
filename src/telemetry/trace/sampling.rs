//! Which traces are kept.

use opentelemetry::trace::{SpanKind, TraceId};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, ShouldSample};
use xxhash_rust::xxh3::xxh3_128;

/// The sampler goes by bits that are the same in all ids of jobs, which are UUIDs: it is shown others
/// that follow from them.
pub(super) fn keeps(sampler: &Sampler, trace: u128) -> bool {
    let trace = TraceId::from_bytes(xxh3_128(&trace.to_be_bytes()).to_be_bytes());
    let result = sampler.should_sample(None, trace, "", &SpanKind::Internal, &[], &[]);
    result.decision == SamplingDecision::RecordAndSample
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn of_jobs_as_many_are_kept_as_are_asked_for() {
        for share in [0.1, 0.5, 0.8] {
            let sampler = Sampler::TraceIdRatioBased(share);
            let ids = (0..10_000).map(|_| Uuid::now_v7().as_u128());
            let kept = ids.filter(|id| keeps(&sampler, *id)).count() as f64;
            assert!((kept / 10_000.0 - share).abs() < 0.03, "{share}: {kept}");
        }
    }
}
