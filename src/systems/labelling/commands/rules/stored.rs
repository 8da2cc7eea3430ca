//! `audience rules push NAME FILE`, `pull NAME[@V] -o PATH`, `activate NAME@V`: rule sets in the store.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::outcome::{FAULTY, Outcome};
use super::output::{Target, replace, save};
use super::server::{ServerArguments, get, post_document, put, read};
use crate::access::Identity;
use crate::engine::CallerError;
use crate::engine::audit::{AuditLog, CallEnd, Recording};
use crate::process::print_bytes;
use crate::systems::labelling::Labelling;
use crate::systems::labelling::activating::ActivationError;
use crate::systems::labelling::api::v1::rule_set_views::{RuleSetView, VersionView};
use crate::systems::labelling::rules::forms::{self, Expressions, Form};
use crate::systems::labelling::store::NewActivation;
use crate::systems::labelling::versions::{Condition, NewVersion, Reference, RuleSetsError, Which};
use crate::systems::{Program, RemoteServer};
use crate::ui::encoded;

#[derive(Debug, Args)]
pub(super) struct PushArguments {
    /// The set, which is made with its first version
    #[arg(value_name = "NAME")]
    name: String,
    /// A .yaml, .json, .csv, .xlsx or .zip file, or a directory of TSV files
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// For those who look at it later
    #[arg(long, value_name = "TEXT")]
    why: String,
    #[command(flatten)]
    server: ServerArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct PullArguments {
    /// NAME, or NAME@VERSION; the version is a number, active or newest
    #[arg(value_name = "NAME[@VERSION]")]
    set: String,
    /// Where it goes: a file, a directory or .zip of TSV files, or - for standard output
    #[arg(short = 'o', long = "output", value_name = "PATH")]
    output: PathBuf,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, Args)]
