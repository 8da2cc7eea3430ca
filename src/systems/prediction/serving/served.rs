//! A version of a model that is in memory, and answers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;
use tracing::error;

use super::error::PredictError;
use super::registry::Registry;
use super::remote::RemoteScorer;
use super::shadow::Shadows;
use super::work::{RowsInWork, Work};
use crate::fault::FaultPoint;
use crate::models::{Answers, Format, Model, Rows, Signature};
use crate::telemetry::catching_panics;
use crate::telemetry::metrics::metrics;

/// What is scored on the thread of the call: moving it to another one would take a good part of that.
const QUICK: Duration = Duration::from_micros(300);

/// A version that was loaded. Whoever holds it can ask it, wherever its aliases point to by now.
pub(crate) struct Served {
    pub model: String,
    pub version: i32,
    pub format: Format,
    /// Of its package.
    pub bytes: u64,
    pub(super) scoring: Scoring,
    pub(super) around: Around,
    /// What a row takes, as the last ones did.
    row_nanos: AtomicU64,
    has_panicked: AtomicBool,
    version_text: String,
}

/// Who computes the answers.
pub(super) enum Scoring {
    Here(Model),
    There(Signature, Arc<dyn RemoteScorer>),
}

/// What versions share.
#[derive(Clone)]
pub(super) struct Around {
    pub work: Arc<Work>,
    pub shadows: Arc<Shadows>,
    pub registry: Weak<Registry>,
}

impl Scoring {
    pub fn signature(&self) -> &Signature {
        match self {
            Self::Here(model) => &model.signature,
            Self::There(signature, _) => signature,
        }
    }
}

impl Served {
    /// `row`: what scoring one took when it was warmed up.
    pub(super) fn new(
        (model, version): (String, i32),
        (format, bytes): (Format, u64),
        scoring: Scoring,
        row: Duration,
        around: Around,
    ) -> Self {
        Self {
            version_text: version.to_string(),
            model,
            version,
            format,
            bytes,
            scoring,
            around,
            row_nanos: AtomicU64::new(nanos(row)),
            has_panicked: AtomicBool::new(false),
        }
    }

    pub(crate) fn signature(&self) -> &Signature {
        self.scoring.signature()
    }

    /// Whether another server scores its rows.
    pub(crate) fn is_remote(&self) -> bool {
        matches!(self.scoring, Scoring::There(..))
    }

    /// Whether it can answer now: of a remote one, what its server says.
    pub(crate) async fn ready(&self) -> Result<(), PredictError> {
        match &self.scoring {
            Scoring::Here(_) => Ok(()),
            Scoring::There(_, remote) => remote.ready().await,
        }
    }

    /// Whether a call may have so many rows, to be asked before they are read.
    pub(crate) fn check_rows(&self, rows: usize) -> Result<(), PredictError> {
        self.around.work.check(rows)
    }

    /// Scores the rows of a call: counted, within its limits, and compared with the version in the shadow
    /// afterwards.
    pub(crate) async fn predict(self: Arc<Self>, rows: Rows) -> Result<Answers, PredictError> {
        let begun = Instant::now();
        let rows = Arc::new(rows);
        let answered = match self.around.work.admit(rows.len()) {
            Ok(held) => self.answered(&rows, held).await,
            Err(error) => Err(error),
        };
        self.count(&rows, begun, &answered);
        if let Ok(answers) = &answered {
            self.cast_shadow(rows, answers);
        }
        answered
    }

    async fn answered(
        self: &Arc<Self>,
        rows: &Arc<Rows>,
        held: RowsInWork,
    ) -> Result<Answers, PredictError> {
        match &self.scoring {
            Scoring::There(_, remote) => remote.score(rows).await,
            Scoring::Here(_) if self.is_quick(rows.len()) => self.score(rows),
            Scoring::Here(_) => {
                let thread = self.around.work.thread().await?;
                let (served, rows) = (Arc::clone(self), Arc::clone(rows));
                // A caller that leaves does not end it: its rows keep their places until they are scored.
                let scored = spawn_blocking(move || {
                    let scored = served.score(&rows);
                    drop((held, thread));
                    scored
                });
                scored.await.map_err(|_| PredictError::Stopped)?
            }
        }
    }

