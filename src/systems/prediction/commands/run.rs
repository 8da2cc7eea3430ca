//! `audience import run`: an import without a server, through the same engine.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use entity::{JobId, JobState, import, import_problem, job};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::files::{self, Faulty};
use super::report;
use super::waiting::wait;
use crate::engine::audit::{AuditLog, CallEnd, Recording};
use crate::engine::runtime::PRIVATE_QUEUE;
use crate::engine::seam::NewRun;
use crate::engine::store::audit;
use crate::process::{print_document, print_error_line};
use crate::settings::Loaded;
use crate::systems::prediction::importing::{IMPORTED, Imports, NewImport};
use crate::systems::prediction::settings::PredictionSettings;
use crate::systems::prediction::store::ProblemFilter;
use crate::systems::{OnlyJob, Platform, Program, RunningProgram};

/// Exit code after SIGINT or SIGTERM.
const STOPPED: u8 = 130;

/// Problems that are printed as JSON.
const PROBLEMS_SHOWN: u64 = 1_000;

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// A workbook (xlsx, xls, ods), CSV or TSV
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// File of the mapping, or the name of one that is stored
    #[arg(long, value_name = "FILE|NAME")]
    mapping: String,
    /// Where rows go: sqlite://PATH, postgres://… or mysql://… [default: what the mapping says, else the
    /// engine's database]
    #[arg(long, value_name = "URL")]
    output: Option<String>,
    /// Write nothing if there is any problem
    #[arg(long)]
    strict: bool,
    /// Problems to show
    #[arg(long, value_name = "N", default_value_t = 20)]
    rows: usize,
    /// 32 hexadecimal digits: continues that import if it exists, else creates it
    #[arg(long, value_name = "HEX32")]
    task_id: Option<JobId>,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    only: OnlyJob,
}

/// Arguments that were read.
pub(super) struct RunTask {
    pub file: PathBuf,
    pub mapping: String,
    pub output: Option<String>,
    pub strict: bool,
    pub id: JobId,
}

/// What became of it.
pub(super) struct Done {
    pub job: job::Model,
    pub import: Option<import::Model>,
    pub problems: Vec<import_problem::Model>,
}

impl Done {
    pub fn is_imported(&self) -> bool {
        let import = self.import.as_ref();
        self.job.state == JobState::Succeeded
            && import.is_some_and(|import| import.state == IMPORTED)
    }
}

pub(super) async fn run(
    arguments: RunArguments,
    loaded: Loaded,
    program: &dyn Program,
) -> anyhow::Result<Result<ExitCode, Faulty>> {
    let task = RunTask {
        id: arguments.task_id.unwrap_or_default(),
        file: arguments.file,
        mapping: arguments.mapping,
        output: arguments.output,
        strict: arguments.strict,
    };
    let made = with_arguments(&task, &loaded);
    let stop = program.stop_on_signal()?;
    if let Some(job) = arguments.only.job() {
        program.run_only(job, &made).await?;
        return Ok(Ok(ExitCode::SUCCESS));
    }
    let new = match new_import(&task, &loaded, program).await? {
        Ok(new) => new,
        Err(faulty) => return Ok(Err(faulty)),
    };
    let running = program.start(&made, Some(task.id.clone())).await?;
    let done = import(&*running, &made, new, &task.id, &stop).await;
    running.stop().await;
    let Some(done) = done? else {
        print_error_line(&format!(
            "stopped; the same command with --task-id {} continues from here",
            task.id
        ));
        return Ok(Ok(ExitCode::from(STOPPED)));
    };
    match arguments.json {
        true => print_document(&as_json(&done).to_string()),
        false => report::print(&done, arguments.rows),
    }
    Ok(Ok(match done.is_imported() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }))
}

