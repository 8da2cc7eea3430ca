//! The triggers of schedules, and how they start flows of other systems.

use std::collections::HashMap;

use async_trait::async_trait;
use entity::{JobId, JobState, job};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::book::Book;
use super::definition::Schedule;
use super::starting;
use super::store::ScheduleStore;
use crate::engine::seam::{
    EndedJob, Fire, FireEnd, FireError, NewRun, StartedFire, Trigger, TriggerSource,
};
use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind, Flows};

/// What the ids of its triggers begin with.
pub(crate) const SOURCE: &str = "schedules";

/// The member of a request in which the end of its range stands, and what is remembered of it.
const END: &str = "end_time";

pub(crate) struct ScheduleSource {
    pub(crate) book: Book,
    pub(crate) store: ScheduleStore,
    pub(crate) flows: Flows,
}

/// The id of a schedule's trigger.
pub(crate) fn trigger_id(name: &str) -> String {
    format!("{SOURCE}/{name}")
}

#[async_trait]
impl TriggerSource for ScheduleSource {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn triggers(&self) -> Vec<Trigger> {
        let all = self.book.all();
        all.values().map(|schedule| trigger(schedule)).collect()
    }

    fn trigger(&self, id: &str) -> Option<Trigger> {
        let (_, name) = id.split_once('/')?;
        self.book.find(name).map(|schedule| trigger(&schedule))
    }

    fn changes(&self) -> watch::Receiver<()> {
        self.book.changes()
    }

    async fn start(&self, fire: &Fire) -> Result<StartedFire, FireError> {
        let schedule = self.book.find(fire.name());
        let schedule = schedule
            .ok_or_else(|| FireError::Final("there is no such schedule any more".to_owned()))?;
        let key = fire.idempotency_key();
        let jobs = self.store.engine().jobs();
        // What it asks for may have changed since.
        if let Some(before) = jobs.find_by_key(&key).await.map_err(refused)? {
            return Ok(StartedFire::Started(before.id.to_string()));
        }
        let last = fire.kept.as_ref().and_then(|kept| kept[END].as_str());
        let request = starting::request(&schedule, fire.at, last, &fire.params);
        let request = request.map_err(FireError::Final)?;
        let run = NewRun {
            id: None,
            queue: schedule.start.queue.clone(),
            idempotency_key: Some(key),
        };
        let name = &schedule.start.flow;
        let flow = starting::flow(&self.flows, &schedule);
        let flow = flow.ok_or_else(|| FireError::Final(format!("there is no flow {name}")))?;
        let composed = starting::compose(flow, request, run).await;
        let mut composed = composed.map_err(refused)?;
        composed.job.title = Some(schedule.name.clone());
        composed.job.started_by.clone_from(&fire.fired_by);
        let by_itself = format!("{SOURCE}/{}", schedule.name);
        composed.job.starter = Some(fire.fired_by.clone().unwrap_or(by_itself));
        let accepted = self.flows.store(composed, None).await.map_err(refused)?;
        Ok(StartedFire::Started(accepted.job.to_string()))
    }

    async fn ended(&self, started: &[String]) -> Result<HashMap<String, FireEnd>, StoreError> {
        let ids = started.iter().filter_map(|id| id.parse::<JobId>().ok());
        let ids: Vec<JobId> = ids.collect();
        let found = self.store.jobs(&ids).await?;
        let found: HashMap<&str, &job::Model> =
            found.iter().map(|job| (job.id.as_str(), job)).collect();
        let ends = started.iter().filter_map(|id| {
            let end = match found.get(id.as_str()) {
                Some(job) if !job.state.has_ended() => return None,
                Some(job) => FireEnd {
                    outcome: job.state.as_str(),
                    keep: end_of_range(job),
                },
                // It was removed.
                None => FireEnd {
                    outcome: JobState::Cancelled.as_str(),
                    keep: None,
                },
            };
            Some((id.clone(), end))
        });
        Ok(ends.collect())
    }

    async fn cancel(&self, started: &str) -> Result<(), StoreError> {
        if let Ok(id) = started.parse::<JobId>() {
            self.flows.runtime().cancel(&id).await?;
        }
        Ok(())
    }

    async fn ended_jobs(
        &self,
        trigger: &str,
        since: i64,
        limit: u64,
    ) -> Result<Vec<EndedJob>, StoreError> {
        let name = trigger.split_once('/').map_or("", |(_, name)| name);
        let Some(after) = self.book.find(name).and_then(|found| found.after.clone()) else {
            return Ok(Vec::new());
        };
        self.flows
            .ended_jobs(&after.what, &after.state, since, limit)
            .await
    }
}

fn trigger(schedule: &Schedule) -> Trigger {
    Trigger {
        id: trigger_id(&schedule.name),
        digest: schedule.digest.clone(),
        kind: schedule.kind.clone(),
        overlap: schedule.overlap,
        is_paused: schedule.is_paused,
    }
}

/// Where the range of a job ended that succeeded.
fn end_of_range(job: &job::Model) -> Option<Value> {
    if job.state != JobState::Succeeded {
        return None;
    }
    let request: Value = serde_json::from_str(&job.request).ok()?;
    let end = request.get(END)?.as_str()?;
    Some(json!({ END: end }))
}

fn refused(error: impl CallerError) -> FireError {
    let message = error.public_message();
    match error.kind() {
        ErrorKind::TooMany | ErrorKind::Unavailable => FireError::Later(message),
        ErrorKind::Invalid
        | ErrorKind::TooLarge
        | ErrorKind::Unsupported
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Internal => FireError::Final(message),
    }
}
