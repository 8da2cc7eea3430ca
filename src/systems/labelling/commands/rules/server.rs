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
    match bytes(server, asked).await? {
        Ok(bytes) => read(&bytes).map(Ok),
        Err(refused) => Ok(Err(refused)),
    }
}

/// Sends a document, whatever is there; the answer in JSON.
pub(super) async fn post_document(
    server: &dyn RemoteServer,
    path: String,
    document: (&'static str, Vec<u8>),
) -> anyhow::Result<Result<Value, Outcome>> {
    let asked = Asked {
        is_post: true,
        path,
        headers: vec![("If-Match", "*".to_owned())],
        document: Some(document),
        ..Asked::default()
    };
    match bytes(server, asked).await? {
        Ok(bytes) => read(&bytes).map(Ok),
        Err(refused) => Ok(Err(refused)),
    }
}

/// Changes something, whatever is there; the answer in JSON.
pub(super) async fn put(
    server: &dyn RemoteServer,
    path: String,
    body: Value,
) -> anyhow::Result<Result<Value, Outcome>> {
    let asked = Asked {
        is_put: true,
        path,
        headers: vec![("If-Match", "*".to_owned())],
        body: Some(body),
        ..Asked::default()
    };
    match bytes(server, asked).await? {
        Ok(bytes) => read(&bytes).map(Ok),
        Err(refused) => Ok(Err(refused)),
    }
}

/// The bytes of the answer; an outcome if the call was refused.
pub(super) async fn get(
    server: &dyn RemoteServer,
    path: String,
) -> anyhow::Result<Result<Vec<u8>, Outcome>> {
    let asked = Asked {
        path,
        ..Asked::default()
    };
    bytes(server, asked).await
}

/// An answer in JSON.
pub(super) fn read(answer: &[u8]) -> anyhow::Result<Value> {
    serde_json::from_slice(answer).context("the answer cannot be read: is it an audience server?")
}

async fn bytes(
    server: &dyn RemoteServer,
    asked: Asked<'_>,
) -> anyhow::Result<Result<Vec<u8>, Outcome>> {
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
    Ok(Ok(bytes))
}

/// Rules with errors end a command as they do when they are read here.
fn refusal(refused: &RefusedCall) -> Outcome {
    let outcome = Outcome::bad_usage(&printable(&refused.detail));
    let is_about_rules = ["rules.document: ", "document"];
    let mut begins = is_about_rules.iter();
    match refused.status == 422 && begins.any(|begin| refused.detail.starts_with(begin)) {
        true => Outcome {
            code: FAULTY,
            ..outcome
        },
        false => outcome,
    }
}
