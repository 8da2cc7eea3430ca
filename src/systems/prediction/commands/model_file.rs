//! Models that a command is given: the name of one that is stored, or a file or folder.

use std::path::Path;
use std::sync::Arc;

use super::files::{self, Faulty};
use crate::engine::{CallerError, ErrorKind};
use crate::models::onnx::runtime;
use crate::models::{Answers, Format, Model, Package, PackageLimits, Rows, Signature, Upload};
use crate::settings::Loaded;
use crate::small_file;
use crate::systems::Program;
use crate::systems::prediction::remote::Remotes;
use crate::systems::prediction::serving::{
    Models, OpenRemote, RemoteScorer, ServeError, Served, Which, use_runtime,
};
use crate::systems::prediction::settings::PredictionSettings;
use crate::telemetry::catching_panics;

/// How the names of models' files end.
const ENDINGS: [&str; 6] = [".zip", ".txt", ".json", ".ubj", ".onnx", ".model"];

/// A model that can be given rows.
pub(super) enum Answering {
    Stored(Arc<Served>),
    File(Box<Model>),
    /// A file that names the model of another server.
    Remote(Signature, Arc<dyn RemoteScorer>),
}

/// Whether a file or a folder is meant, and not the name of a model.
pub(super) fn is_file(given: &str) -> bool {
    let lower = given.to_lowercase();
    Path::new(given).exists()
        || given.contains(['/', '\\'])
        || ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

/// Reads a package, a zip, a bare file or an MLflow folder. `golden` takes precedence over what it has itself.
pub(super) fn package(
    path: &Path,
    golden: Option<&Path>,
    loaded: &Loaded,
) -> Result<Package, Faulty> {
    let limits = limits(loaded);
    let golden = golden.map(files::read).transpose()?;
    let golden = golden.as_deref();
    let read = match path.is_dir() {
        true => Package::read_folder(path, golden, &limits),
        false => {
            let name = files::name(path);
            Package::read(Upload {
                file_name: &name,
                bytes: bytes(path, &limits)?,
                golden,
                model_yaml: None,
                limits: &limits,
            })
        }
    };
    read.map_err(|refusal| Faulty::of(path, refusal))
}

/// What is uploaded of a path: of a folder, its package.
pub(super) fn upload(path: &Path, loaded: &Loaded) -> Result<Arc<[u8]>, Faulty> {
    match path.is_dir() {
        true => package(path, None, loaded).map(|package| package.to_bytes().into()),
        false => bytes(path, &limits(loaded)),
    }
}

fn limits(loaded: &Loaded) -> PackageLimits {
    let settings = loaded.system::<PredictionSettings>();
    PackageLimits::of_mebibytes(settings.prediction.model_mb_max)
}

fn bytes(path: &Path, limits: &PackageLimits) -> Result<Arc<[u8]>, Faulty> {
    let read = small_file::read_at_most(path, limits.bytes);
    read.map(Arc::from).map_err(|error| Faulty::of(path, error))
}

impl Answering {
    /// Loads the model of a package.
    pub async fn of_package(
        package: Package,
        path: &Path,
        loaded: &Loaded,
    ) -> anyhow::Result<Result<Self, Faulty>> {
        match package.format {
            Format::Remote => {
                let remotes = remotes(loaded)?;
                Ok(Self::of_remote(package, path, &*remotes).await)
            }
            _ => {
                use_runtime(&loaded.system::<PredictionSettings>().prediction);
                Ok(Self::of_file(package, path))
            }
        }
    }

    async fn of_remote(
        package: Package,
        path: &Path,
        remotes: &dyn OpenRemote,
    ) -> Result<Self, Faulty> {
        let faulty = |refusal| Faulty::of(path, refusal);
        let package = remotes.complete(package).await.map_err(faulty)?;
        let (signature, scorer) = remotes.open(&package).map_err(faulty)?;
        Ok(Self::Remote(signature, scorer))
    }

    fn of_file(package: Package, path: &Path) -> Result<Self, Faulty> {
        let model = catching_panics(|| Model::load(&package));
        let model = model.map_err(|place| Faulty::of(path, format!("cannot be read: {place}")))?;
        let model = model.map_err(|refusal| Faulty::of(path, refusal))?;
        Ok(Self::File(Box::new(model)))
    }

    pub fn signature(&self) -> &Signature {
        match self {
            Self::Stored(served) => served.signature(),
            Self::File(model) => &model.signature,
            Self::Remote(signature, _) => signature,
        }
    }

    /// The model and the version of one that is stored.
    pub fn stored(&self) -> Option<(&str, i32)> {
        match self {
            Self::Stored(served) => Some((&served.model, served.version)),
            Self::File(_) | Self::Remote(..) => None,
        }
    }

    /// Nothing but the model, which must be one that is scored here.
    pub fn score_here(&self, rows: &Rows) -> Result<Answers, Faulty> {
        match self {
            Self::File(model) => Ok(model.score(rows)),
            Self::Stored(_) | Self::Remote(..) => {
                let fault = "expected the file of a model that is scored here";
                Err(Faulty(vec![fault.to_owned()]))
            }
        }
    }

    /// Blocks while a model scores here: the command has nothing else to do.
    pub async fn score(&self, rows: Rows) -> Result<Answers, String> {
        match self {
            Self::Stored(served) if served.is_remote() => {
                let answered = Arc::clone(served).predict(rows).await;
                answered.map_err(|error| error.public_message())
            }
            Self::Stored(served) => {
                let scored = served.score_blocking(&rows);
                scored.map_err(|error| error.public_message())
            }
            Self::File(model) => catching_panics(|| model.score(&rows))
                .map_err(|place| format!("the model failed on these rows: {place}")),
            Self::Remote(_, scorer) => {
                let answered = scorer.score(&rows).await;
                answered.map_err(|error| error.public_message())
            }
        }
    }
}

/// The models of the engine's database; `None`: it is a file that is not there.
pub(super) async fn stored_models(
    loaded: &Loaded,
    program: &dyn Program,
) -> anyhow::Result<Option<Models>> {
    let Some(store) = program.database(loaded).await? else {
        return Ok(None);
    };
    let remotes = remotes(loaded)?;
    use_onnxruntime(loaded);
    Ok(Some(Models::beside(loaded, store, remotes)))
}

/// Lets other graphs of ONNX be computed, as the settings say. If that cannot be, a model that needs it says so.
fn use_onnxruntime(loaded: &Loaded) {
    if let Some(path) = &loaded.system::<PredictionSettings>().prediction.onnxruntime {
        runtime::use_library(path);
    }
}

/// Asks other servers, as the settings allow.
pub(super) fn remotes(loaded: &Loaded) -> anyhow::Result<Arc<dyn OpenRemote>> {
    let settings = loaded.system::<PredictionSettings>();
    Ok(Arc::new(Remotes::of(&settings.prediction)?))
}

/// The version that a name means, ready to answer.
pub(super) async fn find(
    given: &str,
    loaded: &Loaded,
    program: &dyn Program,
) -> anyhow::Result<Result<Answering, Faulty>> {
    let (name, which) = match Which::read(given) {
        Ok(read) => read,
        Err(error) => return Ok(Err(Faulty(vec![error.to_string()]))),
    };
    let Some(models) = stored_models(loaded, program).await? else {
        return Ok(Err(nowhere(given)));
    };
    match models.find(&name, &which).await {
        Ok(served) => Ok(Ok(Answering::Stored(served))),
        Err(error @ ServeError::UnknownModel { .. }) => Ok(Err(Faulty(vec![format!(
            "there is no file {given}, and {error}"
        )]))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Conflict) => {
            Ok(Err(Faulty(vec![error.public_message()])))
        }
        Err(error) => Err(error.into()),
    }
}

/// Where nothing is stored.
pub(super) fn nowhere(given: &str) -> Faulty {
    Faulty(vec![format!(
        "there is no file {given}, nor a model of that name: no models are stored"
    )])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_from_a_name_by_how_it_is_written() {
        for given in ["model.txt", "./churn", "a/b", "Churn.ZIP", "m.onnx"] {
            assert!(is_file(given), "{given}");
        }
        for given in ["churn", "churn.v2", "churn@champion", "churn:3"] {
            assert!(!is_file(given), "{given}");
        }
    }
}
