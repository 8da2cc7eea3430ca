//! The models of this process.

use std::sync::Arc;

use entity::{model, model_alias, model_move, model_shadow, model_version};
use tracing::{debug, warn};

use super::error::ServeError;
use super::loading::{LoadError, Loader};
use super::registry::Registry;
use super::remote::OpenRemote;
use super::served::{Around, Served};
use super::shadow::{ShadowScoring, Shadows};
use super::watch::ModelWatch;
use super::which::{CHAMPION, Which};
use super::work::Work;
use crate::engine::store::Store;
use crate::fault::Faults;
use crate::models::PackageLimits;
use crate::models::onnx::runtime::{Library, use_library};
use crate::settings::Loaded;
use crate::systems::prediction::settings::{PredictionSection, PredictionSettings};
use crate::systems::prediction::store::{PredictionStore, REFUSED};

/// Names that a sentence lists.
const NAMED_MAX: usize = 50;

/// Clones share everything.
#[derive(Clone)]
pub(crate) struct Models(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub registry: Arc<Registry>,
    pub loader: Loader,
    pub around: Around,
    pub limits: PackageLimits,
}

impl Models {
    /// Touches no database yet.
    pub(crate) fn of(
        loaded: &Loaded,
        store: Store,
        remotes: Arc<dyn OpenRemote>,
        faults: Faults,
    ) -> Self {
        let settings = loaded.system::<PredictionSettings>();
        use_runtime(&settings.prediction);
        let registry = Arc::new(Registry::default());
        let around = Around {
            work: Arc::new(Work::of(&settings.predict, faults)),
            shadows: Arc::new(Shadows::new()),
            registry: Arc::downgrade(&registry),
        };
        Self(Arc::new(Shared {
            registry,
            loader: Loader::new(PredictionStore::new(store), remotes),
            around,
            limits: PackageLimits {
                bytes: settings.prediction.model_bytes_max(),
                ..PackageLimits::default()
            },
        }))
    }

    /// The models of a database for a command, which serves nobody.
    pub(crate) fn beside(loaded: &Loaded, store: Store, remotes: Arc<dyn OpenRemote>) -> Self {
        Self::of(loaded, store, remotes, Faults::default())
    }

    /// The services that follow what other processes do, and score in the shadow.
    pub(crate) fn services(&self) -> (ModelWatch, ShadowScoring) {
        let shadows = ShadowScoring {
            shadows: Arc::clone(&self.0.around.shadows),
            store: self.store().clone(),
        };
        (ModelWatch(self.clone()), shadows)
    }

    pub(crate) fn store(&self) -> &PredictionStore {
        &self.0.loader.store
    }

    /// What a file of a model may cost.
    pub(crate) fn limits(&self) -> &PackageLimits {
        &self.0.limits
    }

    /// A version that answers: from memory, or loaded now.
    pub(crate) async fn find(&self, name: &str, which: &Which) -> Result<Arc<Served>, ServeError> {
        let registry = &self.0.registry;
        let version = match which {
            Which::Alias(alias) => {
                if let Some(served) = registry.answering(name, alias) {
                    return Ok(served);
                }
                let alias = self.alias(name, alias).await?;
                let version = self.version(name, alias.version).await?;
                let served = self.serve(&version).await?;
                registry.point(&alias, Arc::clone(&served));
                return Ok(served);
            }
            Which::Version(version) => *version,
        };
        if let Some(served) = registry.loaded(&(name.to_owned(), version)) {
            return Ok(served);
        }
        let version = self.usable(name, version).await?;
        self.serve(&version).await
    }

    /// The version that is meant, without loading it: jobs fix theirs when they are submitted.
    pub(crate) async fn resolve(
        &self,
        name: &str,
        which: &Which,
    ) -> Result<model_version::Model, ServeError> {
        let version = match which {
            Which::Alias(alias) => self.alias(name, alias).await?.version,
            Which::Version(version) => *version,
        };
        self.usable(name, version).await
    }

    /// The names of all models, in order.
    pub(crate) async fn names(&self) -> Result<Vec<String>, ServeError> {
        let models = self.store().models().await?;
        Ok(models.into_iter().map(|model| model.name).collect())
    }

    /// An error: there is no such model; it names those that there are.
    pub(crate) async fn model(&self, name: &str) -> Result<model::Model, ServeError> {
        match self.store().model(name).await? {
            Some(model) => Ok(model),
            None => Err(ServeError::UnknownModel {
                name: name.to_owned(),
                known: listed(self.names().await?),
            }),
        }
    }

    /// The versions of a model that were not removed, newest first; an error: there is no such model.
    pub(crate) async fn versions(
        &self,
        name: &str,
    ) -> Result<Vec<model_version::Model>, ServeError> {
        self.model(name).await?;
        let most = i32::MAX.unsigned_abs().into();
        Ok(self.store().model_versions(name, None, most).await?)
    }

