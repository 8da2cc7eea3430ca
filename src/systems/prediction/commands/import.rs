//! `audience import`: what a workbook holds, what a mapping would make of it, and how readable it is.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use clap::{ArgMatches, Args, FromArgMatches, Subcommand};
use serde_json::json;

use super::files::{self, Faulty};
use super::run::RunArguments;
use super::{lint, preview, run};
use crate::process::{print_document, print_error_line};
use crate::settings::Loaded;
use crate::systems::prediction::import::{self, Limits, PreviewLimits};
use crate::systems::prediction::importing::ChosenMapping;
use crate::systems::prediction::settings::PredictionSettings;
use crate::systems::{Command, Program};

/// Bad usage, or a file with faults.
const BAD_USAGE: u8 = 2;

pub(super) struct ImportCommand;

#[derive(Debug, Args)]
struct ImportArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the rows and problems that a mapping makes of a file; nothing is written
    Preview(PreviewArguments),
    /// Draft a mapping for a file
    Suggest(FileArguments),
    /// Judge a file by the rules for machine-readable tables (総務省, 統一ルール)
    Lint(FileArguments),
    /// Write the rows of a file into a database, in one transaction
    Run(RunArguments),
}

#[derive(Debug, Args)]
struct FileArguments {
    /// A workbook (xlsx, xls, ods), CSV or TSV
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Encoding of a CSV or TSV, such as cp932 [default: detected]
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct PreviewArguments {
    /// A workbook (xlsx, xls, ods), CSV or TSV
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// File of the mapping, or the name of one that is stored [default: the draft of `import suggest`]
    #[arg(long, value_name = "FILE|NAME")]
    mapping: Option<String>,
    /// Rows, problems and cells to show of each
    #[arg(long, value_name = "N", default_value_t = 20)]
    rows: usize,
    /// Print JSON, with up to 1000 of each unless --rows says more
    #[arg(long)]
    json: bool,
}

#[async_trait]
impl Command for ImportCommand {
    fn definition(&self) -> clap::Command {
        let command = clap::Command::new("import")
            .about("Make rows of workbooks and CSV files")
            .display_order(2);
        ImportArguments::augment_args(command)
    }

    async fn run(&self, matches: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let arguments = ImportArguments::from_arg_matches(matches)?;
        let loaded = program.load(program.place())?;
        let limits = loaded.system::<PredictionSettings>().imports.limits();
        let done = match arguments.action {
            Action::Preview(arguments) => show_preview(&arguments, &loaded, program).await?,
            Action::Suggest(arguments) => show_draft(&arguments, limits),
            Action::Lint(arguments) => show_lint(&arguments, limits),
            Action::Run(arguments) => run::run(arguments, loaded, program).await?,
        };
        Ok(match done {
            Ok(code) => code,
            Err(faulty) => {
                for line in faulty.0 {
                    print_error_line(&format!("error: {line}"));
                }
                ExitCode::from(BAD_USAGE)
            }
        })
    }
}

async fn show_preview(
    arguments: &PreviewArguments,
    loaded: &Loaded,
    program: &dyn Program,
) -> anyhow::Result<Result<ExitCode, Faulty>> {
    let chosen = match &arguments.mapping {
        Some(given) => Some(files::chosen(given, loaded, program).await?),
        None => None,
    };
    let limits = loaded.system::<PredictionSettings>().imports.limits();
    Ok(chosen
        .transpose()
        .and_then(|chosen| preview_of(arguments, chosen, limits)))
}

/// Without a mapping, with the one that is drafted.
fn preview_of(
    arguments: &PreviewArguments,
    chosen: Option<ChosenMapping>,
    limits: Limits,
) -> Result<ExitCode, Faulty> {
    let bytes = files::read(&arguments.file)?;
    let name = files::name(&arguments.file);
    let is_draft = chosen.is_none();
    let chosen = match chosen {
        Some(chosen) => chosen,
        None => files::draft(&name, &bytes, limits)?,
    };
    let mapping = chosen.mapping;
    let shown = PreviewLimits::default();
    let at_least = |most: usize| most.max(arguments.rows);
    let shown = PreviewLimits {
        rows: at_least(shown.rows),
        problems: at_least(shown.problems),
        skipped: at_least(shown.skipped),
        unused: at_least(shown.unused),
    };
    let made = import::preview(&name, &bytes, &mapping, limits, shown);
    let made = made.map_err(|error| Faulty::of(&arguments.file, error))?;
    match arguments.json {
        true => print_document(&json!(made).to_string()),
        false => preview::print(&made, arguments.rows, is_draft),
    }
    Ok(ExitCode::SUCCESS)
}

fn show_draft(arguments: &FileArguments, limits: Limits) -> Result<ExitCode, Faulty> {
    let bytes = files::read(&arguments.file)?;
    let (name, encoding) = (files::name(&arguments.file), arguments.encoding.as_deref());
    let draft = import::suggest(&name, &bytes, encoding, limits);
    let draft = draft.map_err(|error| Faulty::of(&arguments.file, error))?;
    match arguments.json {
        true => print_document(&json!({ "mapping": draft }).to_string()),
        false => print_document(draft.trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

fn show_lint(arguments: &FileArguments, limits: Limits) -> Result<ExitCode, Faulty> {
    let bytes: Arc<[u8]> = files::read(&arguments.file)?;
    let (name, encoding) = (files::name(&arguments.file), arguments.encoding.as_deref());
    let judged = import::lint(&name, &bytes, encoding, limits);
    let judged = judged.map_err(|error| Faulty::of(&arguments.file, error))?;
    match arguments.json {
        true => print_document(&json!(judged).to_string()),
        false => lint::print(&judged),
    }
    Ok(ExitCode::SUCCESS)
}
