//! Scores in the shadow: the same rows by another version, which never answers, after callers have been answered.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use entity::model_shadow;
use tokio::sync::{Mutex as AsyncMutex, mpsc};
use tokio::time::{Instant, sleep_until};

use super::comparing::{Compared, compared};
use super::served::Served;
use crate::clock;
use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::engine::store::StoreError;
use crate::models::{Answers, Rows};
use crate::systems::prediction::store::PredictionStore;
use crate::telemetry::metrics::metrics;

/// Requests, and rows of them, that wait to be scored; more are counted and dropped.
const WAITING_MAX: usize = 256;
const WAITING_ROWS_MAX: usize = 20_000;

/// How often what was counted is stored.
const STORE_EVERY: Duration = Duration::from_secs(1);

/// Rows that are to be scored again.
struct Shadowed {
    champion: Arc<Served>,
    shadow: Arc<Served>,
    rows: Arc<Rows>,
    answers: Answers,
}

/// A model, the version that answered, and the one in its shadow.
type Pair = (String, i32, i32);

/// What waits, and what was counted since it was stored last.
pub(super) struct Shadows {
    sender: mpsc::Sender<Shadowed>,
    receiver: AsyncMutex<mpsc::Receiver<Shadowed>>,
    waiting_rows: AtomicUsize,
    counted: Mutex<HashMap<Pair, Compared>>,
}

impl Shadows {
    pub fn new() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        Self {
            sender,
            receiver: AsyncMutex::new(receiver),
            waiting_rows: AtomicUsize::new(0),
            counted: Mutex::default(),
        }
    }

    /// Has rows scored when there is time.
    pub fn add(
        &self,
        champion: Arc<Served>,
        shadow: Arc<Served>,
        rows: Arc<Rows>,
        answers: &Answers,
    ) {
        let count = rows.len();
        let pair = pair(&champion, &shadow);
        let before = self.waiting_rows.fetch_add(count, Ordering::AcqRel);
        let fits = before + count <= WAITING_ROWS_MAX;
        let sent = fits && {
            let shadowed = Shadowed {
                champion,
                shadow,
                rows,
                answers: answers.clone(),
            };
            self.sender.try_send(shadowed).is_ok()
        };
        if !sent {
            self.waiting_rows.fetch_sub(count, Ordering::AcqRel);
            let dropped = Compared {
                dropped: count as u64,
                ..Compared::default()
            };
            self.count(pair, &dropped);
        }
    }

    async fn score(&self, shadowed: Shadowed) {
        let Shadowed {
            champion,
            shadow,
            rows,
            answers,
        } = shadowed;
        let counted = compared(&champion, &shadow, &rows, &answers).await;
        self.waiting_rows.fetch_sub(rows.len(), Ordering::AcqRel);
        self.count(pair(&champion, &shadow), &counted);
    }

    fn count(&self, pair: Pair, counted: &Compared) {
        let (version, shadow) = (pair.1.to_string(), pair.2.to_string());
        for (outcome, rows) in [
            ("same", counted.compared - counted.different),
            ("different", counted.different),
            ("failed", counted.failed),
            ("dropped", counted.dropped),
        ] {
            if rows > 0 {
                let labels = [
                    ("model", pair.0.as_str()),
                    ("version", version.as_str()),
                    ("shadow", shadow.as_str()),
                    ("outcome", outcome),
                ];
                metrics().shadow_rows.add(rows, &labels);
            }
        }
        let mut all = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(pair).or_default().add(counted);
    }

    /// Stores what was counted; after an error it is stored later.
    async fn store(&self, store: &PredictionStore) -> Result<(), StoreError> {
        let counted: Vec<(Pair, Compared)> = {
            let mut all = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
            all.drain().collect()
        };
        if counted.is_empty() {
            return Ok(());
        }
        let rows = counted.iter().map(|(pair, counted)| row(pair, counted));
        let stored = store.add_model_shadows(rows.collect()).await;
        if stored.is_err() {
            let mut all = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
            for (pair, counted) in counted {
                all.entry(pair).or_default().add(&counted);
            }
        }
        stored
    }
}

fn pair(champion: &Served, shadow: &Served) -> Pair {
    (champion.model.clone(), champion.version, shadow.version)
}

fn row(pair: &Pair, counted: &Compared) -> model_shadow::Model {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    model_shadow::Model {
        model: pair.0.clone(),
        version: pair.1,
        shadow_version: pair.2,
        compared: number(counted.compared),
        different: number(counted.different),
        other_label: number(counted.other_label),
        failed: number(counted.failed),
        dropped: number(counted.dropped),
        noted_at: clock::now_micros(),
    }
}

/// The service that scores in the shadow.
pub(crate) struct ShadowScoring {
    pub(super) shadows: Arc<Shadows>,
    pub(super) store: PredictionStore,
}

#[async_trait]
impl Service for ShadowScoring {
    fn name(&self) -> &'static str {
        "model shadows"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        let mut waiting = self.shadows.receiver.lock().await;
        let mut store_at = Instant::now() + STORE_EVERY;
        while !with.stop.is_cancelled() {
            tokio::select! {
                biased;
                () = with.stop.cancelled() => {}
                () = sleep_until(store_at) => {
                    self.store().await?;
                    store_at = Instant::now() + STORE_EVERY;
                }
                Some(next) = waiting.recv() => self.shadows.score(next).await,
            }
        }
        // What waits at a stop is not scored; what was is stored.
        self.store().await
    }
}

impl ShadowScoring {
    async fn store(&self) -> Result<(), StepError> {
        match self.shadows.store(&self.store).await {
            Ok(()) => Ok(()),
            Err(error) if error.is_transient() => {
                let health = self.store.engine().health();
                health.warn(
                    &error,
                    "what versions in the shadow answer cannot be stored",
                );
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}
