//! Aliases moved, versions tested and removed.

use std::sync::Arc;

use entity::{model_alias, model_move, model_version};
use serde_json::json;

use super::adding::{SYSTEM, check_name};
use super::error::ModelsError;
use super::loading::LoadError;
use super::models::Models;
use super::served::Served;
use crate::engine::store::notifications::NewNotification;
use crate::models::{Golden, Mismatch};
use crate::systems::prediction::store::{
    AliasMove, AliasOutcome, Rollback, UNPROVED, VersionRemoval,
};

/// What people are told of a move.
const MODEL_SWAPPED: &str = "model.swapped";

/// Where an alias is to point to.
pub(crate) struct SetAlias {
    pub model: String,
    pub alias: String,
    pub version: i32,
    /// Whether a version without goldens is taken.
    pub unproved: bool,
    pub by: String,
}

/// An alias after it was moved.
pub(crate) struct MovedAlias {
    pub alias: model_alias::Model,
}

/// Whether a version answers as its goldens say.
pub(crate) struct TestedVersion {
    pub model: String,
    pub version: i32,
    /// Rows of the goldens.
    pub rows: usize,
    /// Features that no row of the goldens leaves out: what the model answers without them is not proved.
    pub never_missing: Vec<String>,
    pub mismatch: Option<Mismatch>,
}

impl Models {
    /// Loads a version, proves it, points an alias to it and swaps it in.
    pub(crate) async fn set_alias(&self, set: SetAlias) -> Result<MovedAlias, ModelsError> {
        check_name("alias", &set.alias)?;
        let version = self.usable(&set.model, set.version).await?;
        if version.state == UNPROVED && !set.unproved {
            return Err(ModelsError::Unproved {
                model: set.model,
                version: set.version,
            });
        }
        let to = AliasMove {
            model: set.model,
            alias: set.alias,
            version: set.version,
            by: set.by,
            rollback: None,
        };
        self.move_alias(&version, to).await
    }

    /// Points an alias to the version before, whether it is proved or not: it has answered once.
    pub(crate) async fn rollback(
        &self,
        model: &str,
        alias: &str,
        by: &str,
    ) -> Result<MovedAlias, ModelsError> {
        self.alias(model, alias).await?;
        let moves = self.store().alias_moves(model, alias).await?;
        let before = versions_before(&moves);
        let Some((target, earlier)) = before.split_last() else {
            return Err(ModelsError::NoPrevious {
                model: model.to_owned(),
                alias: alias.to_owned(),
            });
        };
        let version = self.usable(model, *target).await?;
        let to = AliasMove {
            model: model.to_owned(),
            alias: alias.to_owned(),
            version: *target,
            by: by.to_owned(),
            rollback: Some(Rollback {
                moves: moves.last().map_or(0, |last| last.no),
                previous: earlier.last().copied(),
            }),
        };
        self.move_alias(&version, to).await
    }

    async fn move_alias(
        &self,
        version: &model_version::Model,
        to: AliasMove,
    ) -> Result<MovedAlias, ModelsError> {
        let served = self.loaded(version).await?;
        let (model, alias) = (to.model.clone(), to.alias.clone());
        match self.store().move_model_alias(to, swap).await? {
            AliasOutcome::Points(alias) => {
                self.0.registry.point(&alias, served);
                Ok(MovedAlias { alias })
            }
            AliasOutcome::MovedMeanwhile => Err(ModelsError::Moved { model, alias }),
            AliasOutcome::NoVersion => {
                // It was removed while it was loaded.
                self.0.registry.remove(&(model.clone(), version.version));
                let gone = self.usable(&model, version.version).await;
                Err(match gone {
                    Err(error) => error.into(),
                    Ok(_) => ModelsError::Moved { model, alias },
                })
            }
        }
    }

    async fn loaded(&self, version: &model_version::Model) -> Result<Arc<Served>, ModelsError> {
        self.load(version).await.map_err(|error| match error {
            LoadError::Store(error) => ModelsError::Store(error),
            LoadError::ThreadLost => ModelsError::ThreadLost,
            LoadError::Unusable { reason, mismatch } => ModelsError::Unusable {
                model: version.model.clone(),
                version: version.version,
                reason,
                mismatch,
            },
        })
    }

