//! `audience predict`: the answers of a model to the rows of a file, without a server.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;

use async_trait::async_trait;
use clap::{ArgMatches, Args, FromArgMatches};
use serde_json::json;

use super::answer_file::AnswerFile;
use super::files::Faulty;
use super::model_file::{self, Answering};
use super::row_file::{RowFormat, RowReader};
use crate::printable::{counted, printable};
use crate::process::{print_document, print_error_line};
use crate::settings::Loaded;
use crate::systems::{Command, Program};

/// Bad usage, or a file with faults.
const BAD_USAGE: u8 = 2;

pub(super) struct PredictCommand;

#[derive(Debug, Args)]
struct PredictArguments {
    /// A stored model as NAME, NAME@ALIAS or NAME:VERSION; or a package, a zip, a bare file or an MLflow folder
    #[arg(value_name = "NAME|FILE")]
    model: String,
    /// Rows as CSV or JSON Lines, each with all features of the model; `-` is the standard input
    #[arg(long = "in", value_name = "FILE|-")]
    input: String,
    /// Where the answers go, in the order of the rows: CSV or JSON Lines by its ending, else like the rows;
    /// `-` is the standard output
    #[arg(long = "out", value_name = "FILE|-")]
    output: String,
    /// Print one JSON object when it is done; on standard error if the answers go to the standard output
    #[arg(long)]
    json: bool,
}

#[async_trait]
impl Command for PredictCommand {
    fn definition(&self) -> clap::Command {
        let command = clap::Command::new("predict")
            .about("Answer the rows of a file by a model, without a server")
            .display_order(2);
        PredictArguments::augment_args(command)
    }

    async fn run(&self, matches: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let arguments = PredictArguments::from_arg_matches(matches)?;
        let loaded = program.load(program.place())?;
        let model = match answering(&arguments.model, &loaded, program).await? {
            Ok(model) => model,
            Err(faulty) => return Ok(refused(faulty)),
        };
        let done = match predict(&arguments, &model).await {
            Ok(done) => done,
            Err(faulty) => return Ok(refused(faulty)),
        };
        report(&arguments, &model, &done);
        Ok(match done.faults {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        })
    }
}

fn refused(Faulty(lines): Faulty) -> ExitCode {
    for line in lines {
        print_error_line(&format!("error: {line}"));
    }
    ExitCode::from(BAD_USAGE)
}

async fn answering(
    given: &str,
    loaded: &Loaded,
    program: &dyn Program,
) -> anyhow::Result<Result<Answering, Faulty>> {
    if !model_file::is_file(given) {
        return model_file::find(given, loaded, program).await;
    }
    let path = Path::new(given);
    let package = match model_file::package(path, None, loaded) {
        Ok(package) => package,
        Err(faulty) => return Ok(Err(faulty)),
    };
    Answering::of_package(package, path, loaded).await
}

/// What became of the rows.
#[derive(Default)]
struct Done {
    rows: u64,
    /// Rows without an answer.
    faults: u64,
}

/// Whether the answers would replace the rows that they answer.
fn are_one_file(input: &str, output: &str) -> bool {
    let file = |path: &str| Path::new(path).canonicalize().ok();
    file(input).is_some_and(|input| Some(input) == file(output))
}

async fn predict(arguments: &PredictArguments, model: &Answering) -> Result<Done, Faulty> {
    let (input, output) = (arguments.input.as_str(), arguments.output.as_str());
    let of_input = |fault: String| Faulty(vec![format!("{}: {fault}", shown(input, "input"))]);
    let of_output =
        |fault: io::Error| Faulty(vec![format!("{}: {fault}", shown(output, "output"))]);
    if are_one_file(input, output) {
        let fault = "is the file of the answers, too; expected another one for --out";
        return Err(of_input(fault.to_owned()));
    }
    let signature = model.signature();
    let opened = open(input).map_err(|error| of_input(error.to_string()))?;
    let rows = RowReader::open(opened, RowFormat::of_name(input), signature);
    let mut rows = rows.map_err(of_input)?;
    let format = RowFormat::of_name(output).unwrap_or(rows.format);
    let mut answers = AnswerFile::open(output, format).map_err(of_output)?;
    let mut done = Done::default();
    while let Some(batch) = rows.next_batch().map_err(of_input)? {
        done.rows += batch.len() as u64;
        let answered = model.score(batch).await;
        let answered = answered.map_err(|fault| Faulty(vec![fault]))?;
        done.faults += answered.faults.len() as u64;
        if !answers.write(signature, &answered).map_err(of_output)? {
            return Ok(done);
        }
    }
    answers.finish(signature).map_err(of_output)?;
    if !rows.unused().is_empty() {
        let names: Vec<&str> = rows.unused().iter().map(String::as_str).collect();
        print_error_line(&format!(
            "columns that the model does not take were left aside: {}",
            printable(&names.join(", "))
        ));
    }
    Ok(done)
}

fn open(name: &str) -> io::Result<Box<dyn Read + Send>> {
    Ok(match name {
        "-" => Box::new(io::stdin()),
        name => Box::new(File::open(name)?),
    })
}

fn shown(name: &str, standard: &str) -> String {
    match name {
        "-" => format!("standard {standard}"),
        name => name.to_owned(),
    }
}

fn report(arguments: &PredictArguments, model: &Answering, done: &Done) {
    let Done { rows, faults } = *done;
    let (name, version) = match model.stored() {
        Some((name, version)) => (name, Some(version)),
        None => (arguments.model.as_str(), None),
    };
    if arguments.json {
        let report = json!({
            "model": name, "version": version, "rows": rows, "without_answer": faults,
            "out": arguments.output,
        });
        match arguments.output.as_str() {
            "-" => print_error_line(&report.to_string()),
            _ => print_document(&report.to_string()),
        }
        return;
    }
    let version = version.map(|version| format!(", version {version}"));
    print_error_line(&format!(
        "{} answered by {}{}",
        counted(rows, "row"),
        printable(name),
        version.unwrap_or_default()
    ));
    if faults > 0 {
        let rows = counted(faults, "row");
        print_error_line(&format!("{rows} without an answer; `error` says why"));
    }
}
