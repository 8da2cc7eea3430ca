//! `audience why`: why an instance is not made.

use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use clap::ArgMatches;
use entity::JobId;
use serde_json::Value;

use super::arguments::{Form, define};
use super::local::{self, Local, Opened};
use super::plan::{refused, request, with_code};
use super::remote::Remote;
use crate::printable::printable;
use crate::process::{print_document, print_line};
use crate::systems::pipelines::api::Explanation;
use crate::systems::pipelines::system::Parts;
use crate::systems::{Command, Platform, Program};

pub(super) struct WhyCommand;

#[async_trait]
impl Command for WhyCommand {
    fn definition(&self) -> clap::Command {
        define(clap::Command::new("why"), Form::Instance).display_order(4)
    }

    async fn run(&self, matches: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let local = match local::open(matches, Form::Instance, "why", program).await? {
            Opened::Ready(local) => local,
            Opened::Done(code) => return Ok(code),
        };
        if let Some(server) = Remote::of(&local, program)? {
            return with_code(server.why(&local).await);
        }
        local::make_state(&local)?;
        let running = program.start(&local.loaded, Some(JobId::new())).await?;
        let result = explain(&local, running.platform()).await;
        running.stop().await;
        result
    }
}

async fn explain(local: &Local, platform: &Platform) -> anyhow::Result<ExitCode> {
    let why = Parts::open(&local.loaded, platform)?.why(&local.loaded);
    let explanations = match why
        .instances(&Arc::new(local.known.clone()), &request(local))
        .await
    {
        Ok(explanations) => explanations,
        Err(error) => return Ok(refused(&error)),
    };
    if local.given.json {
        let all: Vec<Value> = explanations.iter().map(Explanation::json).collect();
        print_document(&Value::Array(all).to_string());
        return Ok(ExitCode::SUCCESS);
    }
    for explanation in explanations {
        print_line(&printable(&explanation.sentence));
    }
    Ok(ExitCode::SUCCESS)
}
