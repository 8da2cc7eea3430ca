//! Jobs that take longer than usual, or wait for long: looked for while rules ask for them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use entity::{JobState, job};
use serde_json::json;
use tokio::time::Instant;

use crate::clock;
use crate::engine::store::StoreError;
use crate::engine::store::notifications::{NewNotification, id_of};
use crate::notify::EventKind;
use crate::systems::notifier::book::Book;
use crate::systems::notifier::outbox::micros;
use crate::systems::notifier::rule::Rule;
use crate::systems::notifier::store::NotificationStore;

/// Jobs that are looked at together: those that have stood longest.
const AT_ONCE: u64 = 500;

/// Successes by which it is known what is usual, and the fewest of them.
const LIKE: u64 = 20;
const LIKE_MIN: usize = 3;

/// How long what is usual is believed.
const BELIEVED_FOR: Duration = Duration::from_secs(600);

/// The usual durations of jobs that are alike, in microseconds, and when they were looked up.
#[derive(Default)]
pub(super) struct Standing(HashMap<(String, Option<String>), (Instant, Option<i64>)>);

impl Standing {
    /// Notes what is slow or waits.
    pub(super) async fn look(
        &mut self,
        store: &NotificationStore,
        book: &Book,
    ) -> Result<(), StoreError> {
        let rules = book.all();
        let asking = |kind| {
            let asking = rules.iter().filter(move |rule| rule.asks_for(kind));
            asking.cloned().collect::<Vec<Arc<Rule>>>()
        };
        let (slow, waiting) = (asking(EventKind::JobSlow), asking(EventKind::JobWaiting));
        let mut found = Vec::new();
        if !slow.is_empty() {
            found.extend(self.slow(store, &slow).await?);
        }
        if !waiting.is_empty() {
            found.extend(waiting_jobs(store, &waiting).await?);
        }
        match found.is_empty() {
            true => Ok(()),
            false => store.note(found).await,
        }
    }

    async fn slow(
        &mut self,
        store: &NotificationStore,
        rules: &[Arc<Rule>],
    ) -> Result<Vec<NewNotification>, StoreError> {
        self.0
            .retain(|_, (looked_at, _)| looked_at.elapsed() < BELIEVED_FOR);
        let now = clock::now_micros();
        let mut found = Vec::new();
        for job in store.running(AT_ONCE).await? {
            let Some(started_at) = job.started_at else {
                continue;
            };
            let about = rules.iter().filter(|rule| is_about(rule, &job));
            let Some(times) = about.map(|rule| rule.times).reduce(f64::min) else {
                continue;
            };
            let usual = self.usual(store, &job).await?;
            let took = now.saturating_sub(started_at);
            let Some(usual) = usual.filter(|usual| took as f64 > *usual as f64 * times) else {
                continue;
            };
            let (took_s, usual_s) = (took / 1_000_000, usual as f64 / 1e6);
            let data = json!({
                "state": job.state.as_str(),
                "error": format!("it has run for {took_s} s, {usual_s:.1} s are usual"),
                "figures": { "took_s": took_s, "usual_s": usual_s },
            });
            let id = id_of(&["job.slow", job.id.as_str(), &started_at.to_string()]);
            found.push(of_job("job.slow", job, id, data));
        }
        Ok(found)
    }

    /// The median of the last successes of its like; `None`: there are too few.
    async fn usual(
        &mut self,
        store: &NotificationStore,
        job: &job::Model,
    ) -> Result<Option<i64>, StoreError> {
        let like = (job.flow.clone(), job.title.clone());
        if let Some((_, usual)) = self.0.get(&like) {
            return Ok(*usual);
        }
        let mut took = store.durations(&like.0, like.1.as_deref(), LIKE).await?;
        took.sort_unstable();
        let usual = (took.len() >= LIKE_MIN).then(|| took[took.len() / 2]);
        self.0.insert(like, (Instant::now(), usual));
        Ok(usual)
    }
}

async fn waiting_jobs(
    store: &NotificationStore,
    rules: &[Arc<Rule>],
) -> Result<Vec<NewNotification>, StoreError> {
    let now = clock::now_micros();
    let shortest = rules
        .iter()
        .map(|rule| rule.longer)
        .min()
        .unwrap_or_default();
    let before = now - micros(shortest);
    let mut found = Vec::new();
    for (job, moved_at) in store.standing(before, AT_ONCE).await? {
        let waited = now - moved_at;
        let mut about = rules.iter().filter(|rule| is_about(rule, &job));
        if !about.any(|rule| waited >= micros(rule.longer)) {
            continue;
        }
        let waited_s = waited / 1_000_000;
        let waits_for = match (&job.waiting, job.state) {
            (Some(reason), _) => reason.clone(),
            (None, JobState::Blocked) => "other jobs have to end first".to_owned(),
            (None, _) => "there is no free place".to_owned(),
        };
        let data = json!({
            "state": job.state.as_str(), "error": waits_for, "figures": { "waited_s": waited_s },
        });
        let id = id_of(&["job.waiting", job.id.as_str(), &moved_at.to_string()]);
        found.push(of_job("job.waiting", job, id, data));
    }
    Ok(found)
}

fn is_about(rule: &Rule, job: &job::Model) -> bool {
    rule.is_about(&job.flow, job.title.as_deref(), job.started_by.as_deref())
}

fn of_job(
    kind: &'static str,
    job: job::Model,
    id: String,
    data: serde_json::Value,
) -> NewNotification {
    NewNotification {
        id: Some(id),
        kind,
        about: job.id.to_string(),
        flow: job.flow,
        name: job.title,
        started_by: job.started_by,
        data,
    }
}
