//! `audience jobs`, `job`, `cancel`, `resume`, `result` and `rm`: what the API does with jobs, on the
//! command line.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use console::Term;
use entity::{JobId, JobState};
use reqwest::Method;
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::target::{Answer, Found, Target, TargetArguments};
use crate::clock;
use crate::printable::printable;
use crate::process::{print_document, print_line};
use crate::settings::SettingsPlace;
use crate::systems::Systems;

/// Jobs that are asked for at once.
const PAGE: u64 = 200;

#[derive(Debug, Args)]
pub(super) struct JobsArguments {
    #[command(flatten)]
    target: TargetArguments,
    /// Only jobs in this state
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(states()))]
    state: Option<String>,
    /// Only runs of this flow
    #[arg(long)]
    flow: Option<String>,
    /// Only jobs of this queue
    #[arg(long)]
    queue: Option<String>,
    /// Only jobs that this one started: a token, or `schedules/NAME`, or `PROJECT/TRIGGER`
    #[arg(long, value_name = "NAME")]
    started_by: Option<String>,
    /// How many, newest first
    #[arg(long, value_name = "JOBS", default_value_t = 50)]
    limit: u64,
    /// Print one JSON object a line, as the API shows it
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct JobArguments {
    #[command(flatten)]
    target: TargetArguments,
    /// The id of the job
    #[arg(value_name = "ID")]
    id: JobId,
    /// Print one JSON object, as the API shows it
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ResultArguments {
    #[command(flatten)]
    target: TargetArguments,
    /// The id of the job
    #[arg(value_name = "ID")]
    id: JobId,
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// Only rows of this group; may be given several times
    #[arg(long)]
    group: Vec<String>,
    /// Only rows of this panel; may be given several times
    #[arg(long)]
    panel: Vec<String>,
    /// Write them to this file, which is there once it is complete [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Jsonl,
    Xlsx,
}

/// What is done to a job.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    Cancel,
    Resume,
    Remove,
}

fn states() -> impl Iterator<Item = &'static str> {
    JobState::ALL.iter().map(|state| state.as_str())
}

pub(super) async fn list(
    arguments: JobsArguments,
    place: &SettingsPlace,
    systems: &Systems,
) -> anyhow::Result<ExitCode> {
    let target = Target::open(arguments.target, place, systems).await?;
    let mut query = Serializer::new(String::new());
    let filters = [
        ("state", arguments.state),
        ("flow", arguments.flow),
        ("queue", arguments.queue),
        ("started_by", arguments.started_by),
    ];
    for (name, value) in filters {
        query.extend_pairs(value.map(|value| (name, value)));
    }
    let query = query.finish();
    let jobs = pages(&target, &query, arguments.limit).await;
    target.close().await;
    let jobs = jobs?;
    if arguments.json {
        jobs.iter().for_each(|job| print_document(&job.to_string()));
    } else {
        print_table(&jobs);
    }
    Ok(ExitCode::SUCCESS)
}

/// Up to so many jobs.
async fn pages(target: &Target, query: &str, limit: u64) -> anyhow::Result<Vec<Value>> {
    let (mut jobs, mut after) = (Vec::new(), String::new());
    while (jobs.len() as u64) < limit {
        let most = PAGE.min(limit - jobs.len() as u64);
        let path = format!("/v1/jobs?limit={most}&{query}{after}");
        let path = path.trim_end_matches('&');
        let mut page = target.call(Method::GET, path).await?.json().await?;
        if let Value::Array(more) = page["jobs"].take() {
            jobs.extend(more);
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    Ok(jobs)
}

const COLUMNS: [&str; 6] = ["ID", "STATE", "FLOW", "QUEUE", "CREATED", ""];

fn print_table(jobs: &[Value]) {
    let mut rows: Vec<[String; COLUMNS.len()]> = vec![COLUMNS.map(str::to_owned)];
    rows.extend(jobs.iter().map(|job| {
        let why = text(&job["error"]).or_else(|| text(&job["waiting"]));
        [
            text(&job["id"]).unwrap_or_default(),
            text(&job["state"]).unwrap_or_default(),
            text(&job["flow"]).unwrap_or_default(),
            text(&job["queue"]).unwrap_or_default(),
            time(&job["created_at"]).unwrap_or_default(),
            why.unwrap_or_default(),
        ]
    }));
    let width = |column: usize| {
        let cells = rows
            .iter()
            .map(|row| console::measure_text_width(&row[column]));
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..COLUMNS.len()).map(width).collect();
    let terminal = io::stdout().is_terminal().then(|| Term::stdout().size().1);
    for row in &rows {
        let cells = row.iter().zip(&widths);
        let cells = cells.map(|(cell, width)| {
            console::pad_str(cell, *width, console::Alignment::Left, None).into_owned()
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        let line = line.trim_end();
        match terminal {
            Some(width) => print_line(&console::truncate_str(line, usize::from(width), "…")),
            None => print_line(line),
        }
    }
}

/// A text of strangers, as people may read it.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(printable(text).into_owned()),
        other => Some(other.to_string()),
    }
}

/// In the time zone of this machine.
fn time(value: &Value) -> Option<String> {
    Some(clock::local_text(clock::parse(value.as_str()?)?))
}

pub(super) async fn show(
    arguments: JobArguments,
    place: &SettingsPlace,
    systems: &Systems,
) -> anyhow::Result<ExitCode> {
    let target = Target::open(arguments.target, place, systems).await?;
    let path = format!("/v1/jobs/{}", arguments.id);
    let job = json_of(target.call(Method::GET, &path).await).await;
    target.close().await;
    print_job(&job?, arguments.json);
    Ok(ExitCode::SUCCESS)
}

async fn json_of(answer: anyhow::Result<Answer>) -> anyhow::Result<Value> {
    answer?.json().await
}

fn print_job(job: &Value, as_json: bool) {
    if as_json {
        return print_document(&job.to_string());
    }
    let line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            print_line(&format!("{name:<9}{value}"));
        }
    };
    for name in ["id", "flow", "queue", "state", "waiting", "error"] {
        line(name, text(&job[name]));
    }
    line("created", time(&job["created_at"]));
    line("started", time(&job["started_at"]));
    line("ended", time(&job["ended_at"]));
    for step in job["steps"].as_array().into_iter().flatten() {
        let of = |name: &str| text(&step[name]).unwrap_or_default();
        let mut shown = format!(
            "{} {}, {} of {} batches, {} rows",
            of("name"),
            of("state"),
            of("batches_done"),
            of("batches_total"),
            of("rows")
        );
        if let Some(error) = text(&step["error"]) {
            shown.push_str(": ");
            shown.push_str(&error);
        }
        line("step", Some(shown));
        for note in step["notes"].as_array().into_iter().flatten() {
            line("", text(note));
        }
    }
}