    /// A version that was not removed, also one that was refused.
    pub(crate) async fn version(
        &self,
        name: &str,
        version: i32,
    ) -> Result<model_version::Model, ServeError> {
        let found = self.store().model_version(name, version).await?;
        if let Some(found) = found.filter(|found| found.removed_at.is_none()) {
            return Ok(found);
        }
        let known = self.versions(name).await?;
        let known = known.iter().map(|known| known.version.to_string());
        Err(ServeError::UnknownVersion {
            model: name.to_owned(),
            version,
            known: listed(known.collect()),
        })
    }

    /// A version that can be asked.
    pub(super) async fn usable(
        &self,
        name: &str,
        version: i32,
    ) -> Result<model_version::Model, ServeError> {
        let found = self.version(name, version).await?;
        match found.state == REFUSED {
            true => Err(ServeError::Refused {
                model: found.model,
                version: found.version,
                reason: found.reason.unwrap_or_default(),
            }),
            false => Ok(found),
        }
    }

    /// By name.
    pub(crate) async fn aliases(&self, name: &str) -> Result<Vec<model_alias::Model>, ServeError> {
        self.model(name).await?;
        Ok(self.store().model_aliases(name).await?)
    }

    pub(super) async fn alias(
        &self,
        name: &str,
        alias: &str,
    ) -> Result<model_alias::Model, ServeError> {
        if let Some(found) = self.store().model_alias(name, alias).await? {
            return Ok(found);
        }
        let known = self.aliases(name).await?;
        if alias == CHAMPION {
            return Err(ServeError::NotReady {
                model: name.to_owned(),
                reason: format!("its alias `{CHAMPION}` points to none yet"),
            });
        }
        let known = known.into_iter().map(|known| known.alias);
        Err(ServeError::UnknownAlias {
            model: name.to_owned(),
            alias: alias.to_owned(),
            known: listed(known.collect()),
        })
    }

    /// Moves of all aliases of a model, newest first.
    pub(crate) async fn history(
        &self,
        name: &str,
        most: u64,
    ) -> Result<Vec<model_move::Model>, ServeError> {
        Ok(self.store().model_moves(name, most).await?)
    }

    /// What versions in the shadow answered; what was compared last comes first.
    pub(crate) async fn shadow(&self, name: &str) -> Result<Vec<model_shadow::Model>, ServeError> {
        Ok(self.store().model_shadows(name).await?)
    }

    /// Loads a version, once for all who wait for it.
    pub(super) async fn load(
        &self,
        version: &model_version::Model,
    ) -> Result<Arc<Served>, LoadError> {
        let key = (version.model.clone(), version.version);
        let registry = &self.0.registry;
        let unusable = |reason: String| LoadError::Unusable {
            reason,
            mismatch: None,
        };
        let cell = registry.cell(&key).map_err(unusable)?;
        let load = || async {
            let (shared, version) = (Arc::clone(&self.0), version.clone());
            // A caller that leaves does not end what others wait for.
            let loaded = tokio::spawn(async move {
                let around = shared.around.clone();
                shared.loader.load(&version, around).await
            });
            let served = loaded.await.map_err(|_| LoadError::ThreadLost)??;
            Ok(Arc::new(served))
        };
        let loaded = cell.get_or_try_init(load).await;
        if let Err(LoadError::Unusable { reason, .. }) = &loaded {
            registry.note_fault(&key, reason);
        }
        loaded.cloned()
    }

    async fn serve(&self, version: &model_version::Model) -> Result<Arc<Served>, ServeError> {
        self.load(version).await.map_err(|error| match error {
            LoadError::Store(error) => ServeError::Store(error),
            error => ServeError::NotReady {
                model: version.model.clone(),
                reason: format!("version {}: {error}", version.version),
            },
        })
    }
}

/// Loads ONNX Runtime, if the settings name its library. Without it, other models answer all the same.
pub(crate) fn use_runtime(section: &PredictionSection) {
    let Some(path) = &section.onnxruntime else {
        return;
    };
    match use_library(path) {
        Library::Ready(build) => debug!(reason = build, "ONNX Runtime is used"),
        Library::Unusable(reason) => {
            warn!(reason, "ONNX models that are not computed here are refused");
        }
        Library::Unset => {}
    }
}

pub(super) fn listed(names: Vec<String>) -> String {
    match names.len() {
        0 => "there are none".to_owned(),
        count if count > NAMED_MAX => {
            let named = names[..NAMED_MAX].join(", ");
            format!("{named} and {} more", count - NAMED_MAX)
        }
        _ => names.join(", "),
    }
}
