//! What the batches of one task share while this process runs it: the figures and the
//! authors seen so far, as they are durable.

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};

use super::authors::AuthorSet;
use super::{BatchContext, Labelling, StepError, blocking};
use crate::systems::labelling::panels::{BatchCheckpoint, Fence, TaskFigures, TaskProgress};

/// Loaded from the output by the first batch; forgotten whenever a write failed, because
/// then it is not known what is durable.
#[derive(Default)]
pub(super) struct Shared(Mutex<Option<Durable>>);

/// What is durable of a task.
pub(super) struct Durable {
    pub(super) progress: TaskProgress,
    pub(super) authors: AuthorSet,
}

impl Shared {
    /// Held while a slice is written: the figures in `state` are totals over all batches.
    pub(super) async fn lock(&self) -> MutexGuard<'_, Option<Durable>> {
        self.0.lock().await
    }
}

impl Durable {
    pub(super) fn load(labelling: &Labelling, fence: &Fence) -> Result<Self, StepError> {
        let progress = labelling
            .sink
            .begin(fence, &labelling.params.layout(), false)?;
        let mut authors = AuthorSet::default();
        labelling
            .sink
            .read_authors(fence, &mut |hashes| authors.extend(hashes))?;
        Ok(Self { progress, authors })
    }
}

/// What is durable of a batch, and of the task that it belongs to.
pub(super) async fn durable_checkpoint(
    labelling: &Arc<Labelling>,
    context: &BatchContext,
) -> Result<(BatchCheckpoint, TaskFigures), StepError> {
    let mut shared = labelling.shared.lock().await;
    let durable = match shared.take() {
        Some(durable) => durable,
        None => load(labelling, context).await?,
    };
    let checkpoint = durable.progress.batches.get(&context.batch_no).cloned();
    let figures = durable.progress.figures.clone();
    *shared = Some(durable);
    Ok((checkpoint.unwrap_or_default(), figures))
}

pub(super) async fn load(
    labelling: &Arc<Labelling>,
    context: &BatchContext,
) -> Result<Durable, StepError> {
    let (labelling, fence) = (Arc::clone(labelling), Fence::from(&context.job));
    blocking(move || Durable::load(&labelling, &fence)).await
}
