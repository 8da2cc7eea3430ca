//! How far a brief has got, as both surfaces show it.

use chrono_tz::Tz;
use serde_json::{Value, json};

use super::briefs::Briefs;
use crate::clock;
use crate::http::error::Failure;
use crate::systems::briefs::request::shown_time;
use crate::systems::briefs::store::{BriefOfJob, BriefStatus, PlatformProgress};
use crate::systems::briefs::upstream::UpstreamState;

impl Briefs {
    pub(in crate::systems::briefs) async fn progress(
        &self,
        found: &BriefOfJob,
    ) -> Result<Value, Failure> {
        let progress = self.store.progress(&found.brief.job).await?;
        let mut progress = progress.of_platforms(&found.brief.request.platforms);
        if found.status == BriefStatus::Canceled {
            self.count_anew(found, &mut progress.platforms).await?;
        }
        let now = clock::now_micros();
        let total = progress.total();
        let mut platforms = Vec::with_capacity(progress.platforms.len());
        let mut eta: Option<f64> = None;
        for counts in &progress.platforms {
            let state = self.upstream_state(&counts.platform);
            if let Some(seconds) = eta_s(found, counts, state.as_ref(), now) {
                eta = Some(eta.unwrap_or(0.0).max(seconds));
            }
            platforms.push(platform(found, counts, state.as_ref(), self.zone));
        }
        let status = found.status;
        let eta = match (status, found.brief.collected_at) {
            (BriefStatus::Running, None) => eta,
            (BriefStatus::Waiting, _) => None,
            _ => Some(0.0),
        };
        let deadline = found.brief.deadline_at;
        Ok(json!({
            "job_id": found.job.id.as_str(),
            "status": status.name(),
            "progress": done_share(found, &total),
            "coverage": total.coverage(),
            "planned": total.planned(),
            "done": total.done,
            "failed": total.failed,
            "open": total.left(),
            "received": total.received,
            "stored": total.stored,
            "duplicate": total.duplicate(),
            "filtered": total.filtered,
            "out_of_range": total.out_of_range,
            "rejected": total.rejected,
            "eta_s": eta.map(|seconds| (seconds * 10.0).round() / 10.0),
            "deadline_time": deadline.map(|micros| shown_time(micros, self.zone)),
            "platforms": platforms,
        }))
    }

    /// Collecting was stopped before it counted what it had stored.
    async fn count_anew(
        &self,
        found: &BriefOfJob,
        platforms: &mut [PlatformProgress],
    ) -> Result<(), Failure> {
        let (job, names) = (
            found.brief.job.clone(),
            found.brief.request.platforms.clone(),
        );
        let sums = self.read(move |tables| tables.sums(&job, &names)).await?;
        for (platform, sums) in platforms.iter_mut().zip(sums) {
            platform.stored = i64::try_from(sums.articles).unwrap_or(i64::MAX);
        }
        Ok(())
    }
}

/// A brief that is collected without a page, as from a topic without messages, is done.
fn done_share(found: &BriefOfJob, total: &PlatformProgress) -> f64 {
    match (total.planned(), found.brief.collected_at) {
        (0, Some(_)) => 1.0,
        _ => total.progress(),
    }
}

fn platform(
    found: &BriefOfJob,
    counts: &PlatformProgress,
    state: Option<&UpstreamState>,
    zone: Tz,
) -> Value {
    json!({
        "platform": counts.platform,
        "status": platform_status(found.status, counts).name(),
        "planned": counts.planned(),
        "done": counts.done,
        "failed": counts.failed,
        "open": counts.left(),
        "stored": counts.stored,
        "calls": counts.calls,
        "retries": counts.retries,
        "hedges": counts.hedges,
        // Where no process of this name asks it, nothing holds it back.
        "breaker": state.map_or("closed", |state| state.breaker),
        "paused_until": state.and_then(|state| paused_until(state, zone)),
        "message": counts.message,
    })
}

/// Until when a platform is asked nothing.
pub(super) fn paused_until(state: &UpstreamState, zone: Tz) -> Option<String> {
    let pause = i64::try_from(state.paused_for?.as_micros()).unwrap_or(i64::MAX);
    Some(shown_time(clock::now_micros().saturating_add(pause), zone))
}

fn platform_status(of_brief: BriefStatus, counts: &PlatformProgress) -> BriefStatus {
    let misses = counts.failed > 0 || counts.limited;
    match (of_brief, counts.ended_at) {
        (_, Some(_)) if !misses => BriefStatus::Finished,
        (_, Some(_)) if counts.stored > 0 => BriefStatus::Partial,
        (_, Some(_)) => BriefStatus::Failed,
        (BriefStatus::Canceled, None) => BriefStatus::Canceled,
        (BriefStatus::Failed, None) => BriefStatus::Failed,
        (_, None) if counts.planned() == 0 => BriefStatus::Waiting,
        (_, None) => BriefStatus::Running,
    }
}

/// Seconds until the open pages of a platform have ended: by how long its answers take here, else by how long its
/// pages have taken so far.
fn eta_s(
    found: &BriefOfJob,
    counts: &PlatformProgress,
    state: Option<&UpstreamState>,
    now: i64,
) -> Option<f64> {
    if counts.left() == 0 {
        return (counts.planned() > 0).then_some(0.0);
    }
    let left = counts.left() as f64;
    let of_upstream = state.and_then(|state| {
        let seconds = state.answer_time?.as_secs_f64();
        let rounds = (left / f64::from(state.concurrency.max(1))).ceil();
        let paused = state.paused_for.unwrap_or_default().as_secs_f64();
        Some(rounds * seconds + paused)
    });
    of_upstream.or_else(|| {
        let ended = counts.done + counts.failed;
        let seconds = (now - found.brief.began_at?) as f64 / 1e6;
        (ended > 0).then(|| seconds / ended as f64 * left)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_has_a_status_of_its_own() {
        use BriefStatus::{Canceled, Exporting, Failed, Finished, Partial, Running, Waiting};
        let counts = |ended: bool, done, failed, open, stored| PlatformProgress {
            ended_at: ended.then_some(1),
            done,
            failed,
            open,
            stored,
            ..PlatformProgress::default()
        };
        for (of_brief, counts, expected) in [
            (Waiting, counts(false, 0, 0, 0, 0), Waiting),
            (Running, counts(false, 0, 0, 0, 0), Waiting),
            (Running, counts(false, 1, 0, 3, 9), Running),
            (Running, counts(true, 4, 0, 0, 9), Finished),
            (Exporting, counts(true, 4, 1, 0, 9), Partial),
            (Partial, counts(true, 0, 5, 0, 0), Failed),
            (Canceled, counts(false, 1, 0, 3, 9), Canceled),
            (Failed, counts(false, 1, 0, 3, 9), Failed),
        ] {
            assert_eq!(platform_status(of_brief, &counts), expected, "{counts:?}");
        }
    }
}
