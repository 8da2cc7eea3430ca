//! `audience label`: one task without a server, through the same engine.
//!
//! The engine's tables stand in the output database beside the panels, so the task can be
//! continued from that file alone.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use clap::{ArgMatches, Args, FromArgMatches};
use entity::{JobId, JobState};
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::label_arguments::{LabelArguments, LabelTask};
use super::{look, progress, report};
use crate::engine::audit::{AuditLog, CallEnd, Recording};
use crate::engine::runtime::PRIVATE_QUEUE;
use crate::engine::store::{Store, Submitted, audit};
use crate::engine::{CallerError, ErrorKind};
use crate::printable::printable;
use crate::process::{print_document, print_error_line, print_line};
use crate::servers::ServerKind;
use crate::settings::{Loaded, SettingsError, shown_url};
use crate::systems::labelling::settings::{
    LabellingSettings, OutputSettings, SourceSettings, TableSettings,
};
use crate::systems::labelling::{
    AskedModel, Labelling, LabellingError, LabellingRequest, RulesFrom, TaskFigures,
};
use crate::systems::{Command, ModelsFrom, Platform, Program};

/// Exit code after SIGINT or SIGTERM.
const STOPPED: u8 = 130;

/// How long it takes until a store that could not take the task is asked again.
const SUBMIT_AGAIN: Duration = Duration::from_millis(300);

/// How long sources and outputs are asked again that do not answer.
const COMPOSE_PATIENCE: Duration = Duration::from_secs(1);

/// The output's name in the settings that are made here.
const OUTPUT: &str = "output";

pub(in crate::systems::labelling) struct LabelCommand;

#[async_trait]
impl Command for LabelCommand {
    fn definition(&self) -> clap::Command {
        let command = LabelArguments::augment_args(clap::Command::new("label"));
        // Last: arguments that commands share bring a text of their own.
        command
            .about("Label a table without a server")
            .display_order(2)
    }

    async fn run(&self, arguments: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        run(LabelArguments::from_arg_matches(arguments)?, program).await
    }
}

async fn run(arguments: LabelArguments, program: &dyn Program) -> anyhow::Result<ExitCode> {
    let loaded = program.load(program.place())?;
    let task = arguments.checked()?;
    let id = task.task_id.clone().unwrap_or_default();
    let loaded = with_arguments(&task, loaded);
    let stop = program.stop_on_signal()?;
    if let Some(job) = task.only.job() {
        program.run_only(job, &loaded).await?;
        return Ok(ExitCode::SUCCESS);
    }
    if !may_be_known(&task).await {
        // Before anything is made in the output.
        SettingsError::if_any(look::faults(&task, &loaded).await)?;
    }
    let running = program.start(&loaded, Some(id.clone())).await?;
    let labelling = Labelling::open(&loaded, running.platform())?;
    let work = Work {
        platform: running.platform(),
        labelling: &labelling,
        task: &task,
        loaded: &loaded,
        id: &id,
    };
    let result = label(&work, &stop).await;
    running.stop().await;
    result
}

/// Whether the output may have the task already: one that is finished needs nothing but its id.
async fn may_be_known(task: &LabelTask) -> bool {
    let is_server = ServerKind::of_url(&task.output).is_some();
    // Of a file that is not there yet.
    let is_new = async || matches!(Store::look_at(&task.output).await, Ok(None));
    task.task_id.is_some() && (is_server || !is_new().await)
}

/// What the task is done with.
struct Work<'w> {
    platform: &'w Platform,
    labelling: &'w Labelling,
    task: &'w LabelTask,
    loaded: &'w Loaded,
    id: &'w JobId,
}

