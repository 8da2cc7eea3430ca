//! `audience logs`: what the commands of an instance have written.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::DateTime;
use clap::ArgMatches;
use entity::JobId;
use futures_util::StreamExt;
use tokio::time::sleep;

use super::arguments::{Form, define};
use super::follow;
use super::local::{self, Local, Opened};
use super::plan::{refused, request};
use crate::printable::printable;
use crate::process::{print_document, print_error_line, print_line};
use crate::systems::pipelines::command::{artifact_name, attempt_of};
use crate::systems::pipelines::console::{ConsoleReader, Follower, Piece, PlainText, folds};
use crate::systems::pipelines::pipelines::Pipelines;
use crate::systems::pipelines::system::{self, Parts};
use crate::systems::{Command, Platform, Program};

const LOOK_EVERY: Duration = Duration::from_millis(200);

pub(super) struct LogsCommand;

#[async_trait]
impl Command for LogsCommand {
    fn definition(&self) -> clap::Command {
        define(clap::Command::new("logs"), Form::Logs).display_order(4)
    }

    async fn run(&self, matches: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let local = match local::open(matches, Form::Logs, "logs", program)? {
            Opened::Ready(local) => local,
            Opened::Done(code) => return Ok(code),
        };
        // A job that nobody has submitted: others are left to those that run them.
        let running = program.start(&local.loaded, Some(JobId::new())).await?;
        let result = show(&local, running.platform()).await;
        running.stop().await;
        result
    }
}

async fn show(local: &Local, platform: &Platform) -> anyhow::Result<ExitCode> {
    let pipelines = Parts::open(&local.loaded, platform)?.pipelines;
    let job = match named_job(local) {
        Some(job) => job,
        None => match latest(local, &pipelines).await? {
            Ok(job) => job,
            Err(code) => return Ok(code),
        },
    };
    let Some(reader) = open(local, platform, &job).await? else {
        print_error_line(&format!("job {job} has written nothing"));
        return Ok(ExitCode::FAILURE);
    };
    if local.given.folds {
        print_folds(&reader, local)?;
        return Ok(ExitCode::SUCCESS);
    }
    let from = match local.given.tail {
        Some(lines) => reader.tail(usize::try_from(lines).unwrap_or(usize::MAX))?,
        None => 0,
    };
    print(reader, from, local.given.follow, platform, &job).await?;
    Ok(ExitCode::SUCCESS)
}

fn named_job(local: &Local) -> Option<JobId> {
    local.given.task.as_deref()?.parse().ok()
}

/// The newest job of the instance that the arguments name.
async fn latest(local: &Local, pipelines: &Pipelines) -> anyhow::Result<Result<JobId, ExitCode>> {
    let plan = match pipelines.plan(&local.known, &request(local)).await {
        Ok(plan) => plan,
        Err(error) => return Ok(Err(refused(&error))),
    };
    let [place] = plan.targets.as_slice() else {
        let count = plan.targets.len();
        print_error_line(&format!(
            "{count} instances; expected the parameters of one"
        ));
        return Ok(Err(ExitCode::from(local::BAD_USAGE)));
    };
    let instance = &plan.instances[*place as usize];
    let (task, identity) = (&plan.task(instance).name, &instance.identity);
    Ok(match pipelines.store.latest_job(task, identity).await? {
        Some(job) => Ok(job),
        None => {
            print_error_line(&format!("{identity} has never been made here"));
            Err(ExitCode::FAILURE)
        }
    })
}

/// The log of the last attempt that has one.
async fn open(
    local: &Local,
    platform: &Platform,
    job: &JobId,
) -> anyhow::Result<Option<ConsoleReader>> {
    let logs = system::logs(&local.loaded);
    let kept = platform.files.list(job).await?;
    let kept = kept
        .iter()
        .filter_map(|artifact| attempt_of(&artifact.name))
        .max();
    let live = logs.live_attempts(job).into_iter().max();
    if let Some(attempt) = live.filter(|attempt| kept.is_none_or(|kept| *attempt > kept))
        && let Some(reader) = logs.live(job, attempt)
    {
        return Ok(Some(reader));
    }
    let Some(attempt) = kept else { return Ok(None) };
    let Some((_, mut body)) = platform.files.open(job, &artifact_name(attempt)).await? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    while let Some(piece) = body.stream.next().await {
        bytes.extend_from_slice(&piece?);
    }
    Ok(Some(ConsoleReader::open_packed(bytes)?))
}

/// The folds of a log, a line each: when it began, how long it took, its name.
fn print_folds(reader: &ConsoleReader, local: &Local) -> anyhow::Result<()> {
    let zone = local.known.project.timezone;
    for fold in folds(&reader.marks()?) {
        let began = DateTime::from_timestamp_micros(fold.started_at);
        let began = began.map(|at| at.with_timezone(&zone).format("%T%.3f").to_string());
        let took = fold
            .ended_at
            .map(|ended_at| follow::seconds(ended_at - fold.started_at));
        let (began, took) = (began.unwrap_or_default(), took.unwrap_or_default());
        let indent = "  ".repeat(fold.depth);
        let name = printable(fold.name.lines().next().unwrap_or_default());
        print_line(&format!("{began}  {took:>8}  {indent}{name}"));
    }
    Ok(())
}

async fn print(
    reader: ConsoleReader,
    from: u64,
    follow: bool,
    platform: &Platform,
    job: &JobId,
) -> anyhow::Result<()> {
    use std::io::IsTerminal;
    let has_ended = Arc::new(AtomicBool::new(!follow));
    let watching = follow.then(|| {
        let (store, job) = (platform.store.clone(), job.clone());
        let has_ended = Arc::clone(&has_ended);
        tokio::spawn(async move {
            loop {
                let found = store.jobs().find(&job).await;
                if found.is_ok_and(|job| job.is_none_or(|job| job.state.has_ended())) {
                    has_ended.store(true, Ordering::SeqCst);
                    return;
                }
                sleep(LOOK_EVERY).await;
            }
        })
    });
    let is_terminal = io::stdout().is_terminal();
    let mut follower = Follower::new(reader, from);
    let mut plain = PlainText::default();
    while let Some(piece) = follower.next(|| has_ended.load(Ordering::SeqCst)).await? {
        match piece {
            Piece::Bytes { bytes, .. } if is_terminal => io::stdout().write_all(&bytes)?,
            Piece::Bytes { bytes, .. } => {
                let mut text = Vec::with_capacity(bytes.len());
                plain.push(&bytes, &mut text);
                io::stdout().write_all(&text)?;
            }
            Piece::Gap { from, to } => {
                print_document(&format!("\n[{} bytes were not kept]", to - from));
            }
            Piece::End { .. } => {}
        }
    }
    io::stdout().flush()?;
    if let Some(watching) = watching {
        watching.abort();
    }
    Ok(())
}
