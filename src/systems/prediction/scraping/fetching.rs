//! The first slice of a run: fetches its pages, and keeps them.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use entity::scrape_page;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ending::{Ended, Ending, digest};
use super::kind::ScrapeStep;
use super::pack::{Pack, PageSender, drop_pages};
use crate::clock;
use crate::engine::seam::{BatchContext, StepError};
use crate::systems::prediction::import::Problem;
use crate::systems::prediction::scrape::{
    KeptPage, Outcome, PagesEnded, Plan, Remembered, Report, RunSink, ScrapedRow, SiteFetcher,
    Start, run,
};

/// A run whose pages are kept, as its checkpoint has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Fetched {
    /// Of the lease under which they were written.
    pub epoch: i64,
    /// Microseconds since 1970.
    pub began_at: i64,
    pub unchanged_pages: u32,
    pub bytes: u64,
    pub ended: Option<String>,
    pub remembered: Vec<Remembered>,
}

pub(super) struct Fetching<'f> {
    pub step: &'f ScrapeStep,
    pub context: &'f BatchContext,
    pub plan: &'f Arc<Plan>,
    /// Its id.
    pub run: &'f str,
}

impl Fetching<'_> {
    pub async fn fetch(&self) -> Result<Ending, StepError> {
        let scrapes = &self.step.scrapes;
        let epoch = self.context.job.epoch;
        let began_at = self.context.job.started_at;
        let secrets = match scrapes.secrets(self.plan) {
            Ok(secrets) => secrets,
            Err(why) => return Ok(Ending::Ended(Box::new(Ended::failed(began_at, why)))),
        };
        let start = Start {
            day: self.step.params.day,
            secrets,
            remembered: self.remembered().await?,
        };
        let shared = scrapes.shared();
        // What an earlier attempt has left.
        drop_pages(&shared.files, self.run).await?;
        let pack = Pack::begin(shared.files.clone(), self.run, epoch);
        let mut sink = Keeping {
            pages: pack.sender(),
            problems: Vec::new(),
            problems_max: shared.problems_max,
        };
        let fetcher = SiteFetcher {
            web: &shared.web,
            plan: self.plan,
            patience: None,
        };
        let report = tokio::select! {
            () = self.context.cancel.cancelled() => return Err(StepError::stopped()),
            report = run(self.plan, &start, &fetcher, &mut sink) => report,
        };
        let problems = sink.problems;
        match &report.outcome {
            Outcome::Succeeded => {
                let pages = pack.finish().await?;
                Ok(Ending::Fetched(fetched(epoch, began_at, report), pages))
            }
            // The pages that were the same are kept with the run that fetched them first.
            Outcome::Unchanged => {
                let ended = Ended::of_fetched(began_at, report, problems, None);
                Ok(Ending::Ended(Box::new(ended)))
            }
            Outcome::Failed {
                why,
                is_transient: true,
            } => Ok(Ending::Away(why.clone())),
            Outcome::Failed { .. } => {
                let pages = pack.finish().await?;
                let kept = (!pages.is_empty()).then_some((epoch, pages));
                let ended = Ended::of_fetched(began_at, report, problems, kept);
                Ok(Ending::Ended(Box::new(ended)))
            }
            // The writer of pages has failed, and says why.
            Outcome::Stopped => {
                pack.finish().await?;
                Err(StepError::retry("the pages could not be kept"))
            }
        }
    }

    /// What the last run that went well remembers of its pages, if it did the same with them.
    async fn remembered(&self) -> Result<HashMap<String, Remembered>, StepError> {
        let params = &self.step.params;
        let state = self.step.scrapes.store();
        let state = state.scrape_state(&params.scrape.name).await?;
        let known = state.filter(|state| state.digest == Some(digest(params)));
        let known = known.and_then(|state| state.remembered);
        // What cannot be read any more is fetched again.
        let known = known.and_then(|known| serde_json::from_str::<Vec<Remembered>>(&known).ok());
        let known = known.unwrap_or_default().into_iter();
        Ok(known.map(|one| (one.request.clone(), one)).collect())
    }
}

fn fetched(epoch: i64, began_at: i64, report: Report) -> Fetched {
    Fetched {
        epoch,
        began_at,
        unchanged_pages: report.unchanged_pages,
        bytes: report.bytes,
        ended: ended_word(&report),
        remembered: report.remembered,
    }
}

/// Why there was no further page, in a word.
pub(super) fn ended_word(report: &Report) -> Option<String> {
    let ended = report.ended.as_ref();
    let word = ended.and_then(|ended| serde_json::to_value(ended).ok());
    word.and_then(|word| match word {
        Value::String(word) => Some(word),
        _ => None,
    })
}

/// What such a word means; `None` of one that another version of the program has stored.
pub(super) fn ended_of(word: Option<&str>) -> Option<PagesEnded> {
    serde_json::from_value(Value::from(word?)).ok()
}

/// Keeps pages; rows are extracted again when they are written.
struct Keeping {
    pages: PageSender,
    problems: Vec<Problem>,
    problems_max: usize,
}

const ON: ControlFlow<()> = ControlFlow::Continue(());

impl RunSink for Keeping {
    fn page(&mut self, page: KeptPage) -> ControlFlow<()> {
        match self.pages.send(page) {
            true => ON,
            false => ControlFlow::Break(()),
        }
    }

    fn row(&mut self, _: &ScrapedRow<'_>) -> ControlFlow<()> {
        ON
    }

    fn problem(&mut self, problem: Problem) -> ControlFlow<()> {
        if self.problems.len() < self.problems_max {
            self.problems.push(problem);
        }
        ON
    }
}

/// The pages of a run with the epoch of their file.
pub(super) type KeptPages = (i64, Vec<scrape_page::Model>);

/// Microseconds of so many days.
pub(super) fn days(days: u32) -> i64 {
    i64::from(days).saturating_mul(86_400_000_000)
}

/// Until when the pages of a run that ends now are kept.
pub(super) fn raw_until(plan: &Plan) -> i64 {
    clock::now_micros().saturating_add(days(plan.scrape.keep_raw_days))
}
