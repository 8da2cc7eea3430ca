//! `audience model test`: whether a model answers as its goldens say.

use std::path::Path;

use super::files::{self, Faulty};
use super::model::{Failure, Outcome, TestArguments};
use super::model_file::{self, Answering};
use super::model_report::{self, Tested};
use crate::models::compare;
use crate::settings::Loaded;
use crate::systems::Program;
use crate::systems::prediction::serving::Which;

pub(super) async fn test(
    arguments: &TestArguments,
    loaded: &Loaded,
    program: &dyn Program,
) -> Result<Outcome, Failure> {
    let tested = match model_file::is_file(&arguments.model) {
        true => of_file(arguments, loaded).await?,
        false => of_name(arguments, loaded, program).await?,
    };
    Ok(model_report::tested(&tested))
}

async fn of_file(arguments: &TestArguments, loaded: &Loaded) -> Result<Tested, Failure> {
    let path = Path::new(&arguments.model);
    let mut package = model_file::package(path, arguments.golden.as_deref(), loaded)?;
    let Some(golden) = package.golden.take() else {
        let fault = "has no goldens; expected some with --golden FILE";
        return Err(Faulty::of(path, fault).into());
    };
    let model = Answering::of_package(package, path, loaded).await;
    let model = model.map_err(Failure::Other)??;
    let signature = model.signature();
    let mismatch = match golden.rows(signature) {
        Ok(rows) => {
            let answers = model.score(rows).await;
            let answers = answers.map_err(|fault| Faulty::of(path, fault))?;
            compare(signature, &golden, &answers).err()
        }
        Err(mismatch) => Some(mismatch),
    };
    Ok(Tested {
        model: arguments.model.clone(),
        version: None,
        rows: golden.inputs.len(),
        never_missing: golden.without_missing(signature),
        mismatch,
    })
}

async fn of_name(
    arguments: &TestArguments,
    loaded: &Loaded,
    program: &dyn Program,
) -> Result<Tested, Failure> {
    let (name, which) = Which::read(&arguments.model)?;
    let golden = match &arguments.golden {
        Some(path) => Some(files::read(path)?.to_vec()),
        None => None,
    };
    let models = model_file::stored_models(loaded, program).await;
    let Some(models) = models.map_err(Failure::Other)? else {
        return Err(model_file::nowhere(&arguments.model).into());
    };
    let version = models.resolve(&name, &which).await?.version;
    let tested = models.test(&name, version, golden).await?;
    Ok(Tested {
        model: tested.model,
        version: Some(tested.version),
        rows: tested.rows,
        never_missing: tested.never_missing,
        mismatch: tested.mismatch,
    })
}