/// The file and the mapping, which may be one that is stored.
async fn new_import(
    task: &RunTask,
    loaded: &Loaded,
    program: &dyn Program,
) -> anyhow::Result<Result<NewImport, Faulty>> {
    let mapping = match files::chosen(&task.mapping, loaded, program).await? {
        Ok(mapping) => mapping,
        Err(faulty) => return Ok(Err(faulty)),
    };
    let bytes = match files::read(&task.file) {
        Ok(bytes) => bytes,
        Err(faulty) => return Ok(Err(faulty)),
    };
    Ok(Ok(NewImport {
        file_name: files::name(&task.file),
        bytes: bytes.to_vec(),
        mapping,
        // What is made of the settings has no other.
        output: None,
        strict: task.strict,
    }))
}

/// Runs an import as a job; `None`: it was stopped.
pub(super) async fn import(
    running: &dyn RunningProgram,
    loaded: &Loaded,
    new: NewImport,
    id: &JobId,
    stop: &CancellationToken,
) -> anyhow::Result<Option<Done>> {
    let platform = running.platform();
    let imports = Imports::of(loaded, platform.store.clone());
    let recorded = AuditLog::start(platform.store.clone());
    let call = recorded.local_call("start_import", Recording::Each);
    let submitting = submit(platform, &imports, new, id);
    call.work(submitting, CallEnd::of_result).await??;
    let Some(job) = wait(platform, id, stop).await? else {
        return Ok(None);
    };
    let store = imports.store();
    let import = store.import_of_job(id).await?;
    let problems = match &import {
        Some(import) => {
            store
                .problems(&import.id, &ProblemFilter::default(), PROBLEMS_SHOWN)
                .await?
        }
        None => Vec::new(),
    };
    Ok(Some(Done {
        job,
        import,
        problems,
    }))
}

/// Creates the job, or continues it if it is there.
async fn submit(
    platform: &Platform,
    imports: &Imports,
    new: NewImport,
    id: &JobId,
) -> anyhow::Result<()> {
    audit::about(id);
    let runtime = platform.flows.runtime();
    if let Some(job) = platform.store.jobs().find(id).await? {
        if matches!(job.state, JobState::Failed | JobState::Cancelled) {
            runtime.resume_or_rerun(id).await?;
        }
        return Ok(());
    }
    let run = NewRun {
        id: Some(id.clone()),
        queue: Some(PRIVATE_QUEUE.to_owned()),
        ..NewRun::default()
    };
    let composed = imports.compose(new, run)?;
    runtime.submit(composed.job).await?;
    Ok(())
}

/// Keys of the settings that are made here, and what sets them.
const FLAGS: &[(&str, &str)] = &[("database.url", "--output")];

/// The settings of the program, without what other systems would start; with `--output` rows and the engine's
/// tables go there.
fn with_arguments(task: &RunTask, loaded: &Loaded) -> Loaded {
    let mut engine = loaded.settings.clone();
    let settings: PredictionSettings = loaded.system();
    match &task.output {
        None => Loaded::made(engine).with(settings),
        Some(url) => {
            engine.database.url.clone_from(url);
            Loaded::made(engine).with(settings).set_by(FLAGS)
        }
    }
}

fn as_json(done: &Done) -> Value {
    let problems = done.problems.iter().map(|problem| {
        json!({
            "cell": problem.cell, "table": problem.into_table, "column": problem.into_column,
            "code": problem.code, "text": problem.text, "message": problem.message,
        })
    });
    let problems: Value = problems.collect();
    let Some(import) = &done.import else {
        return json!({
            "id": done.job.id.as_str(), "state": done.job.state.as_str(),
            "reason": done.job.error, "problems": problems,
        });
    };
    let tables: Value = serde_json::from_str(&import.tables).unwrap_or_default();
    json!({
        "id": import.id, "state": import.state, "reason": import.reason,
        "file": import.file_name, "sha256": import.sha256, "format": import.format,
        "mapping": import.mapping, "mapping_version": import.mapping_version,
        "rows": {
            "inserted": import.rows_inserted, "updated": import.rows_updated,
            "unchanged": import.rows_unchanged, "replaced": import.rows_replaced,
        },
        "tables": tables, "problem_count": import.problems, "problems": problems,
    })
}
