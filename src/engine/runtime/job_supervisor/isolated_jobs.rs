//! Jobs that are run in a process of their own, as their supervisor sees them.

use std::time::Duration;

use entity::JobId;
use ractor::ActorRef;
use tracing::{error, warn};

use super::{JobsState, ToJobs};
use crate::engine::runtime::isolation::{self, IsolatedEnd, Tether};
use crate::engine::runtime::spans::{TaskSpan, log_of};
use crate::engine::runtime::tree::Post;
use crate::engine::store::Claimed;
use crate::telemetry::chain;

/// A job with a process of its own.
pub(super) struct IsolatedJob {
    pub(super) queue: String,
    /// That process has not ended.
    pub(super) runs: bool,
    /// `None`: it has ended or was asked to.
    pub(super) tether: Option<Tether>,
}

impl JobsState {
    /// Gives a job a process of its own, which claims it there. `false`: there can be none.
    pub(super) async fn run_isolated(
        &mut self,
        claimed: &Claimed,
        myself: &ActorRef<ToJobs>,
    ) -> bool {
        let job = &claimed.claim.job;
        let Some(spawn) = self.engine.isolate.clone().filter(|_| !self.is_draining) else {
            return false;
        };
        let span = TaskSpan::begin(&claimed.claim, &claimed.job);
        span.report_predecessor(&self.engine, &claimed.steps).await;
        let why = "it may have ended its process".to_owned();
        span.event("job.isolated", &[("reason", why)]);
        span.end();
        if let Err(error) = self.engine.store.leases().release(&claimed.claim).await {
            span.log().in_scope(|| {
                warn!(job.id = %job, error = chain(&error), "a job cannot be given a process of its own");
            });
            return false;
        }
        let tether = match isolation::start(&spawn, &claimed.claim) {
            Ok((child, tether)) => {
                let process = child.id();
                span.log().in_scope(|| {
                    warn!(job.id = %job, process, "a job that may have ended its process gets a process of its own");
                });
                let (job, myself) = (job.clone(), myself.clone());
                tokio::spawn(async move {
                    let end = isolation::end_of(child).await;
                    // Without a listener the process is about to end, too.
                    myself.post(ToJobs::IsolatedEnded(job, end)).ok();
                });
                Some(tether)
            }
            Err(error) => {
                span.log().in_scope(|| {
                    error!(job.id = %job, %error, "no process can be started for a job");
                });
                self.again_later(job, myself);
                None
            }
        };
        let queue = claimed.job.queue.clone();
        let isolated = IsolatedJob {
            queue,
            runs: tether.is_some(),
            tether,
        };
        self.isolated.insert(job.clone(), isolated);
        true
    }

    pub(super) async fn isolated_ended(
        &mut self,
        job: JobId,
        end: IsolatedEnd,
        myself: &ActorRef<ToJobs>,
    ) {
        const LOOK_AGAIN: Duration = Duration::from_secs(1);
        if let Some(isolated) = self.isolated.get_mut(&job) {
            isolated.runs = false;
        }
        let log = log_of(&self.engine, &job).await;
        match &end {
            IsolatedEnd::WellDone => {
                self.isolated.remove(&job);
                self.engine.wake();
            }
            IsolatedEnd::Failed(reason) => {
                log.in_scope(|| warn!(job.id = %job, reason, "the process of a job ended early"));
                self.again_later(&job, myself);
            }
            IsolatedEnd::Crashed(how) => {
                log.in_scope(|| {
                    warn!(job.id = %job, how, "a job ended the process that it had of its own");
                });
                let crashes_max = self.engine.limits.crashes_max;
                let crashes = self.engine.store.crashes();
                match crashes.witnessed(&job, how, crashes_max).await {
                    Ok(_) => self.again_later(&job, myself),
                    Err(error) => {
                        let health = self.engine.store.health();
                        log.in_scope(|| health.warn(&error, "a crash cannot be recorded"));
                        let again = ToJobs::IsolatedEnded(job, end);
                        myself.post_after(LOOK_AGAIN, || again);
                    }
                }
            }
        }
        self.answer_drain();
    }

    /// Whatever is wrong with its process, the job is not to be begun again and again.
    fn again_later(&self, job: &JobId, myself: &ActorRef<ToJobs>) {
        let job = job.clone();
        let pause = self.engine.limits.backoff.first;
        myself.post_after(pause, || ToJobs::Again(job));
    }
}