    /// Proves a version again: by its own goldens, or by these.
    pub(crate) async fn test(
        &self,
        model: &str,
        version: i32,
        golden: Option<Vec<u8>>,
    ) -> Result<TestedVersion, ModelsError> {
        let row = self.usable(model, version).await?;
        let given = golden.map(|golden| Golden::parse(&golden)).transpose();
        let given = given.map_err(|refusal| ModelsError::Golden(refusal.message))?;
        let failed = |error| match error {
            LoadError::Store(error) => ModelsError::Store(error),
            LoadError::ThreadLost => ModelsError::ThreadLost,
            LoadError::Unusable { reason, mismatch } => ModelsError::Unusable {
                model: model.to_owned(),
                version,
                reason,
                mismatch,
            },
        };
        let mut opened = self.0.loader.opened(&row).await.map_err(failed)?;
        if given.is_some() {
            opened.golden = given;
        }
        let Some(golden) = &opened.golden else {
            return Err(ModelsError::NoGolden {
                model: model.to_owned(),
                version,
            });
        };
        let rows = golden.inputs.len();
        let never_missing = golden.without_missing(opened.scoring.signature());
        let mismatch = match self.0.loader.proved(opened).await {
            Ok(_) => None,
            Err(LoadError::Unusable {
                mismatch: Some(mismatch),
                ..
            }) => Some(*mismatch),
            Err(error) => return Err(failed(error)),
        };
        Ok(TestedVersion {
            model: row.model,
            version,
            rows,
            never_missing,
            mismatch,
        })
    }

    /// Removes the bytes of a version; its number is not given again.
    pub(crate) async fn remove_version(
        &self,
        model: &str,
        version: i32,
    ) -> Result<(), ModelsError> {
        self.version(model, version).await?;
        let in_use = |by: String| ModelsError::InUse {
            model: model.to_owned(),
            version,
            by,
        };
        if let Some(job) = self.store().job_with_model(model, version).await? {
            return Err(in_use(format!("job {job} predicts by it")));
        }
        match self.store().remove_model_version(model, version).await? {
            VersionRemoval::Removed => {
                self.0.registry.remove(&(model.to_owned(), version));
                Ok(())
            }
            VersionRemoval::Missing => {
                let missing = self.version(model, version).await;
                missing.map(drop).map_err(ModelsError::from)
            }
            VersionRemoval::Aliased(aliases) => Err(in_use(format!(
                "an alias points to it: {}",
                aliases.join(", ")
            ))),
        }
    }
}

/// The versions that an alias has pointed to before this one, without those that were rolled back.
fn versions_before(moves: &[model_move::Model]) -> Vec<i32> {
    let mut all: Vec<i32> = Vec::new();
    for moved in moves {
        match moved.is_rollback {
            true => {
                all.pop();
                // Of what is kept of the history the beginning may be missing.
                if all.last() != Some(&moved.to_version) {
                    all.push(moved.to_version);
                }
            }
            false => all.push(moved.to_version),
        }
    }
    all.pop();
    all
}

/// What people learn of a move.
fn swap(moved: &model_move::Model) -> NewNotification {
    NewNotification {
        kind: MODEL_SWAPPED,
        about: moved.model.clone(),
        flow: SYSTEM.to_owned(),
        name: Some(moved.model.clone()),
        started_by: Some(moved.moved_by.clone()),
        data: json!({
            "state": if moved.is_rollback { "rolled back" } else { "swapped" },
            "figures": {
                "alias": moved.alias, "version": moved.to_version, "previous": moved.from_version,
            },
        }),
        ..NewNotification::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(all: &[(i32, bool)]) -> Vec<model_move::Model> {
        let moves = (1..).zip(all);
        let moves = moves.map(|(no, (to, is_rollback))| model_move::Model {
            model: "churn".to_owned(),
            alias: "champion".to_owned(),
            no,
            from_version: None,
            to_version: *to,
            is_rollback: *is_rollback,
            moved_at: 0,
            moved_by: "anna".to_owned(),
        });
        moves.collect()
    }

    #[test]
    fn what_was_rolled_back_is_not_gone_back_to() {
        let (on, back) = (false, true);
        for (all, before) in [
            (&[][..], &[][..]),
            (&[(1, on)], &[]),
            (&[(1, on), (2, on), (3, on)], &[1, 2]),
            (&[(1, on), (2, on), (3, on), (2, back)], &[1]),
            (&[(1, on), (2, on), (1, back)], &[]),
            (&[(1, on), (2, on), (1, back), (4, on)], &[1]),
            (&[(1, on), (2, on), (1, on)], &[1, 2]),
        ] {
            let found = versions_before(&moves(all));
            assert_eq!(found, before, "{all:?}");
        }
    }
}
