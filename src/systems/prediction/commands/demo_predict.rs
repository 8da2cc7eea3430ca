//! `audience demo predict`: the bundled model answers the bundled customers, in a directory of its own.

use std::fs;
use std::io::{self, Cursor, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use clap::{ArgMatches, Args, FromArgMatches};
use tokio_util::sync::CancellationToken;

use super::answer_file::AnswerFile;
use super::grid_text::aligned;
use super::row_file::{RowFormat, RowReader};
use super::{model_file, model_report};
use crate::access::Identity;
use crate::models::Answers;
use crate::models::json_rows::answer_json;
use crate::process::{print_error_line, print_line};
use crate::settings::{Loaded, SettingsPlace};
use crate::systems::demo_directory::make_directory;
use crate::systems::prediction::serving::{Models, NewVersion, Served, SetAlias, Which};
use crate::systems::prediction::store::PROVED;
use crate::systems::{Command, Program, RunningProgram};

const MODEL: &str = "churn";
const ALIAS: &str = "champion";
const CUSTOMERS: &str = "customers.csv";
const ANSWERS: &str = "answers.csv";
const SETTINGS: &str = "settings.yaml";

const FILES: [(&str, &[u8]); 4] = [
    (
        "churn/model.onnx",
        include_bytes!("../../../../examples/prediction/churn/model.onnx"),
    ),
    (
        "churn/model.yaml",
        include_bytes!("../../../../examples/prediction/churn/model.yaml"),
    ),
    (
        "churn/golden.json",
        include_bytes!("../../../../examples/prediction/churn/golden.json"),
    ),
    (CUSTOMERS, ROWS),
];

const ROWS: &[u8] = include_bytes!("../../../../examples/prediction/customers.csv");

/// Customers that are shown.
const SHOWN: usize = 10;

#[derive(Debug, Args)]
struct DemoArguments {
    /// Directory to make [default: audience-predict, or the first free audience-predict-N]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Show it in a browser afterwards, also where the output is no terminal, until Ctrl-C
    #[arg(long)]
    serve: bool,
    /// End when the customers are answered
    #[arg(long, conflicts_with = "serve")]
    no_serve: bool,
}

pub(super) struct DemoPredictCommand;

#[async_trait]
impl Command for DemoPredictCommand {
    fn definition(&self) -> clap::Command {
        let command = clap::Command::new("predict").about(
            "Store the bundled model, and let it say which of the bundled customers will leave",
        );
        DemoArguments::augment_args(command)
    }

    fn below(&self) -> Option<&'static str> {
        Some("demo")
    }

    async fn run(&self, matches: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let arguments = DemoArguments::from_arg_matches(matches)?;
        let serves = arguments.serve || (!arguments.no_serve && io::stdout().is_terminal());
        let directory = make_directory(arguments.dir, "audience-predict")?;
        let shown = directory.display();
        print_line(&format!(
            "The example goes to {shown}/ — everything this leaves behind is there.\n"
        ));
        write_files(&directory)?;
        let place = SettingsPlace {
            directory: Some(directory.join(SETTINGS)),
        };
        let loaded = program.load(&place)?;
        let running = program.start(&loaded, None).await?;
        let stop = program.stop_on_signal()?;
        let done = predict(&*running, &loaded, &directory).await;
        let served = match &done {
            Ok(true) if serves => serve(&*running, stop).await,
            _ => Ok(()),
        };
        running.stop().await;
        let is_good = done?;
        served?;
        print_line(&format!(
            "\nGo on:\n  cd {shown}\n  \
             audience model list --settings {SETTINGS}\n  \
             audience model test {MODEL} --settings {SETTINGS}             whether it answers as its goldens say\n  \
             audience predict {MODEL} --settings {SETTINGS} --in {CUSTOMERS} --out -\n  \
             audience serve --settings {SETTINGS}                     then, in another terminal,\n  \
             curl -s -X POST localhost:8080/v1/models/{MODEL}/predict -H 'Content-Type: application/json' \\\n    \
             -d '{REQUEST}'\n\
             Remove it:\n  rm -r {shown}"
        ));
        Ok(match is_good {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }
}

const REQUEST: &str = r#"{"rows": [{"months": 3, "monthly_yen": 9800, "support_calls": 4, "plan": "light", "city": null}]}"#;

fn write_files(directory: &Path) -> anyhow::Result<()> {
    fs::create_dir(directory.join(MODEL))?;
    for (name, content) in FILES {
        fs::write(directory.join(name), content)?;
    }
    let absolute = fs::canonicalize(directory)?;
    let settings = format!(
        "# The settings of the example.\ndatabase: {{url: \"sqlite://{}/audience.db\"}}\n",
        absolute.display()
    );
    Ok(fs::write(directory.join(SETTINGS), settings)?)
}

/// `false`: the model was refused.
async fn predict(
    running: &dyn RunningProgram,
    loaded: &Loaded,
    directory: &Path,
) -> anyhow::Result<bool> {
    let store = running.platform().store.clone();
    let models = Models::beside(loaded, store, model_file::remotes(loaded)?);
    let by = Identity::local().name;
    let package = model_file::package(&directory.join(MODEL), None, loaded);
    let package = package.map_err(|faulty| anyhow::anyhow!("{}", faulty.0.join("; ")))?;
    let new = NewVersion {
        model: MODEL.to_owned(),
        file_name: format!("{MODEL}.zip"),
        bytes: package.to_bytes().into(),
        golden: None,
        model_yaml: None,
        by: by.clone(),
    };
    let added = models.add_version(new).await?;
    let reported = model_report::added(&added);
    print_line(reported.text.lines().next().unwrap_or_default());
    if added.state != PROVED {
        print_error_line(&reported.text);
        return Ok(false);
    }
    let set = SetAlias {
        model: MODEL.to_owned(),
        alias: ALIAS.to_owned(),
        version: added.version,
        unproved: false,
        by,
    };
    let moved = models.set_alias(set).await?;
    print_line(&model_report::moved(&moved.alias).text);
    let served = models.find(MODEL, &Which::Alias(ALIAS.to_owned())).await?;
    let answers = answer(&served, &directory.join(ANSWERS))?;
    print_answers(&served, &answers)?;
    Ok(true)
}

/// The answers to all customers, which go into a file, too.
fn answer(served: &Arc<Served>, path: &Path) -> anyhow::Result<Answers> {
    let signature = served.signature();
    let rows = RowReader::open(Cursor::new(ROWS), Some(RowFormat::Csv), signature);
    let batch = rows.and_then(|mut rows| rows.next_batch());
    let rows = batch
        .map_err(anyhow::Error::msg)?
        .context("there are no customers")?;
    let answers = served.score_blocking(&rows)?;
    let name = path
        .to_str()
        .context("the name of the directory is not text in UTF-8")?;
    let mut file = AnswerFile::open(name, RowFormat::Csv)?;
    file.write(signature, &answers)?;
    file.finish(signature)?;
    Ok(answers)
}

fn print_answers(served: &Served, answers: &Answers) -> anyhow::Result<()> {
    let mut reader = csv::Reader::from_reader(ROWS);
    let mut heads: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    heads.extend(["label", "score"].map(str::to_owned));
    let mut lines = vec![heads];
    for (row, record) in reader.records().enumerate().take(SHOWN) {
        let answer = answer_json(served.signature(), answers, row);
        let mut cells: Vec<String> = record?.iter().map(str::to_owned).collect();
        let label = answer.get("label").and_then(|label| label.as_str());
        cells.push(label.unwrap_or_default().to_owned());
        let score = answer.get("score").and_then(|score| score.as_f64());
        cells.push(score.map(|score| format!("{score:.3}")).unwrap_or_default());
        lines.push(cells);
    }
    print_line("\nCustomers, and whether they will leave:");
    for line in aligned(&lines) {
        print_line(&format!("  {line}"));
    }
    let left = answers.len().saturating_sub(SHOWN);
    print_line(&format!(
        "  … {left} more; {ANSWERS} has the answers to all"
    ));
    Ok(())
}

/// Shows the model in a browser, until somebody has seen enough.
async fn serve(running: &dyn RunningProgram, stop: CancellationToken) -> anyhow::Result<()> {
    let listening = |address| {
        print_line(&format!(
            "\nOpen it in a browser:\n  http://{address}/models/{MODEL}\n\
             All calls can be tried at http://{address}/docs — Ctrl-C ends"
        ));
    };
    running.serve(stop, &listening).await
}
