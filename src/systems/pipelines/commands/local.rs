//! A project on this machine: its file, and the settings with which commands work on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::ArgMatches;
use entity::JobId;

use super::arguments::{Form, Given, print_help};
use super::describe;
use super::plan::refused;
use crate::process::{print_error_line, print_line};
use crate::settings::{Loaded, SettingsPlace};
use crate::sqlite;
use crate::systems::Program;
use crate::systems::pipelines::allowed::Allowed;
use crate::systems::pipelines::error::PipelineError;
use crate::systems::pipelines::known_project::KnownProject;
use crate::systems::pipelines::projects;
use crate::systems::pipelines::settings::{PipelinesSettings, ProjectSettings, is_same_file};
use crate::systems::pipelines::system;
use crate::webhooks::CommitId;

/// Bad usage, or a file with faults.
pub(super) const BAD_USAGE: u8 = 2;

/// The file that is looked for where none is named.
const USUAL_FILE: &str = "project.yaml";

/// The directory beside a project file for what is kept of it.
const STATE: &str = ".audience";
const DATABASE: &str = "state.db";

/// What a command works on.
pub(super) struct Local {
    pub given: Given,
    pub known: KnownProject,
    pub loaded: Loaded,
}

/// Ready to work, or done already: with help, or with what is wrong.
pub(super) enum Opened {
    Ready(Box<Local>),
    Done(ExitCode),
}

/// Reads the settings, the project file, and the arguments with the parameters of the task.
pub(super) async fn open(
    matches: &ArgMatches,
    form: Form,
    command: &str,
    program: &dyn Program,
) -> anyhow::Result<Opened> {
    if print_help(matches, form, command).context("print the help of a command")? {
        return Ok(Opened::Done(ExitCode::SUCCESS));
    }
    let first = Given::first(matches, form);
    let (known, loaded) = match read(&first, program)? {
        Found::Project(known, loaded) => (known, loaded),
        Found::Nothing(code) => return Ok(Opened::Done(code)),
    };
    let (known, loaded) = match with_files(known, loaded, &first).await? {
        Ok(found) => found,
        Err(error) => return Ok(Opened::Done(refused(&error))),
    };
    let Some(name) = &first.task else {
        print_line(&describe::tasks(&known.project));
        return Ok(Opened::Done(ExitCode::from(BAD_USAGE)));
    };
    if form == Form::Logs && name.parse::<JobId>().is_ok() {
        let given = match Given::read_of_job(matches, form, command) {
            Ok(given) => given,
            Err(error) => return printed(&error),
        };
        let loaded = with_project(*loaded, &known)?;
        return Ok(Opened::Ready(Box::new(Local {
            given,
            known: *known,
            loaded,
        })));
    }
    let Some(task) = known.project.task(name) else {
        print_error_line(&format!(
            "there is no task {name}\n{}",
            describe::tasks(&known.project)
        ));
        return Ok(Opened::Done(ExitCode::from(BAD_USAGE)));
    };
    let given = match Given::read(matches, form, command, &known.project, task) {
        Ok(given) => given,
        Err(error) => return printed(&error),
    };
    // Options behind the task count, too.
    let mut known = *known;
    known.env.extend(given.env.iter().cloned());
    let loaded = with_project(*loaded, &known)?;
    Ok(Opened::Ready(Box::new(Local {
        given,
        known,
        loaded,
    })))
}

/// What is in the file counts, though it names a source: commands work on what is here. Where a commit is
/// asked for, or the tasks stand in commits only, they work on that.
async fn with_files(
    known: Box<KnownProject>,
    loaded: Box<Loaded>,
    given: &Given,
) -> anyhow::Result<Result<(Box<KnownProject>, Box<Loaded>), PipelineError>> {
    let project = &known.project;
    // A server looks the commit up itself: only the parameters of the task are needed here.
    let is_here = given.commit.is_none() || given.server.is_some();
    if project.source.is_none() || (is_here && !project.tasks.is_empty()) {
        return Ok(Ok((Box::new(known.without_source()), loaded)));
    }
    let loaded = Box::new(with_project(*loaded, &known)?);
    let commits = system::commits(&loaded, &Arc::default());
    let known = Arc::new(*known);
    let found = match given.commit.as_deref().map(CommitId::parse) {
        Some(Some(commit)) => commits.at(&known, &commit).await,
        Some(None) => Err(PipelineError::BadCommit(
            "expected 40 or 64 hexadecimal digits",
        )),
        None => commits.current(&known).await,
    };
    Ok(found.map(|found| (Box::new(KnownProject::clone(&found)), loaded)))
}

