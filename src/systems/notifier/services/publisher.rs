//! Gives notifications their numbers, and those who are told their rows.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use entity::{JobId, JobState, job, notification, notification_failing};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::clock;
use crate::engine::Flows;
use crate::engine::store::StoreError;
use crate::notify::{EventKind, Notification};
use crate::systems::notifier::book::Book;
use crate::systems::notifier::hub::BellHub;
use crate::systems::notifier::outbox::{Outbox, looks_back, micros};
use crate::systems::notifier::places::page_of;
use crate::systems::notifier::receivers::Receivers;
use crate::systems::notifier::rule::Rule;
use crate::systems::notifier::store::{Failing, NotificationStore, Publication, Published};

/// Published in one transaction.
const AT_ONCE: u64 = 200;

/// Lines of a log that a notification shows, and characters of each.
const LOG_LINES: u64 = 10;
const LINE_CHARS: usize = 500;

/// Members of a result that a notification shows.
const FIGURES_MAX: usize = 8;

/// Followers whose process did not know of them are found after so long.
const UNREPORTED_AFTER_MICROS: i64 = 3_000_000;

/// Clones share it.
#[derive(Clone)]
pub(in crate::systems::notifier) struct Publisher {
    pub store: NotificationStore,
    pub book: Book,
    pub receivers: Arc<Receivers>,
    pub hub: BellHub,
    pub flows: Flows,
    /// Where people reach this program from outside.
    pub public_url: Option<String>,
}

/// What is being put together for one transaction.
struct Edition {
    publication: Publication,
    outboxes: BTreeMap<String, Outbox>,
    now: i64,
}

impl Publisher {
    /// Publishes what waits for it; `true`: there may be more.
    pub async fn publish(&self) -> Result<bool, StoreError> {
        let found = self.store.unpublished(AT_ONCE).await?;
        if found.is_empty() {
            return Ok(false);
        }
        let is_full = found.len() as u64 == AT_ONCE;
        let rules = self.book.all();
        let jobs = self.jobs_of(&found).await?;
        let followers = self.followers_of(&found).await?;
        let mut edition = Edition {
            publication: Publication::default(),
            outboxes: self.outboxes(&rules).await?,
            now: clock::now_micros(),
        };
        let mut failing = self.failing(&rules).await?;
        for row in found {
            let job = jobs.get(&row.about);
            let followers = followers.get(&row.about).map_or(&[][..], Vec::as_slice);
            if EventKind::JobSucceeded.as_str() == row.kind
                || EventKind::JobFailed.as_str() == row.kind
            {
                edition.publication.told.push((row.about.clone(), row.at));
            }
            let recovered =
                note_failing(&row, &rules, &mut failing, &mut edition.publication.failing);
            let mut bells: Vec<String> = followers.to_vec();
            bells.extend(row.started_by.clone());
            let mut told = self.seen(&row, job);
            let mut matching = matching(&rules, &told);
            if recovered {
                let kind = EventKind::JobRecovered.as_str().to_owned();
                let recovery = Notification {
                    kind,
                    ..told.clone()
                };
                let asking = self::matching(&rules, &recovery);
                if !asking.is_empty() || !bells.is_empty() {
                    told = recovery;
                    let is_new = |asking: &Arc<Rule>| {
                        matching
                            .iter()
                            .all(|rule: &Arc<Rule>| rule.name != asking.name)
                    };
                    let new: Vec<Arc<Rule>> = asking.into_iter().filter(is_new).collect();
                    matching.extend(new);
                }
            }
            if bells.is_empty() && matching.is_empty() {
                edition.publication.dropped.push(row.id);
                continue;
            }
            self.fill_in(&mut told, job).await?;
            for rule in matching {
                edition.tell(&rule, &self.receivers, &told);
            }
            edition.publication.published.push(Published {
                id: row.id,
                at: row.at,
                data: serde_json::to_string(&told).unwrap_or_default(),
                bells,
            });
        }
        let rung = self.store.publish(edition.finish()).await?;
        self.hub.ring(&rung);
        Ok(is_full)
    }

    /// Notes ends of followed jobs of which nothing was noted.
    pub async fn report_unreported(&self) -> Result<(), StoreError> {
        let follows = self.store.engine().follows();
        let before = clock::now_micros() - UNREPORTED_AFTER_MICROS;
        let ends = follows.unreported(before).await?;
        follows.report(ends).await
    }

    async fn jobs_of(
        &self,
        found: &[notification::Model],
    ) -> Result<HashMap<String, job::Model>, StoreError> {
        let of_jobs = found.iter().filter(|row| row.kind.starts_with("job."));
        let ids = of_jobs.filter_map(|row| row.about.parse().ok());
        let ids: Vec<JobId> = ids.collect();
        self.store.jobs(&ids).await
    }

    async fn followers_of(
        &self,
        found: &[notification::Model],
    ) -> Result<HashMap<String, Vec<String>>, StoreError> {
        let about = found.iter().map(|row| row.about.clone()).collect();
        let mut followers: HashMap<String, Vec<String>> = HashMap::new();
        for (about, who) in self.store.engine().follows().of(about).await? {
            followers.entry(about).or_default().push(who);
        }
        Ok(followers)
    }

    async fn outboxes(&self, rules: &[Arc<Rule>]) -> Result<BTreeMap<String, Outbox>, StoreError> {
        let mut outboxes = BTreeMap::new();
        for rule in rules {
            let since = clock::now_micros() - micros(looks_back(rule));
            let said = self.store.said_for(&rule.name, since).await?;
            outboxes.insert(rule.name.clone(), Outbox::of(said));
        }
        Ok(outboxes)
    }