async fn label(work: &Work<'_>, stop: &CancellationToken) -> anyhow::Result<ExitCode> {
    let Work {
        platform,
        labelling,
        task,
        id,
        ..
    } = *work;
    let recorded = AuditLog::start(platform.store.clone());
    let submitted = async || {
        let call = recorded.local_call("submit_job", Recording::Each);
        call.work(submit(work), CallEnd::of_result).await?
    };
    // The identifier makes it one task, however often it is submitted.
    while let Err(error) = submitted().await {
        if !progress::is_trouble_that_passes(&error) {
            return Err(error);
        }
        tokio::select! {
            () = stop.cancelled() => return Err(error),
            () = sleep(SUBMIT_AGAIN) => {}
        }
    }
    let ended = tokio::select! {
        ended = progress::wait(platform, id, stop, task.json) => ended?,
        reason = progress::until_held(labelling, id) => {
            print_error_line(&format!(
                "{reason}: `audience rules approve {id} --why …` with {} as database.url lets it through; then the \
                 same command with --task-id {id} publishes",
                shown_url(&task.output)
            ));
            return Ok(ExitCode::FAILURE);
        }
    };
    if ended.is_none() {
        print_error_line(&format!(
            "stopped; the same command with --task-id {id} continues from here"
        ));
        return Ok(ExitCode::from(STOPPED));
    }
    let view = labelling.view(id).await?.context("the task was dropped")?;
    if task.json {
        print_document(&report::json(&view).to_string());
    } else {
        print_line(&report::figures(&view));
    }
    if let Some(warning) = view.figures.as_ref().and_then(TaskFigures::warning) {
        warn(&warning);
    }
    let succeeded = report::succeeded(view.state.as_ref());
    Ok(if succeeded {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn warn(warning: &str) {
    print_error_line(&format!("warning: {}", printable(warning)));
}

/// Creates the task, or continues it if it is there.
async fn submit(work: &Work<'_>) -> anyhow::Result<()> {
    let Work {
        platform,
        labelling,
        task,
        loaded,
        id,
    } = *work;
    let began = Instant::now();
    let mut asked = request(task, id);
    if let Some(model) = &mut asked.model {
        fix_version(model, platform, id).await?;
    }
    let composed = loop {
        match labelling.compose(asked.clone()).await {
            // A connection may be lost while the output is looked at. One that is away is not
            // waited for.
            Err(error)
                if error.kind() == ErrorKind::Unavailable && began.elapsed() < COMPOSE_PATIENCE =>
            {
                sleep(SUBMIT_AGAIN).await;
            }
            composed => break composed,
        }
    };
    let composed = match composed {
        Ok(composed) => composed,
        // Its figures can be printed again without what it was made from.
        Err(error) if is_finished(platform, id).await? => {
            warn(&format!("the task is finished; {}", error.public_message()));
            return Ok(());
        }
        Err(error) => {
            // The others as well, if there are any.
            SettingsError::if_any(look::faults(task, loaded).await)?;
            return Err(blamed(task, error));
        }
    };
    for warning in &composed.warnings {
        warn(warning);
    }
    audit::about(id);
    if let Submitted::New(_) = platform
        .flows
        .runtime()
        .submit(composed.job.clone())
        .await?
    {
        let began = Instant::now();
        while let Err(error) = labelling.announce(&composed.job).await {
            if error.kind() != ErrorKind::Unavailable || began.elapsed() >= COMPOSE_PATIENCE {
                return Err(error.into());
            }
            sleep(SUBMIT_AGAIN).await;
        }
        return Ok(());
    }
    let state = platform.store.jobs().find(id).await?.map(|job| job.state);
    if matches!(state, Some(JobState::Failed | JobState::Cancelled)) {
        // If the same command has just done so elsewhere, the task is waited for like any other.
        platform.flows.runtime().resume_or_rerun(id).await?;
    }
    Ok(())
}

/// A task that is there continues by the version that it began with, wherever the alias points to by now.
async fn fix_version(
    asked: &mut AskedModel,
    platform: &Platform,
    id: &JobId,
) -> anyhow::Result<()> {
    let Some(job) = platform.store.jobs().find(id).await? else {
        return Ok(());
    };
    let request: Value = serde_json::from_str(&job.request).unwrap_or_default();
    let (model, version) = (request["model"].as_str(), request["model_version"].as_i64());
    let name = asked.name.split('@').next();
    if let (Some(model), Some(version)) = (model.filter(|model| Some(*model) == name), version) {
        asked.name = format!("{model}:{version}");
    }
    Ok(())
}

/// Names the argument that is at fault.
fn blamed(task: &LabelTask, error: LabellingError) -> anyhow::Error {
    let flag = match &error {
        LabellingError::Sink(_) | LabellingError::Output { .. } | LabellingError::OutputSilent => {
            format!("--output at {}", shown_url(&task.output))
        }
        LabellingError::Source { .. } => format!("--source at {}", shown_url(&task.source)),
        LabellingError::Rules(_)
        | LabellingError::UnreadableRules { .. }
        | LabellingError::FaultyRules { .. }
        | LabellingError::NotMixed { .. }
        | LabellingError::Uncompilable(_) => "--rules".to_owned(),
        LabellingError::Model(_) | LabellingError::UnusableModel { .. } => "--model".to_owned(),
        LabellingError::Groups(_) => "--groups".to_owned(),
        _ => return error.into(),
    };
    anyhow::Error::from(error).context(flag)
}

/// Keys of the settings that are made here, and what sets them.
const FLAGS: &[(&str, &str)] = &[
    ("database.url", "--output"),
    ("outputs", "--output"),
    ("sources", "--source"),
    ("labelling.groups", "--groups"),
    ("labelling.unmapped", "--groups"),
    ("labelling.default_table", "--table"),
];

async fn is_finished(platform: &Platform, id: &JobId) -> anyhow::Result<bool> {
    let job = platform.store.jobs().find(id).await?;
    Ok(job.is_some_and(|job| job.state == JobState::Succeeded))
}

fn request(task: &LabelTask, id: &JobId) -> LabellingRequest {
    LabellingRequest {
        task_id: Some(id.clone()),
        rule_kind: task.rule_kind,
        is_mixed: task.is_mixed,
        // Of a model nothing else says what it scores.
        predict_type: match &task.model {
            Some(_) => Some(task.predict_type.unwrap_or_default()),
            None => task.predict_type,
        },
        start_time: Some(task.start),
        end_time: Some(task.end),
        rules: task.rules.clone().map(RulesFrom::Path).unwrap_or_default(),
        model: task.model.clone(),
        row_labels: task.row_labels,
        author_conflict: task.author_conflict,
        ledger: task.ledger,
        incremental: task.incremental,
        queue: Some(PRIVATE_QUEUE.to_owned()),
        ..LabellingRequest::default()
    }
}

/// The settings of the program with this one source, output and group file.
fn with_arguments(task: &LabelTask, loaded: Loaded) -> Loaded {
    let mut engine = loaded.settings.clone();
    let mut settings: LabellingSettings = loaded.system();
    let source = source_name(&task.source);
    let columns = task.columns.clone();
    let tables = [(task.table.clone(), TableSettings { columns })].into();
    let entry = SourceSettings {
        url: task.source.clone(),
        time_zone: task.time_zone.map(String::from),
        tables,
    };
    settings.sources = [(source.clone(), entry)].into();
    settings.outputs = [(OUTPUT.to_owned(), OutputSettings::default())].into();
    engine.database.url.clone_from(&task.output);
    let labelling = &mut settings.labelling;
    labelling.default_source = source;
    labelling.default_table.clone_from(&task.table);
    labelling.default_output = OUTPUT.to_owned();
    labelling.groups = task.groups.clone();
    labelling.unmapped = task.unmapped;
    // The engine's own database is the output, which has no models.
    let models = ModelsFrom {
        settings: task.model.as_ref().map(|_| Arc::new(loaded)),
    };
    Loaded::made(engine)
        .with(settings)
        .with(models)
        .set_by(FLAGS)
}

/// The name of the file without its ending, or of the database, stands for the source in `state`.
fn source_name(url: &str) -> String {
    let path = url.split_once(':').map_or(url, |(_, path)| path);
    // Behind it are options, which may hold paths of their own.
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let path = if ServerKind::of_url(url).is_some() {
        // What stands before the database may hold a password.
        let path = path.strip_prefix("//").unwrap_or(path);
        let (_, database) = path.split_once('/').unwrap_or_default();
        database
    } else {
        path
    };
    let stem = Path::new(path)
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| !stem.is_empty())
        .unwrap_or_else(|| "source".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_named_after_its_file_or_database() {
        for (url, name) in [
            ("sqlite://data/posts.db", "posts"),
            ("csv:posts.csv", "posts"),
            (
                "postgres://amy:secret@db:5432/social?host=/run/postgresql",
                "social",
            ),
            (
                "mysql://root@localhost/social?socket=/run/mysqld/mysqld.sock",
                "social",
            ),
            ("sqlite:", "source"),
            ("postgres://amy:secret@db:5432", "source"),
            ("postgres:///social?host=/run/postgresql", "social"),
        ] {
            assert_eq!(source_name(url), name, "{url}");
        }
    }
}
