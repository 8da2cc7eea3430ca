//! `audience why`: why an instance is not made.

use std::process::ExitCode;

use async_trait::async_trait;
use clap::ArgMatches;
use entity::JobId;

use super::arguments::{Form, define};
use super::local::{self, Local, Opened};
use super::plan::{refused, request};
use crate::printable::printable;
use crate::process::print_line;
use crate::systems::pipelines::composing;
use crate::systems::pipelines::planning::Action;
use crate::systems::pipelines::system::Parts;
use crate::systems::{Command, Platform, Program};

pub(super) struct WhyCommand;

#[async_trait]
impl Command for WhyCommand {
    fn definition(&self) -> clap::Command {
        define(clap::Command::new("why"), Form::Instance).display_order(4)
    }

    async fn run(&self, matches: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let local = match local::open(matches, Form::Instance, "why", program)? {
            Opened::Ready(local) => local,
            Opened::Done(code) => return Ok(code),
        };
        local::make_state(&local)?;
        let running = program.start(&local.loaded, Some(JobId::new())).await?;
        let result = explain(&local, running.platform()).await;
        running.stop().await;
        result
    }
}

async fn explain(local: &Local, platform: &Platform) -> anyhow::Result<ExitCode> {
    let pipelines = Parts::open(&local.loaded, platform)?.pipelines;
    let plan = match pipelines.plan(&local.known, &request(local)).await {
        Ok(plan) => plan,
        Err(error) => return Ok(refused(&error)),
    };
    for place in &plan.targets {
        let instance = &plan.instances[*place as usize];
        let sentence = match instance.action {
            Action::Shared => {
                let key = composing::key(&plan, instance);
                let unfinished = pipelines
                    .store
                    .unfinished(std::slice::from_ref(&key))
                    .await?;
                let job = match unfinished.get(key.as_str()) {
                    Some(job) => platform.store.jobs().find(job).await?,
                    None => None,
                };
                let name = plan.name(instance);
                match job.and_then(|job| Some((job.state, job.waiting?))) {
                    Some((_, waiting)) => format!("{name} {waiting}"),
                    None => format!("{name} is being made"),
                }
            }
            _ => plan.why_sentence(*place),
        };
        print_line(&printable(&sentence));
    }
    Ok(ExitCode::SUCCESS)
}
