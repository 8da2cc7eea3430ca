//! `audience run` and `audience backfill`: make what is missing.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use clap::ArgMatches;
use entity::JobId;

use super::arguments::{Form, define};
use super::follow::{self, Outcome};
use super::local::{self, Local, Opened};
use super::plan::{refused, request, show_plan, with_code};
use super::remote::Remote;
use crate::process::{print_document, print_error_line, print_line};
use crate::systems::pipelines::composing::Origin;
use crate::systems::pipelines::system::Parts;
use crate::systems::{Command, Program, RunningProgram};

/// Exit code after SIGINT or SIGTERM.
const STOPPED: u8 = 130;

/// What a task needs is made by others, and is not there.
const INPUT_MISSING: u8 = 3;

pub(super) struct RunCommand(pub Form);

impl RunCommand {
    fn name(&self) -> &'static str {
        match self.0 {
            Form::Backfill => "backfill",
            _ => "run",
        }
    }
}

#[async_trait]
impl Command for RunCommand {
    fn definition(&self) -> clap::Command {
        define(clap::Command::new(self.name()), self.0).display_order(3)
    }

    async fn run(&self, matches: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let local = match local::open(matches, self.0, self.name(), program).await? {
            Opened::Ready(local) => local,
            Opened::Done(code) => return Ok(code),
        };
        if let Some(server) = Remote::of(&local, program)? {
            if local.given.dry_run {
                return with_code(server.plan(&local).await);
            }
            return with_code(server.run(&local, &program.stop_on_signal()?).await);
        }
        if local.given.dry_run {
            return show_plan(&local, program).await;
        }
        local::make_state(&local)?;
        let stop = program.stop_on_signal()?;
        // A job that nobody has submitted: what is left to a server is not begun here.
        let only = local.given.detach.then(JobId::new);
        let running = program.start(&local.loaded, only).await?;
        let result = make(&local, running.as_ref(), &stop).await;
        running.stop().await;
        result
    }
}

async fn make(
    local: &Local,
    running: &dyn RunningProgram,
    stop: &tokio_util::sync::CancellationToken,
) -> anyhow::Result<ExitCode> {
    let pipelines = Parts::open(&local.loaded, running.platform())?.pipelines;
    let origin = Origin::default();
    let started = match pipelines
        .start(&Arc::new(local.known.clone()), &request(local), origin)
        .await
    {
        Ok(started) => started,
        Err(error) => return Ok(refused(&error)),
    };
    let json = local.given.json;
    let counts = started
        .plan
        .as_ref()
        .map(|plan| plan.counts.to_string())
        .unwrap_or_default();
    if !json {
        print_line(&format!("run {}: {counts}", started.run.id));
    }
    if local.given.detach {
        if json {
            print_document(&serde_json::json!({"run": started.run.id}).to_string());
        }
        return Ok(ExitCode::SUCCESS);
    }
    let outcome = follow::follow(&pipelines, &started, stop, json).await?;
    let Some(Outcome {
        run,
        counts,
        failed,
    }) = outcome
    else {
        print_error_line("stopped");
        return Ok(ExitCode::from(STOPPED));
    };
    if json {
        print_document(&follow::report(&run, &counts, &failed).to_string());
    } else {
        print_line(&follow::last_line(&run, &counts));
    }
    Ok(exit_code(
        run.state == entity::RunState::Succeeded,
        run.state == entity::RunState::Cancelled,
        &counts,
    ))
}

/// What a command ends with whose run has ended.
pub(super) fn exit_code(
    is_made: bool,
    is_cancelled: bool,
    counts: &BTreeMap<String, u64>,
) -> ExitCode {
    let of = |word: &str| counts.get(word).copied().unwrap_or(0);
    match (is_made, is_cancelled) {
        (true, _) => ExitCode::SUCCESS,
        (false, true) => ExitCode::from(STOPPED),
        _ if of("failed") == 0 && of("missing") > 0 => ExitCode::from(INPUT_MISSING),
        _ => ExitCode::FAILURE,
    }
}