pub(super) struct ActivateArguments {
    /// The version that jobs are to take
    #[arg(value_name = "NAME@VERSION")]
    set: String,
    /// For those who look at it later
    #[arg(long, value_name = "TEXT")]
    why: String,
    #[command(flatten)]
    server: ServerArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const NO_DATABASE: &str = "the engine's database of the settings is not there; start the server once, or name one with --server";

pub(super) async fn push(
    arguments: &PushArguments,
    program: &dyn Program,
) -> anyhow::Result<Outcome> {
    let (form, bytes) = match forms::bytes_of_path(&arguments.file) {
        Ok(read) => read,
        Err(error) => return Ok(Outcome::bad_usage(&error.to_string())),
    };
    let name = &arguments.name;
    let pushed = match arguments.server.of(program)? {
        Some(server) => {
            let (set, why) = (encoded(name), encoded(&arguments.why));
            let path = format!("/v1/rule_sets/{set}/versions?why={why}");
            post_document(&*server, path, (form.content_type(), bytes)).await?
        }
        None => {
            let new = NewVersion {
                name: name.clone(),
                form,
                bytes,
                by: Identity::local().name,
                why: Some(arguments.why.clone()),
                condition: Condition::Any,
            };
            let work = |labelling: Labelling| async move {
                let state = labelling.rule_sets().store_version(new).await?.state;
                Ok::<Value, ActivationError>(VersionView::of(state.newest, state.set.active).json())
            };
            changed("store_rule_set_version", program, work).await?
        }
    };
    Ok(shown(pushed, arguments.json, |version| {
        let (number, digest) = (&version["version"], version["digest"].as_str());
        format!("{name}@{number}, digest {}", digest.unwrap_or_default())
    }))
}

pub(super) async fn activate(
    arguments: &ActivateArguments,
    program: &dyn Program,
) -> anyhow::Result<Outcome> {
    let (name, version) = match arguments.set.parse::<Reference>() {
        Ok(Reference {
            name,
            which: Which::Number(version),
        }) => (name, version),
        Ok(_) => {
            let problem = "expected NAME@VERSION with the number of a version";
            return Ok(Outcome::bad_usage(problem));
        }
        Err(error) => return Ok(Outcome::bad_usage(&error.to_string())),
    };
    let activated = match arguments.server.of(program)? {
        Some(server) => {
            let path = format!("/v1/rule_sets/{}/active", encoded(&name));
            let body = json!({ "version": version, "why": arguments.why });
            put(&*server, path, body).await?
        }
        None => {
            let activation = NewActivation {
                name: name.clone(),
                version,
                by: Identity::local().name,
                why: Some(arguments.why.clone()),
            };
            let work = |labelling: Labelling| async move {
                let activated = labelling.activate_rule_set(activation, Condition::Any);
                let state = activated.await?;
                Ok::<Value, ActivationError>(RuleSetView::of(state, false).json())
            };
            changed("activate_rule_set", program, work).await?
        }
    };
    Ok(shown(activated, arguments.json, |set| {
        format!("{name}@{} is active", set["active"])
    }))
}

/// Changes rule sets in the database of the settings, with an entry in the audit.
async fn changed<W: Future<Output = Result<Value, ActivationError>>>(
    operation: &'static str,
    program: &dyn Program,
    work: impl FnOnce(Labelling) -> W,
) -> anyhow::Result<Result<Value, Outcome>> {
    let loaded = program.load(program.place())?;
    let Some(store) = program.database(&loaded).await? else {
        return Ok(Err(Outcome::bad_usage(NO_DATABASE)));
    };
    let call = AuditLog::start(store.clone()).local_call(operation, Recording::Each);
    let labelling = Labelling::beside(&loaded, store)?;
    let done = call.work(work(labelling), CallEnd::of_result).await?;
    Ok(done.map_err(|error| match error {
        ActivationError::Set(error) => refused(&error),
        // Like a gate that holds a job.
        error @ ActivationError::BelowGold { .. } => Outcome {
            code: FAULTY,
            ..Outcome::bad_usage(&error.public_message())
        },
        error => Outcome::bad_usage(&error.public_message()),
    }))
}

/// As a command ends that was refused.
pub(super) fn refused(error: &RuleSetsError) -> Outcome {
    let outcome = Outcome::bad_usage(&error.public_message());
    match error {
        RuleSetsError::Faulty(_) | RuleSetsError::Unusable { .. } => Outcome {
            code: FAULTY,
            ..outcome
        },
        _ => outcome,
    }
}

fn shown(
    done: Result<Value, Outcome>,
    as_json: bool,
    line: impl FnOnce(&Value) -> String,
) -> Outcome {
    match done {
        Err(outcome) => outcome,
        Ok(answer) if as_json => Outcome {
            document: Some(answer.to_string()),
            ..Outcome::default()
        },
        Ok(answer) => Outcome {
            lines: vec![line(&answer)],
            ..Outcome::default()
        },
    }
}

pub(super) async fn pull(
    arguments: &PullArguments,
    program: &dyn Program,
) -> anyhow::Result<Outcome> {
    let output = &arguments.output;
    let is_standard = output == Path::new("-");
    // A directory is written as a tree of files; standard output gets what was sent.
    let wanted = match (Form::of_path(output), is_standard) {
        (Some(form), _) => Some(form),
        (None, true) => None,
        (None, false) => Some(Form::Tsv),
    };
    let pulled = match arguments.server.of(program)? {
        Some(server) => of_server(&*server, &arguments.set, wanted).await?,
        None => here(&arguments.set, wanted, program).await?,
    };
    let (form, bytes) = match pulled {
        Ok(pulled) => pulled,
        Err(outcome) => return Ok(outcome),
    };
    let written = match Target::of(output, form) {
        Target::StandardOutput => print_bytes(&bytes).map(drop),
        Target::File(path) => replace(&path, &bytes),
        target @ Target::Directory(_) => {
            let document = forms::read(form, "document", &bytes, "rules");
            let saved = save(&document, form, Expressions::AsWritten, &target);
            return Ok(saved.err().unwrap_or_else(|| at(output, is_standard)));
        }
    };
    Ok(match written {
        Ok(()) => at(output, is_standard),
        Err(error) => not_written(output, &error),
    })
}

fn at(output: &Path, is_standard: bool) -> Outcome {
    let mut outcome = Outcome::default();
    if !is_standard {
        outcome.lines.push(format!("written: {}", output.display()));
    }
    outcome
}

fn not_written(output: &Path, error: &io::Error) -> Outcome {
    Outcome::bad_usage(&format!("failed to write `{}`: {error}", output.display()))
}

type Pulled = Result<(Form, Vec<u8>), Outcome>;

async fn of_server(
    server: &dyn RemoteServer,
    set: &str,
    wanted: Option<Form>,
) -> anyhow::Result<Pulled> {
    let Reference { name, which } = match set.parse() {
        Ok(reference) => reference,
        Err(error) => return Ok(Err(refused(&RuleSetsError::from(error)))),
    };
    let path = format!("/v1/rule_sets/{}/versions/{which}", encoded(&name));
    let view = match get(server, path.clone()).await? {
        Ok(view) => read(&view)?,
        Err(outcome) => return Ok(Err(outcome)),
    };
    let sent = view["format"].as_str().and_then(Form::of_name);
    let form = wanted.or(sent).unwrap_or(Form::Yaml);
    // Which version is active or newest may have changed since.
    let (name, number) = (encoded(&name), &view["version"]);
    let path = format!(
        "/v1/rule_sets/{name}/versions/{number}?format={}",
        form.as_str()
    );
    let document = get(server, path).await?;
    Ok(document.map(|bytes| (form, bytes)))
}

async fn here(set: &str, wanted: Option<Form>, program: &dyn Program) -> anyhow::Result<Pulled> {
    let loaded = program.load(program.place())?;
    let Some(store) = program.database(&loaded).await? else {
        return Ok(Err(Outcome::bad_usage(NO_DATABASE)));
    };
    let labelling = Labelling::beside(&loaded, store)?;
    let sets = labelling.rule_sets();
    let found = match sets.find(set).await {
        Ok(found) => found,
        Err(error) => return Ok(Err(refused(&error))),
    };
    let form = wanted.unwrap_or(found.form);
    let written = sets.written(found, form).await;
    Ok(written
        .map(|bytes| (form, bytes))
        .map_err(|error| refused(&error)))
}
