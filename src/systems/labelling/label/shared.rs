//! What the batches of one task share while this process runs it: the figures and the
//! authors seen so far, as they are durable.

use tokio::sync::{Mutex, MutexGuard};

use super::authors::AuthorSet;
use super::{Labelling, StepError};
use crate::systems::labelling::panels::{Fence, TaskProgress};

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
