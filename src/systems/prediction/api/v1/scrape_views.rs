//! Scrapes and their runs, as callers see them.

use entity::{job, scrape_page, scrape_problem, scrape_run, scrape_state};
use poem_openapi::Object;
use serde_json::Value;

use super::problems::CellProblem;
use super::views::ImportedTable;
use crate::clock;
use crate::engine::triggers::next_fires;
use crate::http::submit::shown_request;
use crate::systems::prediction::scraping::{Entry, Freshness, Trial};
use crate::systems::prediction::writing::TableFate;

/// The scrapes of this server, by name.
#[derive(Object)]
pub(super) struct ScrapeList {
    pub scrapes: Vec<ScrapeView>,
}

/// A scrape.
#[derive(Object)]
pub(super) struct ScrapeView {
    name: String,
    version: i32,
    /// YAML.
    text: String,
    changed_by: String,
    changed_at: String,
    /// Whether its schedule is paused.
    paused: bool,
    /// When it runs next, five times; empty if nothing runs it by itself.
    next: Vec<String>,
    freshness: FreshnessView,
    /// The newest run, or replay, that has not ended, with what it waits for.
    current: Option<ScrapeRunView>,
    /// The newest run that has ended, replays left out.
    last_run: Option<ScrapeRunView>,
}

/// How fresh the rows of a scrape are.
#[derive(Object)]
struct FreshnessView {
    /// `fresh`; `stale`: no run has gone well for longer than `stale_after_h`; `new`: no run has gone well yet.
    state: String,
    /// When a run last went well: its pages were fetched, or had not changed.
    fresh_at: Option<String>,
    stale_after_h: Option<f64>,
}

/// Runs of a scrape.
#[derive(Object)]
pub(super) struct ScrapeRunPage {
    pub runs: Vec<ScrapeRunView>,
    /// Pass it as `after` to get the runs before these; absent on the last page.
    pub next: Option<String>,
}

/// A run of a scrape.
#[derive(Object)]
pub(super) struct ScrapeRunView {
    id: String,
    job_id: String,
    scrape: String,
    /// `null`: the scrape came with the run.
    version: Option<i32>,
    /// What `{day}` meant.
    day: Option<String>,
    /// `succeeded`, `unchanged` (the site had nothing new) or `failed`; before, the state of its job.
    state: String,
    /// Why it has failed, or what it waits for.
    reason: Option<String>,
    /// The run whose kept pages it has extracted again.
    replay_of: Option<String>,
    started_by: Option<String>,
    began_at: Option<String>,
    ended_at: Option<String>,
    pages: i32,
    /// Those that were as they had been.
    unchanged_pages: i32,
    /// Of all pages, unpacked.
    bytes: i64,
    /// Why there was no further page: `one_page`, `no_rows`, `first_empty`, `not_found`, `repeated`, `no_next` or `max`.
    ended: Option<String>,
    rows: ScrapedRows,
    /// Values that could not be used.
    problems: i64,
    tables: Vec<ImportedTable>,
    /// Until when its pages are kept; absent if there are none.
    pages_kept_until: Option<String>,
}

/// What became of scraped rows.
#[derive(Default, Object)]
struct ScrapedRows {
    found: i64,
    /// Without a value that they need, or with the key of another one.
    left_out: i64,
    inserted: i64,
    updated: i64,
    /// The same as before, or fetched later than these.
    unchanged: i64,
}

/// A run of a scrape with its pages and problems.
#[derive(Object)]
pub(super) struct ScrapeRunDetail {
    pub run: ScrapeRunView,
    /// Pages that are kept.
    pub pages: Vec<ScrapePageView>,
    /// The first hundred.
    pub problems: Vec<CellProblem>,
}

/// A page that was fetched.
#[derive(Object)]
pub(super) struct ScrapePageView {
    /// From 1, in the order of the run.
    number: u32,
    /// Behind redirects; secrets are stars.
    url: String,
    content_type: Option<String>,
    /// Unpacked.
    bytes: u64,
    fetched_at: String,
}

/// What came of a scrape that was tried.
#[derive(Object)]
pub(super) struct ScrapeTrial {
    scrape: String,
    day: String,
    /// `succeeded`; `failed`; `cut`: there is more than is looked at.
    outcome: String,
    /// Why it has failed, or how much is looked at.
    reason: Option<String>,
    pages: Vec<ScrapePageView>,
    tables: Vec<TriedRows>,
    /// The first hundred.
    problems: Vec<CellProblem>,
    problem_count: u64,
}

/// Rows for one table.
#[derive(Object)]
struct TriedRows {
    into: String,
    /// Columns with their values, and `_place`, the page and the row of the page.
    rows: Vec<Value>,
}

