//! `audience logs`: what the commands of an instance have written.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use async_trait::async_trait;
use chrono::DateTime;
use clap::ArgMatches;
use entity::JobId;
use tokio::time::sleep;

use super::arguments::{Form, define};
use super::follow;
use super::local::{self, Local, Opened};
use super::plan::{refused, request};
use super::remote::Remote;
use super::search::Search;
use crate::engine::{CallerError, ErrorKind};
use crate::printable::printable;
use crate::process::{print_bytes, print_document, print_error_line, print_line};
use crate::systems::pipelines::attempt_logs::AttemptLog;
use crate::systems::pipelines::console::{Mark, Piece, PlainText, folds};
use crate::systems::pipelines::pipelines::Pipelines;
use crate::systems::pipelines::system::Parts;
use crate::systems::{Command, Platform, Program};

const LOOK_EVERY: Duration = Duration::from_millis(200);
const PIECE_BYTES: usize = 64 * 1024;

pub(super) struct LogsCommand;

#[async_trait]
impl Command for LogsCommand {
    fn definition(&self) -> clap::Command {
        define(clap::Command::new("logs"), Form::Logs).display_order(4)
    }

    async fn run(&self, matches: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let local = match local::open(matches, Form::Logs, "logs", program).await? {
            Opened::Ready(local) => local,
            Opened::Done(code) => return Ok(code),
        };
        if let Some(server) = Remote::of(&local, program)? {
            return server.logs(&local).await;
        }
        // A job that nobody has submitted: others are left to those that run them.
        let running = program.start(&local.loaded, Some(JobId::new())).await?;
        let result = show(&local, running.platform()).await;
        running.stop().await;
        result
    }
}

async fn show(local: &Local, platform: &Platform) -> anyhow::Result<ExitCode> {
    let parts = Parts::open(&local.loaded, platform)?;
    let logs = parts.attempt_logs(&local.loaded, platform);
    let job = match named_job(local) {
        Some(job) => job,
        None => match latest(local, &parts.pipelines).await? {
            Ok(job) => job,
            Err(code) => return Ok(code),
        },
    };
    let Some(mut row) = platform.store.jobs().find(&job).await? else {
        print_error_line(&format!("there is no job {job}"));
        return Ok(ExitCode::FAILURE);
    };
    let mut log = match logs.open(&row, None).await {
        Ok(log) => log,
        Err(error) if error.kind() == ErrorKind::Internal => return Err(error.into()),
        Err(error) => {
            print_error_line(&error.public_message());
            return Ok(ExitCode::FAILURE);
        }
    };
    if local.given.folds {
        print_folds(&log.marks().await?.0, local);
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(search) = Search::of(&local.given) {
        log.settle().await?;
        return search.print(&log).await;
    }
    let mut from = match local.given.tail {
        Some(lines) => {
            log.tail(usize::try_from(lines).unwrap_or(usize::MAX))
                .await?
        }
        None => 0,
    };
    loop {
        let attempt = log.attempt;
        let is_read = print(log, from, local.given.follow).await?;
        if !is_read || !local.given.follow {
            return Ok(ExitCode::SUCCESS);
        }
        // Another attempt may follow.
        loop {
            let Some(found) = platform.store.jobs().find(&job).await? else {
                return Ok(ExitCode::SUCCESS);
            };
            row = found;
            log = logs.open(&row, None).await?;
            if log.attempt > attempt {
                from = 0;
                break;
            }
            if row.state.has_ended() {
                return Ok(ExitCode::SUCCESS);
            }
            sleep(LOOK_EVERY).await;
        }
    }
}

fn named_job(local: &Local) -> Option<JobId> {
    local.given.task.as_deref()?.parse().ok()
}

/// The newest job of the instance that the arguments name.
async fn latest(local: &Local, pipelines: &Pipelines) -> anyhow::Result<Result<JobId, ExitCode>> {
    let plan = match pipelines
        .plan(&Arc::new(local.known.clone()), &request(local))
        .await
    {
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
    let (project, task) = (&plan.project(instance).name, &plan.task(instance).name);
    let identity = &instance.identity;
    let latest = pipelines.store.latest_job(project, task, identity).await?;
    Ok(match latest {
        Some(job) => Ok(job.id),
        None => {
            print_error_line(&format!("{identity} has never been made here"));
            Err(ExitCode::FAILURE)
        }
    })
}

/// The folds of a log, a line each: when it began, how long it took, its name.
fn print_folds(marks: &[Mark], local: &Local) {
    let zone = local.known.project.timezone;
    for fold in folds(marks) {
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
}

/// Prints what there is from an offset on; a follower waits for the end of the attempt. Returns whether
/// anybody still reads it.
async fn print(mut log: AttemptLog, mut from: u64, follow: bool) -> anyhow::Result<bool> {
    use std::io::IsTerminal;
    let is_terminal = io::stdout().is_terminal();
    let mut plain = PlainText::default();
    loop {
        if follow && log.beyond(from).await?.is_elsewhere {
            bail!("what follows is written on another machine");
        }
        match log.read(from, PIECE_BYTES).await? {
            Piece::Bytes { bytes, .. } => {
                from += bytes.len() as u64;
                let mut text = bytes;
                if !is_terminal {
                    let mut left = Vec::with_capacity(text.len());
                    plain.push(&text, &mut left);
                    text = left;
                }
                if !print_bytes(&text)? {
                    return Ok(false);
                }
            }
            Piece::Gap { from: start, to } => {
                from = to;
                print_document(&format!("\n[{} bytes were not kept]", to - start));
            }
            Piece::End { .. } => return Ok(true),
        }
    }
}
