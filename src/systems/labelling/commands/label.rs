//! `audience label`: one task without a server, through the same engine.
//!
//! The engine's tables stand in the output database beside the panels, so the task can be
//! continued from that file alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use clap::{ArgMatches, Args, FromArgMatches};
use entity::{JobId, JobState};
use serde::de::DeserializeOwned;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{columns, progress, report};
use crate::engine::CallerError;
use crate::engine::audit::{AuditLog, CallEnd, Recording};
use crate::engine::runtime::PRIVATE_QUEUE;
use crate::engine::store::{Submitted, audit};
use crate::printable::printable;
use crate::process::{print_document, print_error_line, print_line};
use crate::servers::ServerKind;
use crate::settings::{Loaded, shown_url};
use crate::systems::labelling::posts::SourceError;
use crate::systems::labelling::settings::{
    ColumnRole, LabellingSettings, OutputSettings, SourceSettings, TableSettings, groups_file,
};
use crate::systems::labelling::{
    AuthorConflict, Labelling, LabellingError, LabellingRequest, ModelType, PredictType, RowLabels,
    RulesFrom, TaskFigures, Written, Zone,
};
use crate::systems::{Command, OnlyJob, Platform, Program};

/// Exit code after SIGINT or SIGTERM.
const STOPPED: u8 = 130;

/// How long it takes until a store that could not take the task is asked again.
const SUBMIT_AGAIN: Duration = Duration::from_millis(300);

/// The output's name in the settings that are made here.
const OUTPUT: &str = "output";

#[derive(Debug, Args)]
struct LabelArguments {
    /// Where rows are read: sqlite://PATH, csv://PATH, postgres://… or mysql://…
    #[arg(long, value_name = "URL")]
    source: String,
    /// Table to label
    #[arg(long, value_name = "TABLE")]
    table: String,
    /// Directory of <label>.tsv files, tree <model_type>/<label>/<predict_type>.txt, or a file
    #[arg(long, value_name = "DIR|FILE")]
    rules: PathBuf,
    /// YAML file that maps s_ids to output groups
    #[arg(long, value_name = "FILE")]
    groups: PathBuf,
    /// Where panels are published: sqlite://PATH, postgres://… or mysql://…
    #[arg(long, value_name = "URL")]
    output: String,
    /// What a column of the table is called, such as post_time=created_at, or the text that all rows
    /// have, such as s_id=:WH_F0045; may be given several times
    #[arg(long, value_name = "ROLE=COLUMN", value_parser = columns::mapped)]
    column: Vec<(ColumnRole, String)>,
    /// YAML file of the same, such as `post_time: created_at`; --column takes precedence
    #[arg(long, value_name = "FILE")]
    columns: Option<PathBuf>,
    /// First moment of the range: YYYY-MM-DD HH:MM:SS; a date means its first second
    #[arg(long, value_name = "TIME")]
    start: Written,
    /// Last moment of the range, which takes part; a date means its first second
    #[arg(long, value_name = "TIME")]
    end: Written,
    /// Time zone of --start, --end and all times of the rows that have no offset, such as
    /// Asia/Taipei [default: UTC]
    #[arg(long, value_name = "NAME")]
    time_zone: Option<Zone>,
    /// What is matched: author_name, content, title, s_area_id
    #[arg(long, default_value_t = PredictType::AuthorName)]
    predict_type: PredictType,
    /// keyword_model or rule_model [default: what a YAML rule set says, else keyword_model]
    #[arg(long)]
    model_type: Option<ModelType>,
    /// Which of the matching labels a row gets: first or all [default: the rule set's, else first]
    #[arg(long, value_parser = named::<RowLabels>)]
    row_labels: Option<RowLabels>,
    /// majority_drop_ties, majority_first or keep_all [default: the rule set's]
    #[arg(long, value_parser = named::<AuthorConflict>)]
    author_conflict: Option<AuthorConflict>,
    /// 32 hexadecimal digits: continues that task if it exists, else creates it
    #[arg(long, value_name = "HEX32")]
    task_id: Option<JobId>,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    only: OnlyJob,
}

impl LabelArguments {
    fn columns(&self) -> anyhow::Result<BTreeMap<ColumnRole, String>> {
        columns::merged(self.columns.as_deref(), &self.column)
    }
}

/// Reads a word of a closed set by the names that stored requests use too.
fn named<T: DeserializeOwned>(word: &str) -> Result<T, String> {
    serde_json::from_value(word.into()).map_err(|error| error.to_string())
}

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
    let id = arguments.task_id.clone().unwrap_or_default();
    let loaded = with_arguments(&arguments, loaded)?;
    let stop = program.stop_on_signal()?;
    if let Some(job) = arguments.only.job() {
        program.run_only(job, &loaded).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let running = program.start(&loaded, Some(id.clone())).await?;
    let labelling = Labelling::open(&loaded, running.platform())?;
    let result = label(running.platform(), &labelling, &arguments, &id, &stop).await;
    running.stop().await;
    result
}

