//! Looks for scrapes that other processes have stored, for stale ones, and for pages that need not be kept any
//! longer.

use std::time::Duration;

use async_trait::async_trait;
use entity::scrape_state;
use serde_json::json;
use tokio::time::{Instant, sleep};
use tracing::warn;

use super::FLOW;
use super::error::ScrapesError;
use super::freshness::Freshness;
use super::scrapes::Scrapes;
use crate::clock::{self, steady};
use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::engine::store::StoreError;
use crate::engine::store::notifications::NewNotification;
use crate::telemetry::chain;
use crate::telemetry::metrics::{Gauge, Sample, observe};

const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Runs whose pages are dropped one after another before others are looked at.
const RUNS_TOGETHER: u64 = 20;

/// Hosts that were not asked for so long are forgotten: no pause of a scrape is longer.
const HOSTS_KEPT: Duration = Duration::from_secs(2 * 86_400);
const FORGET_EVERY: Duration = Duration::from_secs(3_600);

/// What people are told of a scrape that should have run.
const SCRAPE_STALE: &str = "scrape.stale";

/// The service.
pub(crate) struct ScrapeWatch(pub Scrapes);

#[async_trait]
impl Service for ScrapeWatch {
    fn name(&self) -> &'static str {
        "scrapes"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        let mut forget_at = Instant::now();
        while !with.stop.is_cancelled() {
            let is_time = Instant::now() >= forget_at;
            if is_time {
                forget_at = Instant::now() + FORGET_EVERY;
            }
            match self.look(is_time).await {
                Ok(()) => {}
                Err(error) if error.is_transient() => {
                    let health = self.0.store().engine().health();
                    health.warn(&error, "scrapes cannot be looked at");
                }
                Err(error) => return Err(error.into()),
            }
            tokio::select! {
                () = with.stop.cancelled() => {}
                () = sleep(LOOK_EVERY) => {}
            }
        }
        Ok(())
    }
}

impl ScrapeWatch {
    async fn look(&self, forgets: bool) -> Result<(), StoreError> {
        self.0.book().look().await?;
        self.look_at_freshness().await?;
        self.drop_old().await?;
        if forgets {
            let kept = i64::try_from(HOSTS_KEPT.as_micros()).unwrap_or(i64::MAX);
            let before = steady::now_micros().saturating_sub(kept);
            self.0.store().forget_hosts(before).await?;
        }
        Ok(())
    }

    async fn look_at_freshness(&self) -> Result<(), StoreError> {
        let store = self.0.store();
        let states = store.scrape_states().await?;
        let now = clock::now_micros();
        let (mut ages, mut stale) = (Vec::new(), Vec::new());
        for (name, entry) in self.0.book().all() {
            let Some(scrape) = entry.scrape else {
                continue;
            };
            let Some(state) = states.get(&name) else {
                // It comes from a file, or from another version of the program.
                store.begin_scrape(&name).await?;
                continue;
            };
            let freshness = Freshness::of(&scrape, state, now);
            match (freshness.is_stale, state.stale_at) {
                (true, None) => self.note_stale(&name, state, &freshness).await?,
                (false, Some(_)) => store.unmark_stale(&name).await?,
                _ => {}
            }
            if let Some(age) = freshness.age_s {
                ages.push(Sample::of(age).with("scrape", name.as_str()));
            }
            let is_stale = f64::from(u8::from(freshness.is_stale));
            stale.push(Sample::of(is_stale).with("scrape", name));
        }
        observe(Gauge::ScrapeAge, ages);
        observe(Gauge::ScrapeStale, stale);
        Ok(())
    }

    async fn note_stale(
        &self,
        name: &str,
        state: &scrape_state::Model,
        freshness: &Freshness,
    ) -> Result<(), StoreError> {
        let hours = freshness.stale_after_h.unwrap_or_default();
        let since = match state.fresh_at {
            Some(at) => format!("no run has gone well since {}", clock::rfc3339(at)),
            None => "no run has gone well yet".to_owned(),
        };
        let notification = NewNotification {
            kind: SCRAPE_STALE,
            about: name.to_owned(),
            flow: FLOW.to_owned(),
            name: Some(name.to_owned()),
            data: json!({
                "state": "stale", "error": since, "figures": { "stale_after_h": hours },
            }),
            ..NewNotification::default()
        };
        let noted = self
            .0
            .store()
            .note_stale(name, state.fresh_at, notification)
            .await?;
        if noted {
            warn!(scrape = name, reason = since, "a scrape is stale");
        }
        Ok(())
    }

    /// A place of files that is away keeps nothing else from being done.
    async fn drop_old(&self) -> Result<(), StoreError> {
        let store = self.0.store();
        for run in store
            .runs_to_clear(clock::now_micros(), RUNS_TOGETHER)
            .await?
        {
            match self.0.drop_pages(&run).await {
                Ok(()) => {}
                Err(ScrapesError::Store(error)) => return Err(error),
                Err(error) => {
                    warn!(error = chain(&error), "old pages cannot be dropped now");
                    return Ok(());
                }
            }
        }
        let days = self.0.shared().section.runs_days;
        let kept = i64::try_from(days)
            .unwrap_or(i64::MAX)
            .saturating_mul(86_400_000_000);
        let before = clock::now_micros().saturating_sub(kept);
        for run in store.old_runs(before, RUNS_TOGETHER).await? {
            store.remove_run(&run).await?;
        }
        Ok(())
    }
}
