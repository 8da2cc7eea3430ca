//! Which actions a caller may take on a job now, and why not the others.

use entity::{HistoryState, JobId, JobState, job};
use poem_openapi::Object;

use crate::access::Role;
use crate::engine::seam::AnyFlow;
use crate::http::error::Failure;
use crate::http::{Services, Who};

/// Which actions the caller may take now.
#[derive(Object)]
pub(crate) struct JobActions {
    pub cancel: Permission,
    pub resume: Permission,
    pub rerun: Permission,
    pub remove: Permission,
}

/// Whether an action would be done now.
#[derive(Object)]
#[oai(rename = "JobPermission")]
pub(crate) struct Permission {
    pub allowed: bool,
    /// Why not, as the call would be refused; null: it is allowed.
    pub reason: Option<String>,
    /// The role that the caller lacks, if that is all.
    pub required_role: Option<String>,
}

impl Services {
    pub(super) fn actions_of(&self, who: &Who, job: &job::Model) -> JobActions {
        let flow = self.flows.find(&job.flow).map(AsRef::as_ref);
        let may = |refusal: Option<Failure>, role| permission(refusal, who, role);
        JobActions {
            cancel: may(not_cancelled(job), Role::Operator),
            resume: may(not_started_again(flow, job, &RESUMED), Role::Operator),
            rerun: may(not_started_again(flow, job, &RERUN), Role::Operator),
            remove: may(not_removed(job), Role::Admin),
        }
    }
}

fn permission(refusal: Option<Failure>, who: &Who, role: Role) -> Permission {
    let lacks = refusal.is_none() && who.lacks(role);
    let reason = match lacks {
        true => Some(format!(
            "the call needs a token with the role `{}`",
            role.as_str()
        )),
        false => refusal.map(|refusal| refusal.detail),
    };
    Permission {
        allowed: reason.is_none(),
        reason,
        required_role: lacks.then(|| role.as_str().to_owned()),
    }
}

/// From which states a job is started again.
pub(super) struct Again {
    pub from: &'static [JobState],
    /// Said of them.
    needed: &'static str,
    /// It continues where it was, which is kept for some time only.
    continues: bool,
}

pub(super) const RESUMED: Again = Again {
    from: &[JobState::Failed, JobState::Cancelled],
    needed: "a failed or cancelled",
    continues: true,
};

pub(super) const RERUN: Again = Again {
    from: &[JobState::Succeeded, JobState::Failed, JobState::Cancelled],
    needed: "an ended",
    continues: false,
};

pub(super) fn not_cancelled(job: &job::Model) -> Option<Failure> {
    let (id, state) = (&job.id, job.state);
    if state.has_ended() {
        return Some(wrong_state(id, state, "an unfinished"));
    }
    let detail = || format!("job {id} is being cancelled already");
    job.cancel_requested.then(|| Failure::conflict(detail()))
}

pub(super) fn not_started_again(
    flow: Option<&dyn AnyFlow>,
    job: &job::Model,
    again: &Again,
) -> Option<Failure> {
    if let Some(reason) = flow.and_then(|flow| flow.refuses_again(job)) {
        return Some(Failure::conflict(reason));
    }
    let may = again.may_begin(flow, job.state);
    match flow.is_some_and(AnyFlow::starts_itself) {
        true if may => None,
        true => Some(wrong_state(&job.id, job.state, again.needed)),
        false => {
            let has_what_it_needs = !again.continues || job.history == HistoryState::Kept;
            let may = may && !has_never_run(job) && has_what_it_needs;
            (!may).then(|| again.refusal(job))
        }
    }
}

fn not_removed(job: &job::Model) -> Option<Failure> {
    let (id, state) = (&job.id, job.state.as_str());
    let detail =
        || format!("job {id} is {state}; only an ended job can be removed: cancel it first");
    (!job.state.has_ended()).then(|| Failure::conflict(detail()))
}

impl Again {
    /// Whether a job of a flow is started again from a state.
    pub fn may_begin(&self, flow: Option<&dyn AnyFlow>, state: JobState) -> bool {
        let resumes_it = || flow.is_some_and(AnyFlow::resumes_succeeded);
        self.from.contains(&state)
            || (self.continues && state == JobState::Succeeded && resumes_it())
    }

    /// Why the engine does not start a job again.
    pub fn refusal(&self, job: &job::Model) -> Failure {
        if has_never_run(job) {
            return never_ran(job);
        }
        match job.history {
            _ if !self.continues || !self.from.contains(&job.state) => {
                wrong_state(&job.id, job.state, self.needed)
            }
            HistoryState::Kept => wrong_state(&job.id, job.state, self.needed),
            HistoryState::Sweeping | HistoryState::Swept => Failure::conflict(format!(
                "the checkpoints of job {} were dropped some time after its end; rerun starts it over",
                job.id
            )),
            HistoryState::Dropping => Failure::conflict(format!(
                "job {} ended so long ago that it is being dropped",
                job.id
            )),
        }
    }
}

/// It was skipped, or cancelled while it waited for other jobs.
fn has_never_run(job: &job::Model) -> bool {
    job.state.has_ended() && job.lease_epoch == 0
}

fn never_ran(job: &job::Model) -> Failure {
    let (id, state) = (&job.id, job.state.as_str());
    Failure::conflict(format!(
        "job {id} is in state {state} and never ran: it cannot run again"
    ))
}

pub(super) fn wrong_state(id: &JobId, state: JobState, needed: &str) -> Failure {
    let state = state.as_str();
    Failure::conflict(format!(
        "job {id} is in state {state}; this needs {needed} job"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::store::example_job;

    fn job(state: JobState) -> job::Model {
        job::Model {
            state,
            lease_epoch: 1,
            history: HistoryState::Kept,
            cancel_requested: false,
            ..example_job()
        }
    }

    #[test]
    fn what_may_be_done_follows_from_the_state() {
        for (state, cancel, resume, rerun, remove) in [
            (JobState::Running, true, false, false, false),
            (JobState::Blocked, true, false, false, false),
            (JobState::Succeeded, false, false, true, true),
            (JobState::Failed, false, true, true, true),
            (JobState::Cancelled, false, true, true, true),
            (JobState::Skipped, false, false, false, true),
        ] {
            let job = job(state);
            let may = [
                not_cancelled(&job).is_none(),
                not_started_again(None, &job, &RESUMED).is_none(),
                not_started_again(None, &job, &RERUN).is_none(),
                not_removed(&job).is_none(),
            ];
            assert_eq!(may, [cancel, resume, rerun, remove], "{state}");
        }
    }

    #[test]
    fn a_job_whose_checkpoints_are_gone_starts_over_only() {
        let swept = job::Model {
            history: HistoryState::Swept,
            ..job(JobState::Failed)
        };
        let refused = not_started_again(None, &swept, &RESUMED).unwrap();
        assert!(refused.detail.contains("rerun starts it over"));
        assert!(not_started_again(None, &swept, &RERUN).is_none());
        let asked = job::Model {
            cancel_requested: true,
            ..job(JobState::Running)
        };
        assert!(not_cancelled(&asked).is_some());
        let never = job::Model {
            lease_epoch: 0,
            ..job(JobState::Cancelled)
        };
        let refused = not_started_again(None, &never, &RERUN).unwrap();
        assert!(refused.detail.contains("never ran"));
    }
}