async fn label(
    platform: &Platform,
    labelling: &Labelling,
    arguments: &LabelArguments,
    id: &JobId,
    stop: &CancellationToken,
) -> anyhow::Result<ExitCode> {
    let recorded = AuditLog::start(platform.store.clone());
    let submitted = async || {
        let call = recorded.local_call("submit_job", Recording::Each);
        let submitted = call.work(
            submit(platform, labelling, arguments, id),
            CallEnd::of_result,
        );
        submitted.await?
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
    if progress::wait(platform, id, stop, arguments.json)
        .await?
        .is_none()
    {
        print_error_line(&format!(
            "stopped; the same command with --task-id {id} continues from here"
        ));
        return Ok(ExitCode::from(STOPPED));
    }
    let view = labelling.view(id).await?.context("the task was dropped")?;
    if arguments.json {
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
async fn submit(
    platform: &Platform,
    labelling: &Labelling,
    arguments: &LabelArguments,
    id: &JobId,
) -> anyhow::Result<()> {
    let composed = match labelling.compose(request(arguments, id)).await {
        Ok(composed) => composed,
        // Its figures can be printed again without what it was made from.
        Err(error) if is_finished(platform, id).await? => {
            warn(&format!("the task is finished; {}", error.public_message()));
            return Ok(());
        }
        Err(error) => return Err(blamed(arguments, error, &arguments.columns()?)),
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
        labelling.announce(&composed.job).await?;
        return Ok(());
    }
    let state = platform.store.jobs().find(id).await?.map(|job| job.state);
    if matches!(state, Some(JobState::Failed | JobState::Cancelled)) {
        // If the same command has just done so elsewhere, the task is waited for like any other.
        platform.flows.runtime().resume_or_rerun(id).await?;
    }
    Ok(())
}

/// Names the argument that is at fault.
fn blamed(
    arguments: &LabelArguments,
    error: LabellingError,
    named: &BTreeMap<ColumnRole, String>,
) -> anyhow::Error {
    let flag = match &error {
        LabellingError::StartNotBeforeEnd | LabellingError::TimeOutOfRange => {
            "--start, --end".to_owned()
        }
        LabellingError::Rules(_) => "--rules".to_owned(),
        LabellingError::Source { cause, .. } => match &**cause {
            SourceError::TableMissing { .. }
            | SourceError::ColumnsMissing { .. }
            | SourceError::TimesUnusable { .. } => "--table".to_owned(),
            _ => format!("--source at {}", shown_url(&arguments.source)),
        },
        LabellingError::Sink(_) | LabellingError::OutputSilent => {
            format!("--output at {}", shown_url(&arguments.output))
        }
        LabellingError::Groups(_) => "--groups".to_owned(),
        _ => return error.into(),
    };
    columns::with_hint(error, named).context(flag)
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

fn request(arguments: &LabelArguments, id: &JobId) -> LabellingRequest {
    LabellingRequest {
        task_id: Some(id.clone()),
        model_type: arguments.model_type,
        predict_type: Some(arguments.predict_type),
        start_time: Some(arguments.start),
        end_time: Some(arguments.end),
        rules: RulesFrom::Path(arguments.rules.clone()),
        row_labels: arguments.row_labels,
        author_conflict: arguments.author_conflict,
        queue: Some(PRIVATE_QUEUE.to_owned()),
        ..LabellingRequest::default()
    }
}

/// The settings of the program with this one source, output and group file.
fn with_arguments(arguments: &LabelArguments, loaded: Loaded) -> anyhow::Result<Loaded> {
    let mut engine = loaded.settings.clone();
    let mut settings: LabellingSettings = loaded.system();
    let (groups, unmapped) =
        groups_file(&arguments.groups).map_err(|error| error.of_flag("--groups"))?;
    let source = source_name(&arguments.source);
    let columns = arguments.columns()?;
    let tables = [(arguments.table.clone(), TableSettings { columns })].into();
    let entry = SourceSettings {
        url: arguments.source.clone(),
        time_zone: arguments.time_zone.map(String::from),
        tables,
    };
    settings.sources = [(source.clone(), entry)].into();
    settings.outputs = [(OUTPUT.to_owned(), OutputSettings::default())].into();
    engine.database.url.clone_from(&arguments.output);
    let labelling = &mut settings.labelling;
    labelling.default_source = source;
    labelling.default_table.clone_from(&arguments.table);
    labelling.default_output = OUTPUT.to_owned();
    labelling.groups = groups;
    labelling.unmapped = unmapped;
    Ok(Loaded::made(engine).with(settings).set_by(FLAGS))
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
