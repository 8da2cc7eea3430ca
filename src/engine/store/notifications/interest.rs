//! What the processes that end jobs know of those who want to learn about it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use entity::{JobId, JobState, job};
use tokio::sync::watch;

/// Kinds of notifications that rules ask for, with the flows.
pub type WantedKinds = HashMap<String, WantedFlows>;

/// The flows that a rule asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedFlows {
    All,
    Named(HashSet<String>),
}

/// An end of which people may want to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum EndKind {
    Succeeded,
    Failed,
}

/// Kept up to date by the service that looks for rules and followers; clones share it. What another process
/// has stored since is missing here, which costs no follower a notification: [`super::Follows::unreported`].
#[derive(Clone, Debug, Default)]
pub struct Interest(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    wanted: RwLock<Wanted>,
    stored: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Wanted {
    kinds: WantedKinds,
    /// Jobs with followers.
    followed: HashSet<String>,
    /// Flows and names of jobs of which the newest has failed.
    failing: HashSet<(String, Option<String>)>,
}

impl EndKind {
    pub(in crate::engine) fn of(state: JobState) -> Option<Self> {
        match state {
            JobState::Succeeded => Some(Self::Succeeded),
            JobState::Failed => Some(Self::Failed),
            JobState::Blocked
            | JobState::Queued
            | JobState::Running
            | JobState::Parked
            | JobState::Cancelled
            | JobState::Skipped => None,
        }
    }

    pub(in crate::engine) fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "job.succeeded",
            Self::Failed => "job.failed",
        }
    }
}

impl WantedFlows {
    fn has(&self, flow: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(flows) => flows.contains(flow),
        }
    }
}

impl Interest {
    /// Whether somebody may want to learn that this job ends.
    pub(in crate::engine) fn concerns(&self, end: EndKind, job: &job::Model) -> bool {
        if job.started_by.is_some() {
            return true;
        }
        self.read(|wanted| {
            let is_recovery = || {
                // Most of the time nothing is failing.
                !wanted.failing.is_empty()
                    && wanted
                        .failing
                        .contains(&(job.flow.clone(), job.title.clone()))
            };
            wanted.followed.contains(job.id.as_str())
                || wanted.wants(end.as_str(), Some(&job.flow))
                || match end {
                    EndKind::Failed => wanted.wants("job.recovered", Some(&job.flow)),
                    EndKind::Succeeded => is_recovery(),
                }
        })
    }

    /// The same where the job itself is not at hand: `true` also for what may concern other flows.
    pub(in crate::engine) fn may_concern(&self, end: EndKind, job: &JobId) -> bool {
        self.read(|wanted| {
            wanted.followed.contains(job.as_str())
                || wanted.wants(end.as_str(), None)
                || match end {
                    EndKind::Failed => wanted.wants("job.recovered", None),
                    EndKind::Succeeded => !wanted.failing.is_empty(),
                }
        })
    }

    /// Whether a rule asks for this kind of one flow or system.
    pub fn wants(&self, kind: &str, flow: &str) -> bool {
        self.read(|wanted| wanted.wants(kind, Some(flow)))
    }

    pub fn set_kinds(&self, kinds: WantedKinds) {
        self.change(|wanted| wanted.kinds = kinds);
    }

    pub fn set_followed(&self, jobs: HashSet<String>) {
        self.change(|wanted| wanted.followed = jobs);
    }

    pub fn set_failing(&self, failing: HashSet<(String, Option<String>)>) {
        self.change(|wanted| wanted.failing = failing);
    }

    pub(super) fn add_followed(&self, job: &str) {
        self.change(|wanted| {
            wanted.followed.insert(job.to_owned());
        });
    }

    /// A notification has been stored by this process.
    pub(crate) fn ring(&self) {
        self.0.stored.send_replace(());
    }

    /// Changes when this process has stored a notification.
    pub fn rung(&self) -> watch::Receiver<()> {
        self.0.stored.subscribe()
    }

    fn read<T>(&self, read: impl FnOnce(&Wanted) -> T) -> T {
        read(&self.0.wanted.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut Wanted)) {
        let mut wanted = self
            .0
            .wanted
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        change(&mut wanted);
    }
}

impl Wanted {
    /// `None`: of any flow.
    fn wants(&self, kind: &str, flow: Option<&str>) -> bool {
        let flows = self.kinds.get(kind);
        flows.is_some_and(|flows| flow.is_none_or(|flow| flows.has(flow)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::store::example_job;

    fn interest(kind: &str, flows: WantedFlows) -> Interest {
        let interest = Interest::default();
        interest.set_kinds(HashMap::from([(kind.to_owned(), flows)]));
        interest
    }

    #[test]
    fn an_end_concerns_nobody_unless_somebody_listens() {
        let (job, both) = (example_job(), [EndKind::Succeeded, EndKind::Failed]);
        let nobody = Interest::default();
        for end in both {
            assert!(!nobody.concerns(end, &job) && !nobody.may_concern(end, &job.id));
        }
        let submitted = job::Model {
            started_by: Some("anna".to_owned()),
            ..job.clone()
        };
        assert!(both.iter().all(|end| nobody.concerns(*end, &submitted)));
        nobody.add_followed(job.id.as_str());
        assert!(both.iter().all(|end| nobody.concerns(*end, &job)));
        assert!(both.iter().all(|end| nobody.may_concern(*end, &job.id)));
    }

    #[test]
    fn rules_ask_for_ends_of_flows() {
        let job = example_job();
        let other = WantedFlows::Named(HashSet::from(["other".to_owned()]));
        let own = WantedFlows::Named(HashSet::from([job.flow.clone()]));
        for (flows, expected) in [(WantedFlows::All, true), (own, true), (other, false)] {
            let interest = interest("job.failed", flows);
            assert_eq!(interest.concerns(EndKind::Failed, &job), expected);
            assert!(!interest.concerns(EndKind::Succeeded, &job));
            assert!(interest.may_concern(EndKind::Failed, &job.id));
        }
    }

    #[test]
    fn a_success_concerns_those_who_ask_for_recoveries_only_after_a_failure() {
        let job = example_job();
        let interest = interest("job.recovered", WantedFlows::All);
        assert!(interest.concerns(EndKind::Failed, &job));
        assert!(!interest.concerns(EndKind::Succeeded, &job));
        interest.set_failing(HashSet::from([(job.flow.clone(), job.title.clone())]));
        assert!(interest.concerns(EndKind::Succeeded, &job));
    }
}