    /// Scores rows on the thread of the caller, for steps of jobs: without the limits of calls.
    pub(crate) fn score_blocking(&self, rows: &Rows) -> Result<Answers, PredictError> {
        let scored = self.score(rows);
        if scored.is_ok() {
            self.count_rows(rows.len());
        }
        scored
    }

    /// The same of any version, also of one of another server, for what is scored in the shadow.
    pub(super) async fn score_apart(
        self: &Arc<Self>,
        rows: Arc<Rows>,
    ) -> Result<Answers, PredictError> {
        match &self.scoring {
            Scoring::There(_, remote) => remote.score(&rows).await,
            Scoring::Here(_) => {
                let served = Arc::clone(self);
                let scored = spawn_blocking(move || served.score(&rows));
                scored.await.map_err(|_| PredictError::Stopped)?
            }
        }
    }

    fn score(&self, rows: &Rows) -> Result<Answers, PredictError> {
        let Scoring::Here(model) = &self.scoring else {
            return Err(PredictError::IsRemote {
                model: self.model.clone(),
                version: self.version,
            });
        };
        let begun = Instant::now();
        let scored = catching_panics(|| {
            let passed = self.around.work.faults.pass(FaultPoint::BeforeScoring);
            passed.map(|()| model.score(rows))
        });
        match scored {
            Ok(Ok(answers)) => {
                self.learn(begun.elapsed(), rows.len());
                Ok(answers)
            }
            Ok(Err(fault)) => Err(self.panicked(&fault.to_string())),
            Err(place) => Err(self.panicked(&place)),
        }
    }

    /// Logged once: callers may ask a broken version many times.
    fn panicked(&self, place: &str) -> PredictError {
        if !self.has_panicked.swap(true, Ordering::Relaxed) {
            error!(
                model = self.model,
                version = self.version,
                reason = place.trim(),
                "a version of a model panicked; move its aliases to another one"
            );
        }
        PredictError::Panicked {
            model: self.model.clone(),
            version: self.version,
        }
    }

    fn is_quick(&self, rows: usize) -> bool {
        let row = self.row_nanos.load(Ordering::Relaxed);
        row.saturating_mul(rows as u64) <= nanos(QUICK)
    }

    /// The last calls count most.
    fn learn(&self, took: Duration, rows: usize) {
        if rows == 0 {
            return;
        }
        let now = nanos(took) / rows as u64;
        let before = self.row_nanos.load(Ordering::Relaxed);
        let learned = (before * 7 + now) / 8;
        self.row_nanos.store(learned.max(1), Ordering::Relaxed);
    }

    fn count(&self, rows: &Rows, begun: Instant, answered: &Result<Answers, PredictError>) {
        let outcome = match answered {
            Ok(_) => "answered",
            Err(PredictError::TooManyRows { .. } | PredictError::TooManyInWork { .. }) => "refused",
            Err(PredictError::RefusedByRemote(_)) => "refused",
            Err(_) => "failed",
        };
        let version = self.version_text.as_str();
        let labels = [("model", self.model.as_str()), ("version", version)];
        let with_outcome = [labels[0], labels[1], ("outcome", outcome)];
        metrics().predict_requests.add(1, &with_outcome);
        if answered.is_ok() {
            self.count_rows(rows.len());
            let took = begun.elapsed().as_secs_f64();
            metrics().predict_duration.record(took, &labels, None);
        }
    }

    fn count_rows(&self, rows: usize) {
        let version = self.version_text.as_str();
        let labels = [("model", self.model.as_str()), ("version", version)];
        metrics().predict_rows.add(rows as u64, &labels);
    }

    fn cast_shadow(self: &Arc<Self>, rows: Arc<Rows>, answers: &Answers) {
        let registry = self.around.registry.upgrade();
        let Some(shadow) = registry.and_then(|registry| registry.shadow_of(self)) else {
            return;
        };
        self.around
            .shadows
            .add(Arc::clone(self), shadow, rows, answers);
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
