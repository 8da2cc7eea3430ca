//! How a run ends, and what is stored of it.

use entity::{scrape_page, scrape_problem, scrape_run};
use serde_json::json;

use super::batch::ScrapeBatch;
use super::fetching::{Fetched, KeptPages, ended_of, ended_word, raw_until};
use super::params::ScrapeParams;
use super::scrapes::plan_of;
use super::{FAILED, FLOW, SUCCEEDED, UNCHANGED};
use crate::clock;
use crate::engine::seam::StepError;
use crate::engine::store::blob_digest;
use crate::engine::store::notifications::NewNotification;
use crate::systems::prediction::import::Problem;
use crate::systems::prediction::scrape::{Outcome, Remembered, Report};
use crate::systems::prediction::store::{FreshScrape, RunRows};
use crate::systems::prediction::writing::{TableFate, WriteError, WrittenPages};
use crate::telemetry::metrics::metrics;

/// What people are told of a run that has failed.
const SCRAPE_FAILED: &str = "scrape.failed";

/// What becomes of a first slice.
pub(super) enum Ending {
    /// Its pages are to be written.
    Fetched(Fetched, Vec<scrape_page::Model>),
    /// Its site is away; why.
    Away(String),
    Ended(Box<Ended>),
}

/// A run that has ended.
#[derive(Default)]
pub(super) struct Ended {
    /// Why it has failed.
    failure: Option<String>,
    is_unchanged: bool,
    /// The run whose pages it has extracted again, and its day.
    replay_of: Option<(String, String)>,
    began_at: i64,
    pages: u32,
    unchanged_pages: u32,
    bytes: u64,
    ended: Option<String>,
    rows: u64,
    left_out: u64,
    problem_count: u64,
    problems: Vec<Problem>,
    tables: Vec<TableFate>,
    /// `None`: it says nothing new of its pages.
    remembered: Option<Vec<Remembered>>,
    /// Pages that are still to be stored.
    new_pages: Vec<scrape_page::Model>,
    /// The epoch of the file with its pages.
    raw_epoch: Option<i64>,
}

impl Ended {
    /// Before anything was fetched.
    pub fn failed(began_at: i64, why: String) -> Self {
        Self {
            failure: Some(why),
            began_at,
            ..Self::default()
        }
    }

    /// Without anything to write.
    pub fn of_fetched(
        began_at: i64,
        report: Report,
        problems: Vec<Problem>,
        kept: Option<KeptPages>,
    ) -> Self {
        let (raw_epoch, new_pages) = match kept {
            Some((epoch, pages)) => (Some(epoch), pages),
            None => (None, Vec::new()),
        };
        let failure = match &report.outcome {
            Outcome::Failed { why, .. } => Some(why.clone()),
            _ => None,
        };
        let ended = Self {
            failure,
            began_at,
            pages: report.pages,
            unchanged_pages: report.unchanged_pages,
            bytes: report.bytes,
            ended: ended_word(&report),
            ..Self::default()
        };
        match report.outcome {
            // What came out of these pages was stored when they were new.
            Outcome::Unchanged => Self {
                is_unchanged: true,
                remembered: Some(report.remembered),
                ..ended
            },
            _ => Self {
                rows: report.rows,
                left_out: report.left_out,
                problem_count: report.problems,
                problems,
                new_pages,
                raw_epoch,
                ..ended
            },
        }
    }

    pub fn of_written(fetched: Fetched, written: Result<WrittenPages, WriteError>) -> Self {
        Self {
            began_at: fetched.began_at,
            unchanged_pages: fetched.unchanged_pages,
            bytes: fetched.bytes,
            ended: fetched.ended,
            remembered: Some(fetched.remembered),
            raw_epoch: Some(fetched.epoch),
            ..Self::default()
        }
        .with(written)
    }

    pub fn of_replay(kept: scrape_run::Model, written: Result<WrittenPages, WriteError>) -> Self {
        let written = written.map(|mut written| {
            // Its pages end where the run ended.
            written.report.ended = ended_of(kept.ended.as_deref());
            written.report.name_unfetched_pages();
            written
        });
        Self {
            began_at: clock::now_micros(),
            ended: kept.ended,
            replay_of: Some((kept.id, kept.day)),
            ..Self::default()
        }
        .with(written)
    }

    fn with(mut self, written: Result<WrittenPages, WriteError>) -> Self {
        match written {
            Err(error) => self.failure = Some(error.public_message()),
            Ok(written) => {
                let report = written.report;
                self.pages = report.pages;
                self.bytes = report.bytes;
                self.rows = report.rows;
                self.left_out = report.left_out;
                self.problem_count = report.problems;
                self.problems = written.problems;
                self.tables = written.tables.unwrap_or_default();
                if let Outcome::Failed { why, .. } = report.outcome {
                    self.failure = Some(why);
                }
            }
        }
        self
    }

