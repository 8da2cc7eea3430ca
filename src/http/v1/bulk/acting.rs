//! Acts on the jobs of a bulk action as its caller could, one by one.

use std::sync::Arc;

use async_trait::async_trait;
use entity::{HistoryState, JobId, JobState, job};
use poem::http::StatusCode;

use super::choosing::{Choosing, NO_SUCH_JOB};
use crate::access::{Identity, Role, Scope};
use crate::engine::audit::{AuditLog, AuditedCall, CallEnd, CallKey, Recording};
use crate::engine::bulk::{ActOnJobs, Behalf, BulkAction, BulkParams, Chosen, Outcome, SeenJob};
use crate::engine::seam::StepError;
use crate::engine::store::{CancelOutcome, StoreError};
use crate::http::Who;
use crate::http::error::Failure;
use crate::http::v1::permissions::{RERUN, wrong_state};

pub(super) struct Acting {
    pub choosing: Choosing,
    /// Each job that something is done with is recorded, as for a call of its own.
    pub audit: AuditLog,
}

#[async_trait]
impl ActOnJobs for Acting {
    async fn choose(
        &self,
        params: &BulkParams,
        before: Option<&JobId>,
        most: usize,
    ) -> Result<Chosen, StepError> {
        let who = caller(&params.behalf);
        let chosen = self.choosing.choose(&who, &params.choice, before, most);
        Ok(chosen.await?)
    }

    async fn act(
        &self,
        params: &BulkParams,
        seen: &SeenJob,
        again: bool,
    ) -> Result<Outcome, StepError> {
        let job = self.choosing.store.jobs().find(&seen.id).await?;
        let job = job.filter(|job| {
            job.history != HistoryState::Dropping && caller(&params.behalf).sees(job)
        });
        let Some(job) = job else {
            return Ok(Outcome::Refused(NO_SUCH_JOB.to_owned()));
        };
        if let Some(known) = known(params.action, seen, &job, again) {
            return Ok(known);
        }
        if let Some(refusal) = self.choosing.refusal(params.action, &job) {
            return Ok(Outcome::Refused(refusal.detail));
        }
        let call = self.call(params, &job.id);
        match params.action {
            BulkAction::Cancel => self.cancel(&call, &job).await,
            BulkAction::Rerun => self.rerun(&call, &job).await,
        }
    }
}

impl Acting {
    fn call(&self, params: &BulkParams, job: &JobId) -> Arc<AuditedCall> {
        let key = CallKey {
            who: Some(params.behalf.who.clone()),
            operation: params.action.operation().to_owned(),
            what: Some(job.to_string()),
            address: None,
        };
        self.audit.call(key, Recording::Each)
    }

    async fn cancel(
        &self,
        call: &Arc<AuditedCall>,
        job: &job::Model,
    ) -> Result<Outcome, StepError> {
        let cancelling = self.choosing.flows.runtime().cancel(&job.id);
        let end = |cancelled: &Result<CancelOutcome, StoreError>| match cancelled {
            Ok(CancelOutcome::Requested) => CallEnd::DONE,
            Ok(_) | Err(_) => CallEnd::FAILED,
        };
        let cancelled = call.work(cancelling, end).await??;
        Ok(match cancelled {
            CancelOutcome::Requested => Outcome::Done,
            CancelOutcome::Unknown => Outcome::Refused(NO_SUCH_JOB.to_owned()),
            CancelOutcome::AlreadyEnded(state) => {
                Outcome::Refused(wrong_state(&job.id, state, "an unfinished").detail)
            }
        })
    }

    async fn rerun(&self, call: &Arc<AuditedCall>, job: &job::Model) -> Result<Outcome, StepError> {
        let end = |started: &Result<bool, Failure>| match started {
            Ok(true) => CallEnd::DONE,
            Ok(false) | Err(_) => CallEnd::FAILED,
        };
        let started = call.work(self.start_again(job), end).await?;
        match started {
            Ok(true) => Ok(Outcome::Done),
            // Another call came first.
            Ok(false) => Ok(Outcome::Refused(RERUN.refusal(job).detail)),
            Err(failure) if failure.status == StatusCode::SERVICE_UNAVAILABLE => {
                Err(StepError::outage("what the job needs", failure.detail))
            }
            // The other jobs need not suffer from it.
            Err(failure) => Ok(Outcome::Refused(failure.detail)),
        }
    }

    async fn start_again(&self, job: &job::Model) -> Result<bool, Failure> {
        let flows = &self.choosing.flows;
        let flow = flows.find(&job.flow);
        let own = flow.filter(|flow| flow.starts_itself());
        if let Some(flow) = own
            && flow.start_again(job).await?
        {
            return Ok(true);
        }
        let again = flows.runtime().rerun_as_seen(job);
        Ok(again.await?)
    }
}

/// What can be said of a job without doing anything: it was done before, or by others.
fn known(action: BulkAction, seen: &SeenJob, job: &job::Model, again: bool) -> Option<Outcome> {
    match action {
        BulkAction::Cancel if seen.generation != job.generation => Some(changed(again)),
        BulkAction::Cancel => {
            let is_done = job.cancel_requested || job.state == JobState::Cancelled;
            (again && is_done).then_some(Outcome::Done)
        }
        BulkAction::Rerun if seen == &SeenJob::from(job) => None,
        BulkAction::Rerun => Some(changed(again)),
    }
}

/// Of a job that is not as it was seen.
fn changed(again: bool) -> Outcome {
    match again {
        true => Outcome::Done,
        false => {
            let reason = "it has been started again or has ended since it was chosen";
            Outcome::Refused(reason.to_owned())
        }
    }
}

/// With no more rights than the caller had.
fn caller(behalf: &Behalf) -> Who {
    let (projects, queues) = (behalf.projects.clone(), behalf.queues.clone());
    Who::of(Arc::new(Identity {
        name: behalf.who.clone(),
        role: Role::Operator,
        scope: Scope::new(projects, queues, behalf.services.clone()),
        digest: None,
        expires: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::store::example_job;

    #[test]
    fn a_job_that_may_have_been_acted_on_is_told_by_how_it_was() {
        let ended = job::Model {
            state: JobState::Failed,
            ended_at: Some(1),
            lease_epoch: 1,
            ..example_job()
        };
        let seen = SeenJob::from(&ended);
        let rerun = |job: &job::Model, again| known(BulkAction::Rerun, &seen, job, again);
        assert_eq!(rerun(&ended, true), None);
        let queued = job::Model {
            generation: 1,
            ended_at: None,
            state: JobState::Queued,
            ..ended.clone()
        };
        // It has failed again: that does not make it a job that was not run again.
        let failed_again = job::Model {
            ended_at: Some(2),
            ..ended.clone()
        };
        for other in [queued, failed_again] {
            assert_eq!(rerun(&other, true), Some(Outcome::Done));
            assert!(matches!(rerun(&other, false), Some(Outcome::Refused(_))));
        }
        let cancel = |job: &job::Model, again| known(BulkAction::Cancel, &seen, job, again);
        let asked = job::Model {
            cancel_requested: true,
            ..example_job()
        };
        assert_eq!(cancel(&asked, true), Some(Outcome::Done));
        assert_eq!(cancel(&asked, false), None);
        assert_eq!(cancel(&example_job(), true), None);
        let rerun_since = job::Model {
            generation: 1,
            ..example_job()
        };
        assert_eq!(cancel(&rerun_since, true), Some(Outcome::Done));
        assert!(matches!(
            cancel(&rerun_since, false),
            Some(Outcome::Refused(_))
        ));
    }
}
