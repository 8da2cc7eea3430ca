//! `audience model`: models in the engine's database, without a server.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use async_trait::async_trait;
use clap::{ArgMatches, Args, FromArgMatches, Subcommand};
use entity::JobId;
use serde_json::Value;

use super::files::{self, Faulty};
use super::model_speed::SpeedArguments;
use super::{model_file, model_report, model_speed, model_test};
use crate::access::Identity;
use crate::engine::audit::{AuditLog, CallEnd, Recording};
use crate::engine::{CallerError, ErrorKind};
use crate::process::{print_document, print_error_line, print_line};
use crate::settings::Loaded;
use crate::systems::prediction::serving::{Models, ModelsError, NewVersion, ServeError, SetAlias};
use crate::systems::prediction::settings::PredictionSettings;
use crate::systems::{Command, Program};

/// Bad usage, or a file with faults.
const BAD_USAGE: u8 = 2;

pub(super) struct ModelCommand;

#[derive(Debug, Args)]
struct ModelArguments {
    #[command(subcommand)]
    action: Action,
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Store a file as the next version of a model
    Add(AddArguments),
    /// List the models with their aliases and versions
    List,
    /// Point an alias to the version before
    Rollback(AliasArguments),
    /// Point an alias to a version: load it, prove it, swap it in
    Alias(MoveArguments),
    /// Compare the answers of a model with its goldens
    Test(TestArguments),
    /// Measure how long a model takes
    #[command(hide = true)]
    Speed(SpeedArguments),
}

#[derive(Debug, Args)]
struct AddArguments {
    /// The model, which is made with its first version
    name: String,
    /// A package as zip or folder, a bare file, or an MLflow folder
    file: PathBuf,
    /// Goldens as JSON, instead of those in the package
    #[arg(long, value_name = "FILE")]
    golden: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct AliasArguments {
    name: String,
    alias: String,
}

#[derive(Debug, Args)]
struct MoveArguments {
    name: String,
    alias: String,
    // Each command has an argument `version` of its own.
    #[arg(value_name = "VERSION", value_parser = clap::value_parser!(i32).range(1..))]
    number: i32,
    /// Take a version that has no goldens
    #[arg(long)]
    unproved: bool,
}

#[derive(Debug, Args)]
pub(super) struct TestArguments {
    /// A stored model as NAME, NAME@ALIAS or NAME:VERSION; or a package, a zip, a bare file or an MLflow folder
    #[arg(value_name = "NAME|FILE")]
    pub model: String,
    /// Goldens as JSON, instead of its own
    #[arg(long, value_name = "FILE")]
    pub golden: Option<PathBuf>,
}

/// What a command has come to, for people and as JSON.
pub(super) struct Outcome {
    pub text: String,
    pub json: Value,
    pub is_good: bool,
}

/// Why it has come to nothing.
pub(super) enum Failure {
    Faulty(Faulty),
    Models(ModelsError),
    Other(anyhow::Error),
}

impl From<Faulty> for Failure {
    fn from(faulty: Faulty) -> Self {
        Self::Faulty(faulty)
    }
}

impl From<ModelsError> for Failure {
    fn from(error: ModelsError) -> Self {
        Self::Models(error)
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        Self::Models(error.into())
    }
}

#[async_trait]
impl Command for ModelCommand {
    fn definition(&self) -> clap::Command {
        let command = clap::Command::new("model")
            .about("Store models, move their aliases, and compare their answers with goldens")
            .display_order(2);
        ModelArguments::augment_args(command)
    }

