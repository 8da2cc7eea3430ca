//! The models of this process.

use std::sync::Arc;

use entity::{model_alias, model_move, model_shadow, model_version};

use super::error::{ModelsError, ServeError};
use super::remote::OpenRemote;
use super::served::Served;
use super::which::Which;
use crate::engine::store::Store;
use crate::models::Mismatch;
use crate::settings::Loaded;
use crate::systems::prediction::store::PredictionStore;

/// Clones share everything.
#[derive(Clone)]
pub(crate) struct Models(Arc<Shared>);

struct Shared {
    store: PredictionStore,
    remotes: Arc<dyn OpenRemote>,
}

/// A file that is to become the next version of a model.
pub(crate) struct NewVersion {
    pub model: String,
    /// As its owner calls it.
    pub file_name: String,
    pub bytes: Arc<[u8]>,
    pub golden: Option<Vec<u8>>,
    pub model_yaml: Option<Vec<u8>>,
    pub by: String,
}

/// Where an alias is to point to.
pub(crate) struct SetAlias {
    pub model: String,
    pub alias: String,
    pub version: i32,
    /// Whether a version without goldens is taken.
    pub unproved: bool,
    pub by: String,
}

/// An alias after it was moved, and the move.
pub(crate) struct MovedAlias {
    pub alias: model_alias::Model,
    pub from: Option<i32>,
}

/// Whether a version answers as its goldens say.
pub(crate) struct TestedVersion {
    pub model: String,
    pub version: i32,
    /// Rows of the goldens.
    pub rows: usize,
    pub mismatch: Option<Mismatch>,
}

impl Models {
    /// Touches no database yet.
    pub(crate) fn of(_loaded: &Loaded, store: Store, remotes: Arc<dyn OpenRemote>) -> Self {
        Self(Arc::new(Shared {
            store: PredictionStore::new(store),
            remotes,
        }))
    }

    /// A version that answers: from memory, or loaded now.
    pub(crate) async fn find(
        &self,
        _name: &str,
        _which: &Which,
    ) -> Result<Arc<Served>, ServeError> {
        todo!()
    }

    /// The names of all models, in order.
    pub(crate) async fn names(&self) -> Result<Vec<String>, ServeError> {
        todo!()
    }

    /// The versions of a model that were not removed, newest first; an error: there is no such model.
    pub(crate) async fn versions(
        &self,
        _name: &str,
    ) -> Result<Vec<model_version::Model>, ServeError> {
        todo!()
    }

    pub(crate) async fn version(
        &self,
        _name: &str,
        _version: i32,
    ) -> Result<model_version::Model, ServeError> {
        todo!()
    }

    /// The version that is meant, without loading it: jobs fix theirs when they are submitted.
    pub(crate) async fn resolve(
        &self,
        _name: &str,
        _which: &Which,
    ) -> Result<model_version::Model, ServeError> {
        todo!()
    }

    /// By name.
    pub(crate) async fn aliases(&self, _name: &str) -> Result<Vec<model_alias::Model>, ServeError> {
        todo!()
    }

    /// Moves of all aliases of a model, newest first.
    pub(crate) async fn history(
        &self,
        _name: &str,
        _most: u64,
    ) -> Result<Vec<model_move::Model>, ServeError> {
        todo!()
    }

    /// What versions in the shadow answered, newest first.
    pub(crate) async fn shadow(&self, _name: &str) -> Result<Vec<model_shadow::Model>, ServeError> {
        todo!()
    }

    /// Stores a file as the next version, also one that is refused: its row says so.
    pub(crate) async fn add_version(
        &self,
        _new: NewVersion,
    ) -> Result<model_version::Model, ModelsError> {
        todo!()
    }

    /// Loads a version, proves it, points an alias to it and swaps it in.
    pub(crate) async fn set_alias(&self, _set: SetAlias) -> Result<MovedAlias, ModelsError> {
        todo!()
    }

    /// Points an alias to the version before.
    pub(crate) async fn rollback(
        &self,
        _model: &str,
        _alias: &str,
        _by: &str,
    ) -> Result<MovedAlias, ModelsError> {
        todo!()
    }

    /// Proves a version again: by its own goldens, or by these.
    pub(crate) async fn test(
        &self,
        _model: &str,
        _version: i32,
        _golden: Option<Vec<u8>>,
    ) -> Result<TestedVersion, ModelsError> {
        todo!()
    }

    /// Removes the bytes of a version; its number is not given again.
    pub(crate) async fn remove_version(
        &self,
        _model: &str,
        _version: i32,
    ) -> Result<(), ModelsError> {
        todo!()
    }
}
