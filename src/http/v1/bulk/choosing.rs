//! Which jobs an action on many is about, and what would become of them.

use std::collections::HashMap;

use entity::{JobId, job};

use super::JOBS_MAX;
use crate::engine::Flows;
use crate::engine::bulk::{BulkAction, Choice, Chosen, SeenJob, StoredFilter, Tally};
use crate::engine::store::{JobFilter, JobKind, JobsFound, Store, StoreError};
use crate::http::Who;
use crate::http::error::Failure;
use crate::http::v1::permissions::{RERUN, not_cancelled, not_started_again};

/// Jobs that are read at once.
const READ_AT_ONCE: usize = 500;

pub(super) const NO_SUCH_JOB: &str = "there is no such job";

#[derive(Clone)]
pub(super) struct Choosing {
    pub store: Store,
    pub flows: Flows,
}

impl Choosing {
    /// Why an action is not taken on a job; `None`: it is.
    pub fn refusal(&self, action: BulkAction, job: &job::Model) -> Option<Failure> {
        match action {
            BulkAction::Cancel => not_cancelled(job),
            BulkAction::Rerun => {
                let flow = self.flows.find(&job.flow).map(AsRef::as_ref);
                not_started_again(flow, job, &RERUN)
            }
        }
    }

    /// What would become of the jobs, as far as can be seen.
    pub async fn expected(
        &self,
        who: &Who,
        action: BulkAction,
        choice: &Choice,
    ) -> Result<Tally, Failure> {
        let mut tally = Tally::default();
        match choice {
            Choice::Jobs(ids) => {
                let found = self.seen_by(who, ids).await?;
                for id in ids {
                    match found.get(id) {
                        Some(job) => self.expect(&mut tally, action, job, 1),
                        None => tally.refuse(NO_SUCH_JOB, id, 1),
                    }
                }
            }
            Choice::Filter(filter) if who.scope().services().is_some() => {
                self.look_through(who, action, filter, &mut tally).await?;
            }
            Choice::Filter(filter) => {
                let queues = who.scope().queues().map(<[String]>::to_vec);
                let filter = JobFilter {
                    queues,
                    ..filter.before(None)
                };
                let kinds = self.store.jobs().kinds(&filter, JOBS_MAX + 1).await?;
                self.expect_kinds(action, kinds, &mut tally).await?;
            }
        }
        match tally.jobs() > JOBS_MAX {
            true => Err(too_many()),
            false => Ok(tally),
        }
    }

    fn expect(&self, tally: &mut Tally, action: BulkAction, job: &job::Model, jobs: u64) {
        match self.refusal(action, job) {
            Some(refusal) => tally.refuse(&refusal.detail, &job.id, jobs),
            None => tally.done += jobs,
        }
    }

    /// What holds for one job of a kind is expected of the others.
    async fn expect_kinds(
        &self,
        action: BulkAction,
        kinds: Vec<JobKind>,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let ids: Vec<JobId> = kinds.iter().map(|kind| kind.newest.clone()).collect();
        let found = self.store.jobs().find_all(&ids).await?;
        let found = found.into_iter().map(|job| (job.id.clone(), job));
        let found: HashMap<JobId, job::Model> = found.collect();
        for kind in kinds {
            match found.get(&kind.newest) {
                Some(job) => self.expect(tally, action, job, kind.jobs()),
                None => tally.refuse(NO_SUCH_JOB, &kind.newest, kind.jobs()),
            }
        }
        Ok(())
    }

    /// One after the other: the store does not know which jobs the caller sees.
    async fn look_through(
        &self,
        who: &Who,
        action: BulkAction,
        filter: &StoredFilter,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let mut before = None;
        loop {
            let page = filter.before(before.as_ref());
            let found = who.search(&self.store, page, READ_AT_ONCE).await?;
            for job in &found.jobs {
                self.expect(tally, action, job, 1);
            }
            before = behind(&found, READ_AT_ONCE);
            if before.is_none() || tally.jobs() > JOBS_MAX {
                return Ok(());
            }
        }
    }

    /// Those of these jobs that the caller sees.
    async fn seen_by(
        &self,
        who: &Who,
        ids: &[JobId],
    ) -> Result<HashMap<JobId, job::Model>, StoreError> {
        let found = self.store.jobs().find_all(ids).await?;
        let seen = found.into_iter().filter(|job| who.sees(job));
        Ok(seen.map(|job| (job.id.clone(), job)).collect())
    }

    /// The newest of the jobs that are older than `before`.
    pub async fn choose(
        &self,
        who: &Who,
        choice: &Choice,
        before: Option<&JobId>,
        most: usize,
    ) -> Result<Chosen, StoreError> {
        match choice {
            Choice::Jobs(ids) => {
                let older = ids.iter();
                let older = older.filter(|id| before.is_none_or(|before| *id < before));
                let ids: Vec<JobId> = older.take(most).cloned().collect();
                let found = self.seen_by(who, &ids).await?;
                let jobs = ids.iter().map(|id| match found.get(id) {
                    Some(job) => SeenJob::from(job),
                    None => SeenJob::gone(id),
                });
                Ok(Chosen {
                    jobs: jobs.collect(),
                    before: ids.last().filter(|_| ids.len() == most).cloned(),
                })
            }
            Choice::Filter(filter) => {
                let found = who.search(&self.store, filter.before(before), most).await?;
                Ok(Chosen {
                    before: behind(&found, most),
                    jobs: found.jobs.iter().map(SeenJob::from).collect(),
                })
            }
        }
    }
}

/// Where a search continues; `None`: it is complete.
fn behind(found: &JobsFound, most: usize) -> Option<JobId> {
    let last = found.jobs.last().filter(|_| found.jobs.len() >= most);
    last.map(|job| job.id.clone())
        .or_else(|| found.looked_until.clone())
}

fn too_many() -> Failure {
    Failure::invalid(format!(
        "filter: more than {JOBS_MAX} jobs fit; expected a narrower one, e.g. by from and to"
    ))
}
