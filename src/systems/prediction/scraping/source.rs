//! The triggers of scrapes, and the runs that their fires start.

use std::collections::HashMap;

use async_trait::async_trait;
use entity::{JobId, JobState};
use tokio::sync::watch;

use super::SOURCE;
use super::error::ScrapesError;
use super::scrapes::Scrapes;
use crate::engine::seam::{Fire, FireEnd, FireError, NewRun, StartedFire, Trigger, TriggerSource};
use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind, Flows};

pub(crate) struct ScrapeSource {
    pub scrapes: Scrapes,
    pub flows: Flows,
}

#[async_trait]
impl TriggerSource for ScrapeSource {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn triggers(&self) -> Vec<Trigger> {
        let all = self.scrapes.book().all();
        all.values().filter_map(super::Entry::trigger).collect()
    }

    fn trigger(&self, id: &str) -> Option<Trigger> {
        let (_, name) = id.split_once('/')?;
        self.scrapes.book().find(name)?.trigger()
    }

    fn changes(&self) -> watch::Receiver<()> {
        self.scrapes.book().changes()
    }

    async fn start(&self, fire: &Fire) -> Result<StartedFire, FireError> {
        let key = fire.idempotency_key();
        let jobs = self.scrapes.store().engine().jobs();
        // The scrape may have changed since.
        if let Some(before) = jobs.find_by_key(&key).await.map_err(refused)? {
            return Ok(StartedFire::Started(before.id.to_string()));
        }
        let name = fire.name();
        let chosen = match self.scrapes.named(name).await {
            Ok(chosen) => chosen,
            Err(ScrapesError::NoScrape(_)) => {
                let gone = "there is no such scrape any more";
                return Err(FireError::Final(gone.to_owned()));
            }
            Err(error) => return Err(refused(error)),
        };
        let schedule = chosen.plan.scrape.schedule.as_ref();
        let day = schedule.map(|schedule| schedule.day(fire.at));
        let run = NewRun {
            idempotency_key: Some(key),
            ..NewRun::default()
        };
        let mut composed = self.scrapes.compose(&chosen, day, run).map_err(refused)?;
        composed.job.started_by.clone_from(&fire.fired_by);
        let by_itself = format!("{SOURCE}/{name}");
        composed.job.starter = Some(fire.fired_by.clone().unwrap_or(by_itself));
        let accepted = self.flows.store(composed, None).await.map_err(refused)?;
        Ok(StartedFire::Started(accepted.job.to_string()))
    }

    async fn ended(&self, started: &[String]) -> Result<HashMap<String, FireEnd>, StoreError> {
        let mut ends = HashMap::new();
        let ids = started.iter().filter_map(|id| id.parse::<JobId>().ok());
        let ids: Vec<JobId> = ids.collect();
        let found = self.scrapes.store().jobs(&ids).await?;
        for id in started {
            let job = found.iter().find(|job| job.id.as_str() == id);
            let outcome = match job {
                Some(job) if !job.state.has_ended() => continue,
                Some(job) => job.state.as_str(),
                // It was removed.
                None => JobState::Cancelled.as_str(),
            };
            let keep = None;
            ends.insert(id.clone(), FireEnd { outcome, keep });
        }
        Ok(ends)
    }

    async fn cancel(&self, started: &str) -> Result<(), StoreError> {
        if let Ok(id) = started.parse::<JobId>() {
            self.flows.runtime().cancel(&id).await?;
        }
        Ok(())
    }
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
