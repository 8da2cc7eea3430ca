//! Takes messages that the broker has out of the outbox.

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::PAUSE;
use crate::engine::seam::StepError;
use crate::engine::store::StoreError;
use crate::systems::dispatch::services::bell::Bell;
use crate::systems::dispatch::store::{DispatchStore, Patience, Pending};

/// Messages that the broker has, to be taken out of the outbox.
pub(super) struct Note {
    pub store: DispatchStore,
    pub patience: Patience,
    pub bell: Bell,
    pub service: String,
    pub messages: Vec<Pending>,
}

impl Note {
    pub(super) async fn take_down(self, stop: CancellationToken) -> Noted {
        let outcome = self.store_it(&stop).await;
        Noted {
            service: self.service,
            seqs: self.messages.iter().map(|message| message.seq).collect(),
            outcome,
        }
    }

    async fn store_it(&self, stop: &CancellationToken) -> Result<(), StepError> {
        while let Err(error) = self.store.sent(&self.messages, &self.patience).await {
            wait_for_store(&self.store, error, stop).await?;
        }
        if self.patience.waiting.is_some() {
            // They have deadlines from now on.
            self.bell.ring();
        }
        Ok(())
    }
}

/// Messages of a service that are out of the outbox.
pub(super) struct Noted {
    pub service: String,
    pub seqs: Vec<i64>,
    pub outcome: Result<(), StepError>,
}

/// Waits for a store that is away; any other error, or one at the end of the program, is passed on.
pub(in crate::systems::dispatch::services) async fn wait_for_store(
    store: &DispatchStore,
    error: StoreError,
    stop: &CancellationToken,
) -> Result<(), StepError> {
    if !error.is_transient() || stop.is_cancelled() {
        return Err(error.into());
    }
    store
        .engine()
        .health()
        .warn(&error, "waiting for the engine's database");
    sleep(PAUSE).await;
    Ok(())
}
