//! `audience rules lint RULES`

use std::path::PathBuf;

use clap::Args;

use super::named::{document, is_name};
use super::outcome::{FAULTY, GOOD, Outcome, json, left, read, summary};
use super::server::ServerArguments;
use crate::printable::{counted, printable};
use crate::systems::Program;
use crate::systems::labelling::rules::document::Document;
use crate::systems::labelling::rules::finding::Level;
use crate::systems::labelling::rules::lint;

#[derive(Debug, Args)]
pub(super) struct LintArguments {
    /// A .yaml, .json, .csv, .xlsx, .tsv or .zip file, or a directory of TSV files, or NAME[@VERSION] of a set in the
    /// store
    #[arg(value_name = "RULES")]
    rules: PathBuf,
    #[command(flatten)]
    server: ServerArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// By a set in the store, or by a file.
pub(super) async fn anywhere(
    arguments: &LintArguments,
    program: &dyn Program,
) -> anyhow::Result<Outcome> {
    if !is_name(&arguments.rules) {
        return Ok(run(arguments));
    }
    let document = document(&arguments.rules, &arguments.server, program).await?;
    Ok(document.map_or_else(|outcome| outcome, |document| linted(&document, arguments)))
}

pub(super) fn run(arguments: &LintArguments) -> Outcome {
    let document = match read(&arguments.rules) {
        Ok(document) => document,
        Err(outcome) => return outcome,
    };
    linted(&document, arguments)
}

fn linted(document: &Document, arguments: &LintArguments) -> Outcome {
    let findings = lint::lint(document);
    let mut outcome = Outcome {
        code: match findings.has_errors() {
            true => FAULTY,
            false => GOOD,
        },
        ..Outcome::default()
    };
    if arguments.json {
        outcome.document = Some(json(&findings));
        return outcome;
    }
    let listed = findings.list().iter();
    outcome.lines = listed
        .map(|finding| printable(&finding.to_string()).into_owned())
        .collect();
    outcome.lines.extend(left(&findings, Level::Error));
    outcome.lines.extend(left(&findings, Level::Warning));
    let labels = document.set.labels.len() as u64;
    let rules: usize = document
        .set
        .labels
        .iter()
        .map(|label| label.rules.len())
        .sum();
    outcome.lines.push(format!(
        "{} in {}: {}",
        counted(rules as u64, "rule"),
        counted(labels, "label"),
        summary(&findings)
    ));
    outcome
}
