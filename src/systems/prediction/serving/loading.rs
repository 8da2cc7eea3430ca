//! From the bytes of a package to a version that answers: read, proved, warmed up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use entity::model_version;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::error::PredictError;
use super::remote::OpenRemote;
use super::served::{Around, Scoring, Served};
use crate::engine::store::StoreError;
use crate::models::{
    Format, Golden, Mismatch, Model, Package, Refusal, Rows, RowsBuilder, compare,
};
use crate::systems::prediction::store::PredictionStore;
use crate::telemetry::catching_panics;

/// Models that are read at once: each takes a processor, and as much memory again as its file.
const AT_ONCE: usize = 2;

/// How often a model is asked before callers get it.
const WARM_UPS: usize = 3;

/// Rows of the goldens that it is asked then.
const WARM_UP_ROWS: usize = 100;

/// Why a version cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoadError {
    #[error("{reason}")]
    Unusable {
        reason: String,
        mismatch: Option<Box<Mismatch>>,
    },
    #[error("a worker thread ended early")]
    ThreadLost,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for LoadError {
    fn from(refusal: Refusal) -> Self {
        Self::Unusable {
            reason: refusal.message,
            mismatch: None,
        }
    }
}

impl From<Mismatch> for LoadError {
    fn from(mismatch: Mismatch) -> Self {
        Self::Unusable {
            reason: mismatch.reason.clone(),
            mismatch: Some(Box::new(mismatch)),
        }
    }
}

/// What loads models.
pub(super) struct Loader {
    pub store: PredictionStore,
    pub remotes: Arc<dyn OpenRemote>,
    places: Semaphore,
}

/// A package whose model can be asked.
pub(super) struct Opened {
    pub format: Format,
    pub golden: Option<Golden>,
    pub scoring: Scoring,
}

impl Loader {
    pub fn new(store: PredictionStore, remotes: Arc<dyn OpenRemote>) -> Self {
        Self {
            store,
            remotes,
            places: Semaphore::new(AT_ONCE),
        }
    }

    /// Loads a version from the store.
    pub async fn load(
        &self,
        row: &model_version::Model,
        around: Around,
    ) -> Result<Served, LoadError> {
        let opened = self.opened(row).await?;
        let bytes = row.bytes.unsigned_abs();
        let Opened {
            format,
            golden,
            scoring,
        } = opened;
        let key = (row.model.clone(), row.version);
        let ready = apart(move || {
            // Of another server it is its own affair how fast it is, and it may be away now.
            let took = match &scoring {
                Scoring::There(..) => Duration::ZERO,
                Scoring::Here(model) => {
                    if let Some(golden) = &golden {
                        prove(model, golden)?;
                    }
                    warm_up(model, golden.as_ref())
                }
            };
            Ok(Served::new(key, (format, bytes), scoring, took, around))
        });
        ready.await
    }

    /// Reads the package of a version.
    pub async fn opened(&self, row: &model_version::Model) -> Result<Opened, LoadError> {
        let _place = self.places.acquire().await;
        let gone = || Refusal::new("its bytes are not there any more");
        let content = row.content.as_deref().ok_or_else(gone)?;
        let bytes = self.store.model_content(content).await?;
        if bytes.is_empty() {
            return Err(gone().into());
        }
        let remotes = Arc::clone(&self.remotes);
        apart(move || {
            let package = Package::from_bytes(&bytes)?;
            drop(bytes);
            Ok(open(package, &*remotes)?)
        })
        .await
    }

    /// The same of a package that comes from a caller, and whether it answers as its goldens say. A remote model is
    /// asked over the network.
    pub async fn proved(&self, opened: Opened) -> Result<Opened, LoadError> {
        let Some(golden) = opened.golden.clone() else {
            return Ok(opened);
        };
        match &opened.scoring {
            Scoring::There(signature, remote) => {
                let rows = golden.rows(signature)?;
                let answers = remote.score(&rows).await;
                let answers =
                    answers.map_err(|error: PredictError| Refusal::new(error.to_string()))?;
                compare(signature, &golden, &answers)?;
                Ok(opened)
            }
            Scoring::Here(_) => {
                apart(move || {
                    if let Scoring::Here(model) = &opened.scoring {
                        prove(model, &golden)?;
                    }
                    Ok(opened)
                })
                .await
            }
        }
    }

    /// Waits for a place among the models that are read.
    pub async fn read(
        &self,
        read: impl FnOnce() -> Result<Package, Refusal> + Send + 'static,
    ) -> Result<Package, LoadError> {
        let _place = self.places.acquire().await;
        apart(move || Ok(guarded(read)??)).await
    }

    /// Opens a package that is complete.
    pub async fn open(&self, package: Package) -> Result<Opened, LoadError> {
        let _place = self.places.acquire().await;
        let remotes = Arc::clone(&self.remotes);
        apart(move || Ok(open(package, &*remotes)?)).await
    }
}

/// Work for a thread of its own.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LoadError> + Send + 'static,
) -> Result<T, LoadError> {
    let done = spawn_blocking(work).await;
    done.map_err(|_| LoadError::ThreadLost)?
}

fn open(package: Package, remotes: &dyn OpenRemote) -> Result<Opened, Refusal> {
    let scoring = guarded(|| match package.format {
        Format::Remote => {
            let (signature, remote) = remotes.open(&package)?;
            Ok(Scoring::There(signature, remote))
        }
        _ => Model::load(&package).map(Scoring::Here),
    })??;
    Ok(Opened {
        format: package.format,
        golden: package.golden,
        scoring,
    })
}

/// What a file makes a reader do is never worse than a refusal.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Refusal> {
    catching_panics(work)
        .map_err(|_| Refusal::new("the file cannot be read: it is damaged, or not what it seems"))
}

fn prove(model: &Model, golden: &Golden) -> Result<(), LoadError> {
    let proved = guarded(|| crate::models::prove(model, golden))?;
    Ok(proved?)
}

/// Asks a model some rows; returns what one took. A model that panics does so for its callers, too.
fn warm_up(model: &Model, golden: Option<&Golden>) -> Duration {
    let rows = golden.and_then(|golden| {
        let few = Golden {
            inputs: golden.inputs.iter().take(WARM_UP_ROWS).cloned().collect(),
            outputs: Vec::new(),
        };
        few.rows(&model.signature).ok()
    });
    let rows = rows.filter(|rows| !rows.is_empty());
    let rows = rows.unwrap_or_else(|| empty_row(model));
    let mut took = Duration::ZERO;
    for _ in 0..WARM_UPS {
        let begun = Instant::now();
        if guarded(|| model.score(&rows)).is_err() {
            break;
        }
        took = begun.elapsed();
    }
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    took / count.max(1)
}

/// A row of which everything is missing.
fn empty_row(model: &Model) -> Rows {
    let mut builder = RowsBuilder::new(&model.signature);
    builder.begin_row();
    builder.build()
}
