//! Follows what other processes do: where aliases point to, and which versions were removed.

use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;
use entity::model_alias;
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use super::loading::LoadError;
use super::models::Models;
use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::engine::store::StoreError;
use crate::telemetry::chain;

const LOOK_EVERY: Duration = Duration::from_secs(1);

const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

/// The service. At the start it loads what aliases point to, one after another, while callers who cannot wait
/// have theirs loaded at once.
pub(crate) struct ModelWatch(pub(super) Models);

/// What it remembers between two looks.
struct Seen {
    /// When the last version was removed that it knows of.
    removed_at: i64,
    sweep_at: Instant,
    /// Moves that cannot be followed, each of which is logged once: model, alias and number.
    unusable: HashSet<(String, String, i32)>,
}

#[async_trait]
impl Service for ModelWatch {
    fn name(&self) -> &'static str {
        "models"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        let mut seen = Seen {
            removed_at: 0,
            sweep_at: Instant::now() + SWEEP_EVERY,
            unusable: HashSet::new(),
        };
        while !with.stop.is_cancelled() {
            let looked = tokio::select! {
                () = with.stop.cancelled() => break,
                looked = self.look(&mut seen) => looked,
            };
            match looked {
                Ok(()) => {}
                Err(error) if error.is_transient() => {
                    let health = self.0.store().engine().health();
                    health.warn(&error, "models cannot be looked at");
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

impl ModelWatch {
    async fn look(&self, seen: &mut Seen) -> Result<(), StoreError> {
        let aliases = self.0.store().all_model_aliases().await?.into_iter();
        let moved = aliases.filter(|alias| !self.0.0.registry.is_followed(alias));
        // A large model keeps no other one from being followed.
        for followed in join_all(moved.map(|alias| self.follow(alias))).await {
            if let Some((alias, error)) = followed? {
                seen.warn(alias, &error);
            }
        }
        let removed = self.0.store();
        let removed = removed.removed_model_versions(seen.removed_at).await?;
        for (model, version, at) in removed {
            self.0.0.registry.remove(&(model, version));
            seen.removed_at = seen.removed_at.max(at);
        }
        self.0.0.registry.tidy();
        if Instant::now() >= seen.sweep_at {
            seen.sweep_at = Instant::now() + SWEEP_EVERY;
            self.0.store().sweep_model_content().await?;
        }
        Ok(())
    }

    /// Loads what an alias points to now beside what answers, and swaps it in. One that cannot be loaded here is
    /// looked at again: until then the version before answers.
    async fn follow(
        &self,
        alias: model_alias::Model,
    ) -> Result<Option<(model_alias::Model, LoadError)>, StoreError> {
        let (model, version) = (&alias.model, alias.version);
        let row = self.0.store().model_version(model, version).await?;
        let Some(row) = row.filter(|row| row.removed_at.is_none()) else {
            return Ok(None);
        };
        match self.0.load(&row).await {
            Ok(served) => {
                if self.0.0.registry.point(&alias, served) {
                    info!(
                        model = alias.model,
                        alias = alias.alias,
                        version,
                        "an alias of a model was moved by another process"
                    );
                }
                Ok(None)
            }
            Err(LoadError::Store(error)) => Err(error),
            Err(error) => Ok(Some((alias, error))),
        }
    }
}

impl Seen {
    fn warn(&mut self, alias: model_alias::Model, error: &LoadError) {
        let version = alias.version;
        let no = (alias.model.clone(), alias.alias.clone(), alias.moves);
        if self.unusable.insert(no) {
            warn!(
                model = alias.model,
                alias = alias.alias,
                version,
                error = chain(error),
                "a version of a model cannot be used here"
            );
        }
    }
}