    /// Those that are alike and fail at present, if anybody asks for recoveries.
    async fn failing(&self, rules: &[Arc<Rule>]) -> Result<HashMap<String, i32>, StoreError> {
        match rules
            .iter()
            .any(|rule| rule.asks_for(EventKind::JobRecovered))
        {
            true => {
                let failing = self.store.failing().await?.into_iter();
                Ok(failing.map(|row| (row.id, row.count)).collect())
            }
            false => Ok(HashMap::new()),
        }
    }

    /// What rules look at.
    fn seen(&self, row: &notification::Model, job: Option<&job::Model>) -> Notification {
        let noted: Value = serde_json::from_str(&row.data).unwrap_or_default();
        let text = |key: &str| noted[key].as_str().map(str::to_owned);
        let figures = noted["figures"].as_object().cloned().unwrap_or_default();
        Notification {
            id: row.id.clone(),
            kind: row.kind.clone(),
            at: clock::rfc3339(row.at),
            flow: row.flow.clone(),
            name: row.name.clone(),
            about: row.about.clone(),
            state: text("state").or_else(|| state_of(row, job)),
            error: text("error"),
            figures,
            log: Vec::new(),
            started_by: row.started_by.clone(),
            link: self.link(row),
        }
    }

    /// What only those who are told see.
    async fn fill_in(
        &self,
        notification: &mut Notification,
        job: Option<&job::Model>,
    ) -> Result<(), StoreError> {
        let Some(job) = job else {
            return Ok(());
        };
        if let (Some(started), Some(ended)) = (job.started_at, job.ended_at) {
            let took_s = (ended - started).max(0) / 1_000_000;
            notification
                .figures
                .insert("took_s".to_owned(), took_s.into());
        }
        match job.state {
            JobState::Succeeded => {
                // A result that cannot be read now is not waited for.
                let result = self.flows.result(&job.id).await.unwrap_or_default();
                let figures = figures_of(&result);
                notification.figures.extend(figures);
            }
            JobState::Failed => {
                let logs = self.store.engine().logs();
                notification.log = logs.newest(&job.id, LOG_LINES).await?;
                for line in &mut notification.log {
                    if let Some((end, _)) = line.char_indices().nth(LINE_CHARS) {
                        line.truncate(end);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn link(&self, row: &notification::Model) -> Option<String> {
        let page = page_of(&row.kind, &row.about)?;
        let url = self.public_url.as_deref()?.trim_end_matches('/');
        Some(format!("{url}{page}"))
    }
}

impl Edition {
    fn tell(&mut self, rule: &Rule, receivers: &Receivers, notification: &Notification) {
        let outbox = self.outboxes.entry(rule.name.clone()).or_default();
        for word in &rule.written.to {
            for receiver in receivers.expand(word) {
                outbox.add(rule, &receiver, notification, self.now);
            }
        }
    }

    fn finish(self) -> Publication {
        let mut publication = self.publication;
        for outbox in self.outboxes.into_values() {
            let (new, changed) = outbox.into_changes();
            publication.new_deliveries.extend(new);
            publication.changed_deliveries.extend(changed);
        }
        publication
    }
}

fn matching(rules: &[Arc<Rule>], notification: &Notification) -> Vec<Arc<Rule>> {
    let rules = rules.iter().filter(|rule| rule.matches(notification));
    rules.cloned().collect()
}

/// Remembers what fails; `true`: what had failed works again.
fn note_failing(
    row: &notification::Model,
    rules: &[Arc<Rule>],
    failing: &mut HashMap<String, i32>,
    changes: &mut Failing,
) -> bool {
    let asks = |rule: &Arc<Rule>| {
        rule.asks_for(EventKind::JobRecovered)
            && rule.is_about(&row.flow, row.name.as_deref(), None)
    };
    let alike = like(&row.flow, row.name.as_deref());
    if row.kind == EventKind::JobFailed.as_str() && rules.iter().any(asks) {
        *failing.entry(alike.clone()).or_default() += 1;
        changes.ended.retain(|ended| *ended != alike);
        changes.begun.push(notification_failing::Model {
            id: alike,
            flow: row.flow.clone(),
            name: row.name.clone(),
            at: row.at,
            count: 1,
        });
        return false;
    }
    let recovers = row.kind == EventKind::JobSucceeded.as_str() && failing.remove(&alike).is_some();
    if recovers {
        changes.begun.retain(|begun| begun.id != alike);
        changes.ended.push(alike);
    }
    recovers
}

/// What jobs have in common that are alike.
fn like(flow: &str, name: Option<&str>) -> String {
    let text = json!([flow, name]).to_string();
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn state_of(row: &notification::Model, job: Option<&job::Model>) -> Option<String> {
    match row.kind.as_str() {
        "job.succeeded" => Some(JobState::Succeeded.as_str().to_owned()),
        "job.failed" => Some(JobState::Failed.as_str().to_owned()),
        _ => job.map(|job| job.state.as_str().to_owned()),
    }
}

/// Numbers and short words at the top of a result.
fn figures_of(result: &Value) -> Map<String, Value> {
    let members = result.as_object().into_iter().flatten();
    let short = members.filter(|(_, value)| match value {
        Value::Number(_) | Value::Bool(_) => true,
        Value::String(text) => (1..=100).contains(&text.len()),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    });
    let shown = short.take(FIGURES_MAX);
    shown
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
