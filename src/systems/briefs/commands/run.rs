//! `audience brief run`: a brief as a job of an engine that runs nothing else.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use entity::{JobId, JobState};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::brief::Faulty;
use super::report;
use super::run_arguments::{RunArguments, of_argument};
use super::waiting::wait;
use crate::engine::audit::{AuditLog, CallEnd, Recording};
use crate::engine::runtime::PRIVATE_QUEUE;
use crate::engine::seam::NewRun;
use crate::engine::store::audit;
use crate::engine::{CallerError, ErrorKind};
use crate::process::{print_document, print_error_line, print_line};
use crate::settings::Loaded;
use crate::systems::briefs::api::Briefs;
use crate::systems::briefs::platforms::Platforms;
use crate::systems::briefs::request;
use crate::systems::briefs::store::{BriefOfJob, BriefStatus};
use crate::systems::{Platform, Program, RunningProgram};

/// Pages failed, and the rest is in the zip.
const PARTIAL: u8 = 3;

/// Exit code after SIGINT or SIGTERM.
const STOPPED: u8 = 130;

/// What became of a brief.
pub(super) struct Done {
    pub status: BriefStatus,
    /// As `view` and `spider_progress` answer it.
    pub view: Value,
    pub progress: Value,
}

pub(super) async fn run(
    arguments: RunArguments,
    loaded: &Loaded,
    program: &dyn Program,
) -> anyhow::Result<Result<ExitCode, Faulty>> {
    let (made, request) = match (arguments.settings(loaded), arguments.request()) {
        (Ok(made), Ok(request)) => (made, request),
        (Err(Faulty(mut faults)), Err(Faulty(more))) => {
            faults.extend(more);
            return Ok(Err(Faulty(faults)));
        }
        (Err(faulty), Ok(_)) | (Ok(_), Err(faulty)) => return Ok(Err(faulty)),
    };
    if let Err(faults) = Platforms::of(&made) {
        return Ok(Err(Faulty(faults)));
    }
    let stop = program.stop_on_signal()?;
    if let Some(job) = arguments.only.job() {
        program.run_only(job, &made).await?;
        return Ok(Ok(ExitCode::SUCCESS));
    }
    let id = arguments.job_id.clone().unwrap_or_default();
    let running = program.start(&made, Some(id.clone())).await?;
    let queue = Some(PRIVATE_QUEUE.to_owned());
    let done = brief(&*running, &made, request, (&id, queue), &stop).await;
    running.stop().await;
    let done = match done? {
        Ok(done) => done,
        Err(faulty) => return Ok(Err(faulty)),
    };
    let Some(done) = done else {
        print_error_line(&format!(
            "stopped; the same command with --job-id {id} continues from here"
        ));
        return Ok(Ok(ExitCode::from(STOPPED)));
    };
    print(&done, &arguments.out, arguments.json);
    Ok(Ok(exit_code(done.status)))
}

pub(super) fn print(done: &Done, out: &Path, is_json: bool) {
    let out = std::fs::canonicalize(out).unwrap_or_else(|_| out.to_owned());
    let zip = done.view["zip"].as_str().map(|name| out.join(name));
    let zip = zip.map(|path| path.display().to_string());
    match is_json {
        true => {
            let all = json!({ "view": done.view, "spider_progress": done.progress, "zip": zip });
            print_document(&all.to_string());
        }
        false => print_line(&report::figures(done, zip.as_deref())),
    }
}

pub(super) fn exit_code(status: BriefStatus) -> ExitCode {
    match status {
        BriefStatus::Finished => ExitCode::SUCCESS,
        BriefStatus::Partial => ExitCode::from(PARTIAL),
        BriefStatus::Waiting
        | BriefStatus::Running
        | BriefStatus::Exporting
        | BriefStatus::Failed
        | BriefStatus::Canceled => ExitCode::FAILURE,
    }
}

/// Runs a brief as a job of a queue; `None`: it was stopped.
pub(super) async fn brief(
    running: &dyn RunningProgram,
    loaded: &Loaded,
    request: Map<String, Value>,
    (id, queue): (&JobId, Option<String>),
    stop: &CancellationToken,
) -> anyhow::Result<Result<Option<Done>, Faulty>> {
    let platform = running.platform();
    let briefs = Briefs::to_look(loaded, platform)?;
    let recorded = AuditLog::start(platform.store.clone());
    let call = recorded.local_call("submit_job", Recording::Each);
    let submitting = submit(platform, &briefs, request, (id, queue));
    if let Err(faulty) = call.work(submitting, CallEnd::of_result).await?? {
        return Ok(Err(faulty));
    }
    if !wait(&briefs, id, stop).await? {
        return Ok(Ok(None));
    }
    let found = found(&briefs, id).await?;
    let found = found.context("the brief is not in the database any more")?;
    Ok(Ok(Some(Done {
        status: found.status,
        view: briefs.view(&found).await?,
        progress: briefs.progress(&found).await?,
    })))
}

/// Creates the brief, or continues it if it is there.
async fn submit(
    platform: &Platform,
    briefs: &Briefs,
    request: Map<String, Value>,
    (id, queue): (&JobId, Option<String>),
) -> anyhow::Result<Result<(), Faulty>> {
    audit::about(id);
    if let Some(found) = found(briefs, id).await? {
        return resume(platform, briefs, found, &request).await;
    }
    let flow = platform.flows.find_by_member("brief");
    let flow = flow.context("this program has no briefs")?;
    let run = NewRun {
        id: Some(id.clone()),
        queue,
        ..NewRun::default()
    };
    let composed = match flow.compose(Value::Object(request), run) {
        Ok(composing) => composing.await,
        Err(error) => Err(error),
    };
    match composed {
        Ok(composed) => {
            platform.flows.runtime().submit(composed.job).await?;
            Ok(Ok(()))
        }
        Err(error) if error.kind() == ErrorKind::Invalid => {
            Ok(Err(Faulty::one(of_argument(&error.public_message()))))
        }
        Err(error) => Err(error.into()),
    }
}

/// A brief that has failed, or of which pages are missing, begins its next stage; one that looks for something else is
/// left alone.
async fn resume(
    platform: &Platform,
    briefs: &Briefs,
    found: BriefOfJob,
    request: &Map<String, Value>,
) -> anyhow::Result<Result<(), Faulty>> {
    let known = briefs.platforms.known();
    let now = found.brief.created_at;
    let asked = match request::submit(request, &known, briefs.zone, now) {
        Ok(asked) => asked,
        Err(fault) => return Ok(Err(Faulty::one(of_argument(&fault.to_string())))),
    };
    if asked.keywords != found.brief.request.keywords {
        let keywords = found.brief.request.keywords.join(", ");
        let id = &found.job.id;
        return Ok(Err(Faulty::one(format!(
            "--job-id {id}: that brief looks for other keywords: {keywords}"
        ))));
    }
    let is_incomplete = matches!(
        found.status,
        BriefStatus::Failed | BriefStatus::Canceled | BriefStatus::Partial
    );
    if is_incomplete && found.job.state != JobState::Skipped {
        let id = &found.job.id;
        if briefs.store.next_stage(id).await? {
            platform.flows.runtime().begin_again(id);
        }
    }
    Ok(Ok(()))
}

pub(super) async fn found(briefs: &Briefs, id: &JobId) -> anyhow::Result<Option<BriefOfJob>> {
    let found = briefs.store.brief_of_job(id).await;
    found.context("failed to look at the brief")
}
