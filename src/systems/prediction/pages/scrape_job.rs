//! A job that runs a scrape or extracts kept pages again: what became of each run, and the first problems.

use askama::Template;
use serde_json::Value;

use super::super::scraping::FLOW;
use super::data::read;
use super::previewing::more;
use super::scrape_data::{RunDetail, RunFigures};
use super::scrape_run_page::figures;
use super::scrape_shown::{run_path, run_state, scrape_path};
use super::shown::ProblemRow;
use crate::ui::{FlowPages, Frame, Job, JobPart, JobSummary, JobView, Markup, encoded, number};

/// Problems, and runs, that the page begins with.
const PROBLEMS: usize = 10;
const RUNS: usize = 100;

pub(super) struct ScrapePages;

/// A run.
#[derive(Template)]
#[template(path = "systems/prediction/pages/scrape_job.html")]
struct One<'a> {
    frame: &'a Frame,
    figures: Vec<(String, String)>,
    href: String,
    problems: Vec<ProblemRow>,
}

/// Runs whose pages were extracted again.
#[derive(Template)]
#[template(path = "systems/prediction/pages/scrape_job_runs.html")]
struct Many<'a> {
    frame: &'a Frame,
    more: Option<String>,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    day: String,
    state: Markup,
    reason: Option<String>,
    /// Inserted, updated, unchanged, pages and problems.
    counts: [String; 5],
}

impl FlowPages for ScrapePages {
    fn flow(&self) -> &'static str {
        FLOW
    }

    fn icon(&self) -> &'static str {
        "download"
    }

    fn name(&self) -> &'static str {
        "scrapes"
    }

    fn digest(&self, job: &JobSummary) -> Vec<String> {
        let version = job.request["version"].as_i64();
        let version = version.map(|version| version.to_string());
        let day = job.asked("day").map(str::to_owned);
        version.into_iter().chain(day).collect()
    }

    fn calls(&self, job: &Job) -> Vec<String> {
        match runs(job).as_slice() {
            [run] => vec![detail_path(run)],
            _ => Vec::new(),
        }
    }

    fn part(&self, view: &JobView<'_>) -> JobPart {
        let frame = view.frame;
        let answer = view.answers.first().cloned().unwrap_or_default();
        let main = match runs(view.job).as_slice() {
            [] => Markup::default(),
            [run] => Markup::rendered(&one(frame, run, &read(answer))),
            runs => Markup::rendered(&many(frame, runs)),
        };
        let scrape = view.job.summary.asked("scrape");
        JobPart {
            main,
            side: scrape.map_or_else(Markup::default, |scrape| side(frame, scrape)),
            request: request(frame, &view.job.summary),
            ..JobPart::default()
        }
    }
}

/// The runs that have ended.
fn runs(job: &Job) -> Vec<RunFigures> {
    let figures = &job.detail.figures;
    match figures.get("runs") {
        Some(runs) => read(Value::clone(runs)),
        None if figures.get("run").is_some() => vec![read(Value::clone(figures))],
        None => Vec::new(),
    }
}

fn detail_path(run: &RunFigures) -> String {
    format!(
        "/v1/scrapes/{}/runs/{}",
        encoded(&run.scrape),
        encoded(&run.run)
    )
}

fn one<'a>(frame: &'a Frame, run: &RunFigures, detail: &RunDetail) -> One<'a> {
    let problems = detail.problems.iter().take(PROBLEMS).enumerate();
    One {
        frame,
        figures: figures(frame, &detail.run),
        href: frame.path(&run_path(&run.scrape, &run.run)),
        problems: problems
            .map(|(no, problem)| ProblemRow::of(frame, no, problem))
            .collect(),
    }
}

fn many<'a>(frame: &'a Frame, runs: &[RunFigures]) -> Many<'a> {
    let rows = runs.iter().take(RUNS).map(|run| Row {
        href: frame.path(&run_path(&run.scrape, &run.run)),
        day: run.day.clone(),
        state: run_state(frame, &run.state),
        reason: run.reason.clone(),
        counts: [
            run.inserted,
            run.updated,
            run.unchanged,
            run.pages,
            run.problems,
        ]
        .map(number),
    });
    Many {
        frame,
        more: more(frame, runs.len() as u64, RUNS),
        rows: rows.collect(),
    }
}

/// Leads to the scrape.
#[derive(Template)]
#[template(path = "systems/prediction/pages/scrape_job_side.html")]
struct Side<'a> {
    frame: &'a Frame,
    href: String,
    scrape: &'a str,
}

fn side(frame: &Frame, scrape: &str) -> Markup {
    Markup::rendered(&Side {
        frame,
        href: frame.path(&scrape_path(scrape)),
        scrape,
    })
}

/// What was asked for, as far as people look for it.
fn request(frame: &Frame, job: &JobSummary) -> Vec<(String, String)> {
    let count = |value: &Value| value.as_u64().map(number);
    let facts = [
        ("scrapes-scrape", job.asked("scrape").map(str::to_owned)),
        ("imports-version", count(&job.request["version"])),
        ("scrapes-day", job.asked("day").map(str::to_owned)),
        ("scrapes-replay-runs", count(&job.request["replay"]["runs"])),
        ("imports-output", job.asked("output").map(str::to_owned)),
    ];
    let facts = facts.into_iter();
    let facts = facts.filter_map(|(word, value)| Some((frame.say(word), value?)));
    facts.collect()
}
