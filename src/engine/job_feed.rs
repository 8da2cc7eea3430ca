//! What happens to all jobs, for those who watch: the store is read once for all of them.
//!
//! Events of one moment are told together, and of each job only what it has come to: who watches a
//! thousand jobs a second cannot read a thousand lines a second either.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use entity::{JobId, job};
use tokio::sync::{Mutex, broadcast};
use tokio::time::sleep;
use tracing::warn;

use crate::engine::store::{JobEvent, Store, StoreError};
use crate::telemetry::chain;

/// Between two looks at the store: other processes may run the jobs.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// After a look that has failed.
const PAUSE: Duration = Duration::from_secs(2);
/// Events that are read at once.
const EVENTS: u64 = 10_000;
/// Jobs that are told of at once; of others only which they are, and of more that there are.
const JOBS: usize = 100;
const OTHERS: usize = 2_000;
/// Moments that a slow watcher may be behind.
const BEHIND: usize = 64;
/// On a server, a number that is left out may belong to a transaction that has not ended yet.
const WAITS_FOR_MISSING: Duration = Duration::from_secs(10);
const MISSING: usize = 1_000;

/// What has happened to a job.
#[derive(Clone, Debug)]
pub struct JobChange {
    /// The number of the last of its events.
    pub seq: i64,
    /// In their order, each once.
    pub kinds: Vec<String>,
    /// As it is afterwards.
    pub job: job::Model,
}

/// What has happened to all jobs since the moment before.
#[derive(Clone, Debug, Default)]
pub struct JobChanges {
    /// The number of the last event that is told of.
    pub seq: i64,
    /// In the order of their last events.
    pub jobs: Vec<JobChange>,
    /// Something has happened to these before, too.
    pub others: Vec<JobId>,
    /// More has happened than is told: whoever wants to know looks at the jobs.
    pub has_more: bool,
}

/// Clones share what is read.
#[derive(Clone)]
pub struct JobFeed {
    store: Store,
    told: broadcast::Sender<Arc<JobChanges>>,
    /// Up to where it has been told; `None`: nobody watches, and nothing is read.
    reading: Arc<Mutex<Option<i64>>>,
}

/// Hears what happens.
pub struct JobWatcher {
    told: broadcast::Receiver<Arc<JobChanges>>,
    seq: i64,
}

impl JobFeed {
    pub fn new(store: Store) -> Self {
        Self {
            store,
            told: broadcast::Sender::new(BEHIND),
            reading: Arc::default(),
        }
    }

    /// From now on.
    pub async fn watch(&self) -> Result<JobWatcher, StoreError> {
        let mut reading = self.reading.lock().await;
        let told = self.told.subscribe();
        let seq = match *reading {
            Some(seq) => seq,
            None => {
                let newest = self.store.events().newest().await?;
                *reading = Some(newest);
                tokio::spawn(self.clone().read(newest));
                newest
            }
        };
        Ok(JobWatcher { told, seq })
    }

    /// What has happened after an event, up to where a watcher hears the rest.
    pub async fn missed(&self, after: i64, until: i64) -> Result<JobChanges, StoreError> {
        let mut events = self.store.events().of_all(after, &[], EVENTS).await?;
        let is_cut = events.len() as u64 == EVENTS;
        events.retain(|event| event.seq <= until);
        let changes = self.changes(events, until).await?;
        Ok(JobChanges {
            // The store is another one than that of the event.
            has_more: changes.has_more || is_cut || after > until,
            ..changes
        })
    }

