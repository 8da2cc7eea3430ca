//! `audience rules fmt RULES`

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::comments;
use super::outcome::{FAULTY, Outcome, read_good};
use super::output::{Target, save};
use crate::systems::labelling::rules::document::Document;
use crate::systems::labelling::rules::forms::{Expressions, Form, write, write_tree};

#[derive(Debug, Args)]
pub(super) struct FmtArguments {
    /// A .yaml, .json, .csv, .xlsx or .zip file, or a directory of TSV files with set.yaml
    #[arg(value_name = "RULES")]
    rules: PathBuf,
    /// Only say whether it would be written anew, by exit code 1
    #[arg(long)]
    check: bool,
    /// Write it anew although its comments are lost
    #[arg(long)]
    drop_comments: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &FmtArguments) -> Outcome {
    let path = &arguments.rules;
    let form = match path.is_dir() {
        true => path.join("set.yaml").is_file().then_some(Form::Tsv),
        false => Form::of_path(path),
    };
    let Some(form) = form else {
        let problem = format!(
            "`{}`: expected a .yaml, .json, .csv, .xlsx or .zip file, or a directory with set.yaml; \
             `audience rules convert` makes one",
            path.display()
        );
        return Outcome::bad_usage(&problem);
    };
    let document = match read_good(path, arguments.json) {
        Ok(document) => document,
        Err(outcome) => return outcome,
    };
    match is_formatted(&document, form, path) {
        Ok(true) => return said(arguments, false, Outcome::default()),
        Ok(false) => {}
        Err(outcome) => return outcome,
    }
    if arguments.check {
        let outcome = Outcome {
            code: FAULTY,
            ..Outcome::default()
        };
        return said(arguments, true, outcome);
    }
    if !arguments.drop_comments && comments::are_in(path) {
        let problem = format!(
            "`{}` has comments, which would be lost; put them into notes of rules, or give \
             --drop-comments",
            path.display()
        );
        return Outcome::bad_usage(&problem);
    }
    let target = match path.is_dir() {
        true => Target::Directory(path.clone()),
        false => Target::File(path.clone()),
    };
    match save(&document, form, Expressions::Formatted, &target) {
        Ok(()) => said(arguments, true, Outcome::default()),
        Err(outcome) => outcome,
    }
}

fn said(arguments: &FmtArguments, is_changed: bool, mut outcome: Outcome) -> Outcome {
    let path = arguments.rules.display().to_string();
    let word = match (is_changed, arguments.check) {
        (false, _) => "is formatted",
        (true, true) => "is not formatted",
        (true, false) => "was formatted",
    };
    match arguments.json {
        true => {
            let json = serde_json::json!({"path": path, "changed": is_changed});
            outcome.document = Some(json.to_string());
        }
        false => outcome.lines.push(format!("{path} {word}")),
    }
    outcome
}

/// Whether what is there is what would be written.
fn is_formatted(document: &Document, form: Form, path: &Path) -> Result<bool, Outcome> {
    let refused = |findings| Outcome::faulty(&findings, false);
    if path.is_dir() {
        let tree = write_tree(document, Expressions::Formatted).map_err(refused)?;
        let mut files = tree.iter();
        return Ok(files.all(|(file, content)| {
            fs::read(path.join(file)).is_ok_and(|written| written == *content)
        }));
    }
    let bytes = write(form, document, Expressions::Formatted).map_err(refused)?;
    Ok(fs::read(path).is_ok_and(|written| written == bytes))
}