/// Prints what is wrong with the arguments, or the help that they ask for.
fn printed(error: &clap::Error) -> anyhow::Result<Opened> {
    let code = if error.use_stderr() { BAD_USAGE } else { 0 };
    error.print().context("print the help of a command")?;
    Ok(Opened::Done(ExitCode::from(code)))
}

/// A project with settings that know it, or what the command ends with.
pub(super) enum Found {
    Project(Box<KnownProject>, Box<Loaded>),
    Nothing(ExitCode),
}

/// The project of a command that is about no task.
pub(super) fn find(file: Option<PathBuf>, program: &dyn Program) -> anyhow::Result<Found> {
    let given = Given {
        file,
        ..Given::default()
    };
    Ok(match read(&given, program)? {
        Found::Project(known, loaded) => {
            let loaded = with_project(*loaded, &known)?;
            Found::Project(known, Box::new(loaded))
        }
        nothing => nothing,
    })
}

fn read(given: &Given, program: &dyn Program) -> anyhow::Result<Found> {
    let place = match &given.settings {
        Some(directory) => SettingsPlace {
            directory: Some(directory.clone()),
        },
        None => program.place().clone(),
    };
    let loaded = match program.load_silently(&place) {
        Ok(loaded) => loaded,
        Err(error) => {
            print_error_line(&format!("error: {error:#}"));
            return Ok(Found::Nothing(ExitCode::from(BAD_USAGE)));
        }
    };
    let file = given
        .file
        .clone()
        .unwrap_or_else(|| PathBuf::from(USUAL_FILE));
    let env = overrides(&loaded, &file, given);
    let allowed = Allowed::by(&system::section(&loaded));
    match projects::read(&file, &env, Some(&allowed)) {
        Ok(known) => Ok(Found::Project(Box::new(known), Box::new(loaded))),
        Err(faults) => {
            for fault in faults {
                print_error_line(&fault.to_string());
            }
            if given.file.is_none() && !file.exists() {
                print_error_line("expected a project file here, or --file FILE");
            }
            Ok(Found::Nothing(ExitCode::from(BAD_USAGE)))
        }
    }
}

/// What takes precedence over the `env` of the file: the settings, and over these the options.
fn overrides(loaded: &Loaded, file: &Path, given: &Given) -> BTreeMap<String, String> {
    let mut env = system::section(loaded).env_of(file);
    env.extend(given.env.iter().cloned());
    env
}

/// The settings with the project, and with a store for it.
fn with_project(mut loaded: Loaded, known: &KnownProject) -> anyhow::Result<Loaded> {
    let mut settings: PipelinesSettings = loaded.system();
    let section = &mut settings.pipelines;
    section
        .projects
        .retain(|project| !is_same_file(&project.path, &known.file));
    section.projects.push(ProjectSettings {
        path: known.file.clone(),
        env: known.env.clone(),
        ignores_source: known.project.source.is_none(),
    });
    if !loaded.is_set("runtime.jobs_at_once") {
        loaded.settings.runtime.jobs_at_once = section.at_once() as u64;
    }
    if !loaded.is_set("database.url") {
        let database = known.directory.root().join(STATE).join(DATABASE);
        loaded.settings.database.url = format!("sqlite://{}", database.display());
    }
    Ok(loaded.with(settings))
}

/// The store of the project in the working directory.
pub(in crate::systems::pipelines) fn usual_state() -> PathBuf {
    PathBuf::from(STATE).join(DATABASE)
}

/// Makes the directory of the store, with a note for git.
pub(super) fn make_state(local: &Local) -> anyhow::Result<()> {
    let directory = local.known.directory.root().join(STATE);
    let file = sqlite::file_of(&local.loaded.settings.database.url);
    if file.as_deref().and_then(Path::parent) != Some(&directory) {
        return Ok(());
    }
    fs::create_dir_all(&directory)
        .with_context(|| format!("the directory {} cannot be made", directory.display()))?;
    let ignore = directory.join(".gitignore");
    if !ignore.exists() {
        fs::write(&ignore, "*\n").with_context(|| format!("{}", ignore.display()))?;
    }
    Ok(())
}
