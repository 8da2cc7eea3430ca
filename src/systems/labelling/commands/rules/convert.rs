//! `audience rules convert RULES --to FORM -o PATH`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::comments;
use super::outcome::{Outcome, read_good};
use super::output::{Target, save};
use crate::systems::labelling::rules::document::{Document, ModelKind};
use crate::systems::labelling::rules::forms::{Expressions, Form};

#[derive(Debug, Args)]
pub(super) struct ConvertArguments {
    /// A .yaml, .json, .csv, .xlsx, .tsv or .zip file, or a directory of TSV files
    #[arg(value_name = "RULES")]
    rules: PathBuf,
    /// yaml, json, tsv, csv or xlsx
    #[arg(long, value_name = "FORM", value_parser = form)]
    to: Form,
    /// Where it goes: a file, a directory or .zip of TSV files, or - for standard output
    #[arg(short = 'o', long = "output", value_name = "PATH")]
    output: PathBuf,
    /// Make a mixed model of a keyword_model or rule_model, which has the same rules
    #[arg(long)]
    mixed: bool,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &ConvertArguments) -> Outcome {
    let mut document = match read_good(&arguments.rules, arguments.json) {
        Ok(document) => document,
        Err(outcome) => return outcome,
    };
    if arguments.mixed {
        make_mixed(&mut document);
    }
    let target = Target::of(&arguments.output, arguments.to);
    if let Err(outcome) = save(&document, arguments.to, Expressions::AsWritten, &target) {
        return outcome;
    }
    let mut outcome = Outcome::default();
    if target == Target::StandardOutput {
        return outcome;
    }
    let (form, digest) = (arguments.to.as_str(), document.digest());
    let path = arguments.output.display().to_string();
    match arguments.json {
        true => {
            let written = json!({"path": path, "form": form, "digest": digest});
            outcome.document = Some(written.to_string());
        }
        false => outcome
            .lines
            .push(format!("{path}: {form}, digest {digest}")),
    }
    if comments::are_in(&arguments.rules) {
        let warning = "warning: comments are not part of the rules, and were left out";
        outcome.errors.push(warning.to_owned());
    }
    outcome
}

/// The rules say the same in a mixed model.
fn make_mixed(document: &mut Document) {
    document.model_type = ModelKind::MixedModel;
    document.version = None;
}

fn form(name: &str) -> Result<Form, String> {
    Form::of_name(name).ok_or_else(|| "expected yaml, json, tsv, csv or xlsx".to_owned())
}