    /// Reads for as long as somebody watches.
    async fn read(self, mut seq: i64) {
        let mut missing = Missing::default();
        loop {
            sleep(LOOK_EVERY).await;
            {
                let mut reading = self.reading.lock().await;
                if self.told.receiver_count() == 0 {
                    *reading = None;
                    return;
                }
            }
            match self.look(seq, &mut missing).await {
                Ok(None) => {}
                Ok(Some(changes)) => {
                    let mut reading = self.reading.lock().await;
                    seq = changes.seq;
                    *reading = Some(seq);
                    // There may be no watcher by now.
                    self.told.send(Arc::new(changes)).ok();
                }
                Err(error) => {
                    warn!(error = chain(&error), "watchers of jobs wait for the store");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// What is new; `None`: nothing.
    async fn look(
        &self,
        after: i64,
        missing: &mut Missing,
    ) -> Result<Option<JobChanges>, StoreError> {
        let late = missing.numbers();
        let events = self.store.events().of_all(after, &late, EVENTS).await?;
        if events.is_empty() {
            return Ok(None);
        }
        let seq = missing.found(after, events.iter().map(|event| event.seq));
        self.changes(events, seq).await.map(Some)
    }

    async fn changes(&self, events: Vec<JobEvent>, seq: i64) -> Result<JobChanges, StoreError> {
        let mut latest = latest(events);
        let others = latest.len().saturating_sub(JOBS);
        let has_more = others > OTHERS;
        let others = latest.drain(..others).rev().take(OTHERS);
        let others: Vec<JobId> = others.map(|(id, ..)| id).collect();
        let ids: Vec<JobId> = latest.iter().map(|(id, ..)| id.clone()).collect();
        let jobs = self.store.jobs().find_all(&ids).await?;
        let mut jobs: HashMap<JobId, job::Model> =
            jobs.into_iter().map(|job| (job.id.clone(), job)).collect();
        let changes = latest.into_iter().filter_map(|(id, seq, kinds)| {
            let job = jobs.remove(&id)?;
            Some(JobChange { seq, kinds, job })
        });
        Ok(JobChanges {
            seq,
            jobs: changes.collect(),
            others,
            has_more,
        })
    }
}

impl JobWatcher {
    /// The number of the last event that is not heard.
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// What happens next; `None`: the program ends.
    pub async fn next(&mut self) -> Option<Arc<JobChanges>> {
        loop {
            match self.told.recv().await {
                Ok(changes) if changes.seq > self.seq || !changes.jobs.is_empty() => {
                    self.seq = self.seq.max(changes.seq);
                    return Some(changes);
                }
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    return Some(Arc::new(JobChanges {
                        seq: self.seq,
                        has_more: true,
                        ..JobChanges::default()
                    }));
                }
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

/// A job with the number of its last event, and what its events are.
type Latest = (JobId, i64, Vec<String>);

/// The jobs that events are of, in the order of the last event of each.
fn latest(events: Vec<JobEvent>) -> Vec<Latest> {
    let mut jobs: HashMap<JobId, (i64, Vec<String>)> = HashMap::new();
    for event in events {
        let (seq, kinds) = jobs.entry(event.job_id).or_default();
        *seq = event.seq.max(*seq);
        if !kinds.contains(&event.kind) {
            kinds.push(event.kind);
        }
    }
    let jobs = jobs.into_iter();
    let mut jobs: Vec<Latest> = jobs.map(|(id, (seq, kinds))| (id, seq, kinds)).collect();
    jobs.sort_unstable_by_key(|(_, seq, _)| *seq);
    jobs
}

/// Numbers between others of which no event was seen.
#[derive(Default)]
struct Missing(BTreeMap<i64, Instant>);

impl Missing {
    fn numbers(&mut self) -> Vec<i64> {
        self.0
            .retain(|_, since| since.elapsed() < WAITS_FOR_MISSING);
        self.0.keys().copied().collect()
    }

    /// Takes note of events that were found behind `after`, or late; returns the greatest number.
    fn found(&mut self, after: i64, numbers: impl Iterator<Item = i64>) -> i64 {
        let mut greatest = after;
        for number in numbers {
            if number <= greatest {
                self.0.remove(&number);
                continue;
            }
            let room = MISSING.saturating_sub(self.0.len());
            let left_out = (greatest + 1..number).take(room);
            self.0
                .extend(left_out.map(|number| (number, Instant::now())));
            greatest = number;
        }
        greatest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seq: i64, job: u8, kind: &str) -> JobEvent {
        JobEvent {
            seq,
            job_id: format!("{job:032x}").parse().unwrap(),
            kind: kind.to_owned(),
        }
    }

    #[test]
    fn a_job_is_told_of_once_with_all_that_happened_to_it() {
        let events = vec![
            event(1, 1, "job.queued"),
            event(2, 2, "job.queued"),
            event(3, 1, "progress"),
            event(4, 1, "progress"),
            event(5, 3, "job.queued"),
        ];
        let all = latest(events);
        let numbers: Vec<i64> = all.iter().map(|(_, seq, _)| *seq).collect();
        assert_eq!(numbers, [2, 4, 5]);
        assert_eq!(all[1].2, ["job.queued", "progress"]);
    }

    #[test]
    fn an_event_that_comes_late_is_waited_for() {
        let mut missing = Missing::default();
        assert_eq!(missing.found(10, [11, 14].into_iter()), 14);
        assert_eq!(missing.numbers(), [12, 13]);
        assert_eq!(missing.found(14, [13, 15].into_iter()), 15);
        assert_eq!(missing.numbers(), [12]);
        assert_eq!(missing.found(15, 99_999..100_000), 99_999);
        assert_eq!(missing.numbers().len(), MISSING);
    }
}
