//! A server that is asked instead of the settings' databases.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use futures_util::StreamExt;
use serde_json::Value;

use super::outcome::{FAULTY, Outcome};
use crate::printable::printable;
use crate::systems::{Asked, Program, RefusedCall, RemoteServer};

#[derive(Debug, Args)]
pub(super) struct ServerArguments {
    /// Ask this server
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// A PEM file with further certificates of authorities that the server may have
    #[arg(long, value_name = "FILE", requires = "server")]
    ca: Option<PathBuf>,
}

impl ServerArguments {
    /// `None`: none is named.
    pub fn of(&self, program: &dyn Program) -> anyhow::Result<Option<Box<dyn RemoteServer>>> {
        let server = self.server.as_ref();
        server
            .map(|url| program.server(url, self.ca.clone()))
            .transpose()
    }
}

/// The answer in JSON; an outcome if the call was refused.
pub(super) async fn post(
    server: &dyn RemoteServer,
    path: &str,
    body: Value,
) -> anyhow::Result<Result<Value, Outcome>> {
    let asked = Asked {
        is_post: true,
        path: path.to_owned(),
        body: Some(body),
        ..Asked::default()
    };
    let mut answer = match server.ask(asked).await {
        Ok(answer) => answer,
        Err(error) => match error.downcast::<RefusedCall>() {
            Ok(refused) => return Ok(Err(refusal(&refused))),
            Err(error) => return Err(error),
        },
    };
    let mut bytes = Vec::new();
    while let Some(some) = answer.0.next().await {
        bytes.extend(some?);
    }
    let answer = serde_json::from_slice(&bytes);
    let answer = answer.context("the answer cannot be read: is it an audience server?")?;
    Ok(Ok(answer))
}

/// Rules with errors end a command as they do when they are read here.
fn refusal(refused: &RefusedCall) -> Outcome {
    let outcome = Outcome::bad_usage(&printable(&refused.detail));
    match refused.detail.starts_with("rules.document: ") {
        true => Outcome {
            code: FAULTY,
            ..outcome
        },
        false => outcome,
    }
}
