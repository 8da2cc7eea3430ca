//! `audience plan`: what a run would do.

use std::process::ExitCode;

use async_trait::async_trait;
use clap::ArgMatches;

use super::arguments::{Form, define};
use super::local::{self, BAD_USAGE, Local, Opened};
use super::remote::Remote;
use crate::process::{print_document, print_error_line};
use crate::systems::pipelines::error::PipelineError;
use crate::systems::pipelines::looking::Looker;
use crate::systems::pipelines::plan_view::PlanView;
use crate::systems::pipelines::planner_io::PlanningFor;
use crate::systems::pipelines::planning::{Plan, picture};
use crate::systems::pipelines::request::{RunRequest, TargetRequest};
use crate::systems::pipelines::store::PipelineStore;
use crate::systems::pipelines::system;
use crate::systems::{Command, Program, RefusedCall};

pub(super) struct PlanCommand;

#[async_trait]
impl Command for PlanCommand {
    fn definition(&self) -> clap::Command {
        define(clap::Command::new("plan"), Form::Plan).display_order(3)
    }

    async fn run(&self, matches: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let local = match local::open(matches, Form::Plan, "plan", program).await? {
            Opened::Ready(local) => local,
            Opened::Done(code) => return Ok(code),
        };
        match Remote::of(&local, program)? {
            Some(server) => with_code(server.plan(&local).await),
            None => show_plan(&local, program).await,
        }
    }
}

/// Plans without an engine, and prints the plan.
pub(super) async fn show_plan(local: &Local, program: &dyn Program) -> anyhow::Result<ExitCode> {
    // A plan makes no database: without one, nothing has ever been made here.
    let store = program.database(&local.loaded).await?;
    let store = store.map(PipelineStore::new);
    match plan(local, store.as_ref()).await {
        Ok(plan) => {
            print(local, &plan);
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Ok(refused(&error)),
    }
}

fn print(local: &Local, plan: &Plan) {
    if local.given.json {
        print_document(&serde_json::json!(PlanView::of(plan)).to_string());
    } else {
        print_document(picture(plan, local.given.all).trim_end());
    }
}

async fn plan(local: &Local, store: Option<&PipelineStore>) -> Result<Plan, PipelineError> {
    let section = system::section(&local.loaded);
    let (all, _, _) = system::read_projects(&section);
    let looker = Looker::of(&section).map_err(PipelineError::Settings)?;
    let request = request(local);
    let targets = request.targets(&local.known.project)?;
    let planning = PlanningFor {
        projects: &all,
        looker: &looker,
        store,
    };
    planning
        .plan(&local.known, &targets, request.options())
        .await
}

/// What the arguments ask for.
pub(super) fn request(local: &Local) -> RunRequest {
    let given = &local.given;
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let params = given.params.iter();
    RunRequest {
        targets: vec![TargetRequest {
            task: given.task.clone().unwrap_or_default(),
            params: params
                .map(|(name, text)| (name.clone(), text.as_str().into()))
                .collect(),
        }],
        force: given.force,
        force_all: given.force_all,
        stale: given.stale,
        newest_first: given.newest_first,
        limit: given.limit.map(number),
        at_once: given.at_once.map(number),
        commit: given.commit.clone(),
    }
}

/// What a server has found wrong with what was asked ends a command as it does where that is done here.
pub(super) fn with_code(result: anyhow::Result<ExitCode>) -> anyhow::Result<ExitCode> {
    match result {
        Err(error) => match error.downcast_ref::<RefusedCall>() {
            Some(refused) if matches!(refused.status, 400 | 404 | 413 | 422) => {
                print_error_line(&format!("error: {refused}"));
                Ok(ExitCode::from(BAD_USAGE))
            }
            _ => Err(error),
        },
        done => done,
    }
}

pub(super) fn refused(error: &PipelineError) -> ExitCode {
    use crate::engine::{CallerError, ErrorKind};
    print_error_line(&format!("error: {}", error.public_message()));
    match error.kind() {
        ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::TooLarge => ExitCode::from(BAD_USAGE),
        _ => ExitCode::FAILURE,
    }
}