    async fn run(&self, matches: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let ModelArguments { action, json } = ModelArguments::from_arg_matches(matches)?;
        let loaded = program.load(program.place())?;
        let done = match action {
            Action::List => list(&loaded, program).await,
            Action::Test(arguments) => model_test::test(&arguments, &loaded, program).await,
            Action::Speed(arguments) => model_speed::speed(&arguments, &loaded).await,
            Action::Add(arguments) => add(arguments, &loaded, program).await,
            Action::Alias(arguments) => {
                let set = SetAlias {
                    model: arguments.name,
                    alias: arguments.alias,
                    version: arguments.number,
                    unproved: arguments.unproved,
                    by: Identity::local().name,
                };
                let work = |models: Models| async move { models.set_alias(set).await };
                let moved = recorded("set_model_alias", &loaded, program, work).await;
                moved.map(|moved| model_report::moved(&moved.alias))
            }
            Action::Rollback(AliasArguments { name, alias }) => {
                let by = Identity::local().name;
                let work =
                    |models: Models| async move { models.rollback(&name, &alias, &by).await };
                let moved = recorded("rollback_model_alias", &loaded, program, work).await;
                moved.map(|moved| model_report::moved(&moved.alias))
            }
        };
        let outcome = match done {
            Ok(outcome) => outcome,
            Err(failure) => return failed(failure),
        };
        match json {
            true => print_document(&outcome.json.to_string()),
            false => print_line(&outcome.text),
        }
        Ok(match outcome.is_good {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }
}

/// Callers' faults are said in a line; what is wrong with the installation is left to the program to report.
fn failed(failure: Failure) -> anyhow::Result<ExitCode> {
    let (lines, code) = match failure {
        Failure::Other(error) => return Err(error),
        Failure::Faulty(Faulty(lines)) => (lines, ExitCode::from(BAD_USAGE)),
        Failure::Models(error) => match error.kind() {
            ErrorKind::Conflict => (vec![error.public_message()], ExitCode::FAILURE),
            ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::TooLarge => {
                (vec![error.public_message()], ExitCode::from(BAD_USAGE))
            }
            ErrorKind::Unsupported
            | ErrorKind::TooMany
            | ErrorKind::Unavailable
            | ErrorKind::Internal => return Err(error.into()),
        },
    };
    for line in lines {
        print_error_line(&format!("error: {line}"));
    }
    Ok(code)
}

async fn list(loaded: &Loaded, program: &dyn Program) -> Result<Outcome, Failure> {
    let models = model_file::stored_models(loaded, program).await;
    let Some(models) = models.map_err(Failure::Other)? else {
        return Ok(model_report::list(&[]));
    };
    let mut listed = Vec::new();
    for name in models.names().await? {
        listed.push(model_report::Listed {
            aliases: models.aliases(&name).await?,
            versions: models.versions(&name).await?,
            name,
        });
    }
    Ok(model_report::list(&listed))
}

async fn add(
    arguments: AddArguments,
    loaded: &Loaded,
    program: &dyn Program,
) -> Result<Outcome, Failure> {
    let new = NewVersion {
        model: arguments.name,
        file_name: file_name(&arguments.file),
        bytes: model_file::upload(&arguments.file, loaded)?,
        golden: match &arguments.golden {
            Some(path) => Some(files::read(path)?.to_vec()),
            None => None,
        },
        model_yaml: None,
        by: Identity::local().name,
    };
    let work = |models: Models| async move { models.add_version(new).await };
    let added = recorded("add_model_version", loaded, program, work).await?;
    Ok(model_report::added(&added))
}

/// A folder is stored as the zip of its package.
fn file_name(path: &Path) -> String {
    let name = files::name(path);
    match path.is_dir() {
        true => format!("{name}.zip"),
        false => name,
    }
}

/// Changes models, with an entry in the audit. The database is made if it is not there.
async fn recorded<T, W: Future<Output = Result<T, ModelsError>>>(
    operation: &str,
    loaded: &Loaded,
    program: &dyn Program,
    work: impl FnOnce(Models) -> W,
) -> Result<T, Failure> {
    // Without what other systems would start.
    let settings: PredictionSettings = loaded.system();
    let made = Loaded::made(loaded.settings.clone()).with(settings);
    let running = program.start(&made, Some(JobId::default())).await;
    let running = running.map_err(Failure::Other)?;
    let store = running.platform().store.clone();
    let done = match model_file::remotes(&made) {
        Ok(remotes) => {
            let models = Models::beside(&made, store.clone(), remotes);
            let call = AuditLog::start(store).local_call(operation, Recording::Each);
            let done = call.work(work(models), CallEnd::of_result).await;
            done.map_err(anyhow::Error::from)
        }
        Err(error) => Err(error),
    };
    running.stop().await;
    Ok(done.map_err(Failure::Other)??)
}