pub(super) async fn act(
    arguments: JobArguments,
    action: Action,
    place: &SettingsPlace,
    systems: &Systems,
) -> anyhow::Result<ExitCode> {
    let target = Target::open(arguments.target, place, systems).await?;
    let id = &arguments.id;
    let mut what = "job";
    let done = match action {
        Action::Cancel => {
            let [job, run] = ["jobs", "runs"].map(|kind| format!("/v1/{kind}/{id}/cancel"));
            match target.call_either(Method::POST, &job, &run).await {
                Ok((found, answer)) => {
                    if found == Found::Second {
                        what = "run";
                    }
                    answer.json().await
                }
                Err(error) => Err(error),
            }
        }
        Action::Resume => {
            let path = format!("/v1/jobs/{id}/resume");
            json_of(target.call(Method::POST, &path).await).await
        }
        Action::Remove => {
            let path = format!("/v1/jobs/{id}");
            let removed = target.call(Method::DELETE, &path).await;
            removed.map(|_| json!({ "id": id.as_str(), "removed": true }))
        }
    };
    target.close().await;
    let done = done?;
    if arguments.json {
        print_document(&done.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let state = text(&done["state"]).unwrap_or_default();
    print_line(&match action {
        Action::Cancel if state == JobState::Cancelled.as_str() => {
            format!("{what} {id} is cancelled")
        }
        Action::Cancel => format!("{what} {id} is asked to stop; it is {state}"),
        Action::Resume => format!("job {id} continues; it is {state}"),
        Action::Remove => format!("job {id} is removed with its results"),
    });
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn fetch(
    arguments: ResultArguments,
    place: &SettingsPlace,
    systems: &Systems,
) -> anyhow::Result<ExitCode> {
    let (id, output) = (arguments.id, arguments.output);
    if arguments.format == Format::Xlsx && output.is_none() && io::stdout().is_terminal() {
        bail!("--format xlsx: a workbook is not for a terminal: name a file with --output");
    }
    let format = match arguments.format {
        Format::Csv => "csv",
        Format::Jsonl => "jsonl",
        Format::Xlsx => "xlsx",
    };
    let mut query = Serializer::new(String::new());
    query.append_pair("format", format);
    query.extend_pairs(arguments.group.iter().map(|group| ("group", group)));
    query.extend_pairs(arguments.panel.iter().map(|panel| ("panel", panel)));
    let path = format!("/v1/jobs/{id}/result?{}", query.finish());
    let target = Target::open(arguments.target, place, systems).await?;
    let written = match target.call(Method::GET, &path).await {
        Ok(answer) => write(answer, output.as_deref()).await,
        Err(error) => Err(error),
    };
    target.close().await;
    written?;
    Ok(ExitCode::SUCCESS)
}

/// Writes an answer as it comes. A file gets its name once it is complete.
async fn write(mut answer: Answer, output: Option<&Path>) -> anyhow::Result<()> {
    let Some(output) = output else {
        let mut out = io::stdout().lock();
        while let Some(bytes) = answer.next().await? {
            match out.write_all(&bytes).and_then(|()| out.flush()) {
                Ok(()) => {}
                // Its reader has seen enough.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
                Err(error) => return Err(error).context("failed to write to standard output"),
            }
        }
        return Ok(());
    };
    let mut part = output.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let named = || format!("{} (--output)", output.display());
    let mut file = File::create(&part).with_context(named)?;
    let written = async {
        while let Some(bytes) = answer.next().await? {
            file.write_all(&bytes).with_context(named)?;
        }
        file.sync_all().with_context(named)?;
        std::fs::rename(&part, output).with_context(named)
    };
    let written = written.await;
    if written.is_err() {
        // What it was written for did not happen.
        std::fs::remove_file(&part).ok();
    }
    written
}