impl ScrapeView {
    pub fn of(
        entry: &Entry,
        state: Option<&scrape_state::Model>,
        current: Option<ScrapeRunView>,
        last_run: Option<scrape_run::Model>,
    ) -> Self {
        let definition = &entry.definition;
        let trigger = entry.trigger();
        let paused = trigger.as_ref().is_some_and(|trigger| trigger.is_paused);
        let next = match &trigger {
            Some(trigger) if !paused => next_fires(trigger),
            _ => Vec::new(),
        };
        Self {
            name: definition.name.clone(),
            version: definition.version,
            text: definition.text.clone(),
            changed_by: definition.changed_by.clone(),
            changed_at: clock::rfc3339(definition.at),
            paused,
            next: next.into_iter().map(clock::rfc3339).collect(),
            freshness: FreshnessView::of(entry, state),
            current,
            last_run: last_run.map(ScrapeRunView::of),
        }
    }
}

impl FreshnessView {
    fn of(entry: &Entry, state: Option<&scrape_state::Model>) -> Self {
        let scrape = entry.scrape.as_ref().zip(state);
        let freshness = scrape.map(|(scrape, state)| {
            let now = clock::now_micros();
            Freshness::of(scrape, state, now)
        });
        let fresh_at = freshness.and_then(|freshness| freshness.fresh_at);
        let is_stale = freshness.is_some_and(|freshness| freshness.is_stale);
        let word = match (is_stale, fresh_at) {
            (true, _) => "stale",
            (false, Some(_)) => "fresh",
            (false, None) => "new",
        };
        Self {
            state: word.to_owned(),
            fresh_at: fresh_at.map(clock::rfc3339),
            stale_after_h: freshness.and_then(|freshness| freshness.stale_after_h),
        }
    }
}

impl ScrapeRunView {
    pub fn of(run: scrape_run::Model) -> Self {
        let tables: Vec<TableFate> = serde_json::from_str(&run.tables).unwrap_or_default();
        Self {
            id: run.id,
            job_id: run.job_id.to_string(),
            scrape: run.scrape,
            version: run.version,
            day: Some(run.day),
            state: run.state,
            reason: run.reason,
            replay_of: run.replay_of,
            started_by: run.started_by,
            began_at: Some(clock::rfc3339(run.began_at)),
            ended_at: Some(clock::rfc3339(run.at)),
            pages: run.pages,
            unchanged_pages: run.unchanged_pages,
            bytes: run.bytes,
            ended: run.ended,
            rows: ScrapedRows {
                found: run.rows_found,
                left_out: run.rows_left_out,
                inserted: run.rows_inserted,
                updated: run.rows_updated,
                unchanged: run.rows_unchanged,
            },
            problems: run.problems,
            tables: tables.into_iter().map(ImportedTable::from).collect(),
            pages_kept_until: run.raw_until.map(clock::rfc3339),
        }
    }

    /// One that has not ended.
    pub fn of_job(job: &job::Model, waits_for: Option<String>) -> Self {
        let request = shown_request(job);
        let text = |name: &str| request[name].as_str().map(str::to_owned);
        let version = request["version"].as_i64();
        Self {
            id: job.id.to_string(),
            job_id: job.id.to_string(),
            scrape: text("scrape").unwrap_or_default(),
            version: version.and_then(|version| version.try_into().ok()),
            day: text("day"),
            state: job.state.as_str().to_owned(),
            reason: job.error.clone().or(waits_for),
            replay_of: None,
            started_by: job.starter.clone(),
            began_at: job.started_at.map(clock::rfc3339),
            ended_at: job.ended_at.map(clock::rfc3339),
            pages: 0,
            unchanged_pages: 0,
            bytes: 0,
            ended: None,
            rows: ScrapedRows::default(),
            problems: 0,
            tables: Vec::new(),
            pages_kept_until: None,
        }
    }
}

impl From<scrape_page::Model> for ScrapePageView {
    fn from(page: scrape_page::Model) -> Self {
        Self {
            number: page.no.unsigned_abs(),
            url: page.url,
            content_type: page.content_type,
            bytes: page.bytes.unsigned_abs(),
            fetched_at: clock::rfc3339(page.at),
        }
    }
}

impl From<scrape_problem::Model> for CellProblem {
    fn from(row: scrape_problem::Model) -> Self {
        Self {
            cell: row.cell,
            table: row.into_table,
            column: row.into_column,
            code: row.code,
            text: row.text,
            message: row.message,
        }
    }
}

impl From<Trial> for ScrapeTrial {
    fn from(trial: Trial) -> Self {
        let pages = trial.pages.into_iter().map(|page| ScrapePageView {
            number: page.number,
            url: page.url,
            content_type: page.content_type,
            bytes: page.bytes,
            fetched_at: page.fetched_at,
        });
        let tables = trial.tables.into_iter().map(|table| TriedRows {
            into: table.into,
            rows: table.rows.into_iter().map(Value::Object).collect(),
        });
        Self {
            scrape: trial.scrape,
            day: trial.day.to_string(),
            outcome: trial.outcome.to_owned(),
            reason: trial.reason,
            pages: pages.collect(),
            tables: tables.collect(),
            problems: trial.problems.into_iter().map(CellProblem::from).collect(),
            problem_count: trial.problem_count,
        }
    }
}
