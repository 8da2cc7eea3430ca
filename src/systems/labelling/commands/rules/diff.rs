//! `audience rules diff OLD NEW`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::named::{document, is_name};
use super::outcome::{Outcome, read_good};
use super::server::ServerArguments;
use crate::printable::printable;
use crate::systems::Program;
use crate::systems::labelling::rules::diff::Diff;
use crate::systems::labelling::rules::document::Document;

#[derive(Debug, Args)]
pub(super) struct DiffArguments {
    /// The rules as they were, in any form; or NAME[@VERSION] of a set in the store
    #[arg(value_name = "OLD")]
    older: PathBuf,
    /// The rules as they are
    #[arg(value_name = "NEW")]
    newer: PathBuf,
    #[command(flatten)]
    server: ServerArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// By sets in the store, or by files.
pub(super) async fn anywhere(
    arguments: &DiffArguments,
    program: &dyn Program,
) -> anyhow::Result<Outcome> {
    let paths = [&arguments.older, &arguments.newer];
    if !paths.iter().any(|path| is_name(path)) {
        return Ok(run(arguments));
    }
    let mut documents = Vec::new();
    for path in paths {
        match document(path, &arguments.server, program).await? {
            Ok(document) if document.findings.has_errors() => {
                return Ok(Outcome::faulty(&document.findings, arguments.json));
            }
            Ok(document) => documents.push(document),
            Err(outcome) => return Ok(outcome),
        }
    }
    let [older, newer] = documents.as_slice() else {
        return Ok(Outcome::default());
    };
    Ok(compared(older, newer, arguments))
}

pub(super) fn run(arguments: &DiffArguments) -> Outcome {
    let read = |path| read_good(path, arguments.json);
    let (older, newer) = match (read(&arguments.older), read(&arguments.newer)) {
        (Ok(older), Ok(newer)) => (older, newer),
        (Err(outcome), _) | (_, Err(outcome)) => return outcome,
    };
    compared(&older, &newer, arguments)
}

fn compared(older: &Document, newer: &Document, arguments: &DiffArguments) -> Outcome {
    let diff = Diff::of(older, newer);
    let mut outcome = Outcome::default();
    if arguments.json {
        let named =
            |document: &Document| json!({"name": document.set.name, "digest": document.digest()});
        let mut shape = json!({"from": named(older), "to": named(newer)});
        let changes = serde_json::to_value(&diff).unwrap_or_default();
        if let (Some(shape), serde_json::Value::Object(changes)) = (shape.as_object_mut(), changes)
        {
            shape.extend(changes);
        }
        outcome.document = Some(shape.to_string());
        return outcome;
    }
    let lines = diff.lines().into_iter();
    outcome.lines = lines.map(|line| printable(&line).into_owned()).collect();
    if diff.is_empty() {
        outcome.lines.push("the rules are the same".to_owned());
    }
    outcome
}