    fn state(&self) -> &'static str {
        match (&self.failure, self.is_unchanged) {
            (Some(_), _) => FAILED,
            (None, true) => UNCHANGED,
            (None, false) => SUCCEEDED,
        }
    }
}

/// All that is stored of the end of a run.
pub(super) async fn finished(batch: &ScrapeBatch, ended: Ended) -> Result<RunRows, StepError> {
    let (params, context) = (&batch.step.params, &batch.context);
    let engine = batch.step.scrapes.store().engine();
    let job = engine.jobs().find(&context.job.job).await?;
    let job = job.ok_or_else(|| StepError::refused("the job is not there any more"))?;
    let plan = plan_of(&params.scrape, params.mapping.as_ref()).map_err(StepError::refused)?;
    let id = batch.id();
    let name = params.scrape.name.clone();
    let (replay_of, day) = match ended.replay_of.clone() {
        Some((run, day)) => (Some(run), day),
        None => (None, params.day.to_string()),
    };
    let mut run = scrape_run::Model {
        id: id.clone(),
        job_id: context.job.job.clone(),
        scrape: name.clone(),
        version: params.scrape.version,
        day,
        state: ended.state().to_owned(),
        reason: ended.failure.clone(),
        replay_of,
        started_by: job.starter,
        began_at: ended.began_at,
        at: clock::now_micros(),
        pages: small(ended.pages),
        unchanged_pages: small(ended.unchanged_pages),
        bytes: signed(ended.bytes),
        ended: ended.ended.clone(),
        rows_found: signed(ended.rows),
        rows_left_out: signed(ended.left_out),
        rows_inserted: 0,
        rows_updated: 0,
        rows_unchanged: 0,
        problems: signed(ended.problem_count),
        output: plan.scrape.output.clone(),
        tables: serde_json::to_string(&ended.tables).map_err(unstorable)?,
        raw_until: ended.raw_epoch.map(|_| raw_until(&plan)),
        raw_epoch: ended.raw_epoch,
    };
    for TableFate { fate, .. } in &ended.tables {
        run.rows_inserted += signed(fate.inserted);
        run.rows_updated += signed(fate.updated);
        run.rows_unchanged += signed(fate.unchanged);
    }
    count(&run);
    let fresh = match (&ended.failure, &ended.remembered) {
        (None, Some(remembered)) => Some(FreshScrape {
            name: name.clone(),
            digest: digest(params),
            remembered: serde_json::to_string(remembered).map_err(unstorable)?,
            at: run.at,
        }),
        _ => None,
    };
    let interest = engine.interest();
    // Of a replay the end of its job tells, once for all days.
    let is_wanted = || {
        run.replay_of.is_none() && (job.started_by.is_some() || interest.wants(SCRAPE_FAILED, FLOW))
    };
    let notification = ended.failure.as_ref().filter(|_| is_wanted());
    let notification = notification.map(|why| NewNotification {
        kind: SCRAPE_FAILED,
        about: context.job.job.to_string(),
        flow: FLOW.to_owned(),
        name: Some(name),
        started_by: job.started_by.clone(),
        data: json!({
            "state": FAILED, "error": why,
            "figures": { "day": run.day, "pages": run.pages, "rows": run.rows_found },
        }),
        ..NewNotification::default()
    });
    let problems = (1..).zip(ended.problems);
    let problems = problems.map(|(no, problem)| scrape_problem::Model {
        run_id: id.clone(),
        no,
        cell: problem.cell,
        into_table: problem.table,
        into_column: problem.column,
        code: problem.code.name().to_owned(),
        text: problem.text,
        message: problem.message,
    });
    Ok(RunRows {
        problems: problems.collect(),
        run: Some(run),
        pages: ended.new_pages,
        fresh,
        waiting: None,
        waits_no_more: Some(context.job.job.clone()),
        notification,
    })
}

fn count(run: &scrape_run::Model) {
    let labels = [
        ("scrape", run.scrape.as_str()),
        ("state", run.state.as_str()),
    ];
    let scrape = [("scrape", run.scrape.as_str())];
    metrics().scrape_runs.add(1, &labels);
    let rows = run.rows_inserted + run.rows_updated;
    metrics().scrape_rows.add(rows.unsigned_abs(), &scrape);
    metrics()
        .scrape_problems
        .add(run.problems.unsigned_abs(), &scrape);
}

/// Of all that decides what becomes of a page.
pub(super) fn digest(params: &ScrapeParams) -> String {
    let mapping = params.mapping.as_ref();
    let mapping = mapping.map_or("", |mapping| mapping.text.as_str());
    blob_digest(format!("{}\0{mapping}", params.scrape.text).as_bytes())
}

pub(super) fn unstorable(error: serde_json::Error) -> StepError {
    StepError::refused("what became of the run cannot be stored").caused_by(error)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn small(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
