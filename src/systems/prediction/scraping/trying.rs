//! A scrape that is tried: its pages are fetched and extracted, and nothing is stored.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::scrapes::{ChosenScrape, Scrapes};
use crate::clock;
use crate::systems::prediction::import::Problem;
use crate::systems::prediction::scrape::{
    KeptPage, Outcome, Plan, RunSink, ScrapedRow, SiteFetcher, Start, run,
};

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TrialLimits {
    pub pages: usize,
    pub rows: usize,
    pub problems: usize,
    /// `None`: as long as it takes.
    pub time: Option<Duration>,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Trial {
    pub scrape: String,
    pub day: NaiveDate,
    /// `succeeded`, `failed`, or `cut`: there is more than is looked at.
    pub outcome: &'static str,
    /// Why it has failed, or what of it is not here.
    pub reason: Option<String>,
    pub pages: Vec<TriedPage>,
    /// Of all rows, the first ones.
    pub tables: Vec<TriedTable>,
    pub problems: Vec<Problem>,
    pub problem_count: u64,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct TriedPage {
    pub number: u32,
    pub url: String,
    pub content_type: Option<String>,
    pub bytes: u64,
    pub fetched_at: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct TriedTable {
    pub into: String,
    /// Columns with their values, and `_place`.
    pub rows: Vec<Map<String, Value>>,
    pub row_count: u64,
}

/// A site that is not to be asked for longer is not waited for: whoever tries a scrape is told so.
const PATIENCE: Duration = Duration::from_secs(60);

struct Looking<'l> {
    plan: &'l Plan,
    limits: TrialLimits,
    trial: Trial,
    rows: usize,
}

impl Scrapes {
    /// Fetches as much as is looked at, with one try for each page.
    pub(crate) async fn try_out(
        &self,
        chosen: &ChosenScrape,
        day: Option<NaiveDate>,
        limits: TrialLimits,
    ) -> Trial {
        let day = day.unwrap_or_else(|| chosen.today());
        let mut plan = (*chosen.plan).clone();
        // Whoever tries it waits for the answer.
        plan.scrape.retry.tries = 1;
        let plan = Arc::new(plan);
        let tables = plan.tables.iter().map(|table| TriedTable {
            into: table.into.clone(),
            rows: Vec::new(),
            row_count: 0,
        });
        let mut looking = Looking {
            plan: &plan,
            limits,
            rows: 0,
            trial: Trial {
                scrape: chosen.scrape.name.clone(),
                day,
                outcome: "succeeded",
                reason: None,
                pages: Vec::new(),
                tables: tables.collect(),
                problems: Vec::new(),
                problem_count: 0,
            },
        };
        let secrets = match self.secrets(&plan) {
            Ok(secrets) => secrets,
            Err(why) => return looking.failed(why),
        };
        let start = Start {
            day,
            secrets,
            remembered: HashMap::new(),
        };
        let fetcher = SiteFetcher {
            web: &self.shared().web,
            plan: &plan,
            patience: Some(PATIENCE),
        };
        let running = run(&plan, &start, &fetcher, &mut looking);
        let report = match limits.time {
            None => running.await,
            Some(time) => match tokio::time::timeout(time, running).await {
                Ok(report) => report,
                Err(_) => {
                    let seconds = time.as_secs();
                    return looking.failed(format!("it took longer than {seconds} s"));
                }
            },
        };
        match report.outcome {
            Outcome::Succeeded | Outcome::Unchanged => looking.trial,
            Outcome::Failed { why, .. } => looking.failed(why),
            Outcome::Stopped => {
                looking.trial.outcome = "cut";
                let (pages, rows) = (limits.pages, limits.rows);
                let shown = format!("no more than {pages} pages and {rows} rows are looked at");
                looking.trial.reason = Some(shown);
                looking.trial
            }
        }
    }
}

impl Looking<'_> {
    fn failed(self, why: String) -> Trial {
        Trial {
            outcome: "failed",
            reason: Some(why),
            ..self.trial
        }
    }
}

const ON: ControlFlow<()> = ControlFlow::Continue(());

impl RunSink for Looking<'_> {
    fn page(&mut self, page: KeptPage) -> ControlFlow<()> {
        if self.trial.pages.len() >= self.limits.pages {
            return ControlFlow::Break(());
        }
        self.trial.pages.push(TriedPage {
            number: page.number,
            url: page.url,
            content_type: page.content_type,
            bytes: page.body.len() as u64,
            fetched_at: clock::rfc3339(page.at),
        });
        ON
    }

    fn row(&mut self, row: &ScrapedRow<'_>) -> ControlFlow<()> {
        if self.rows >= self.limits.rows {
            return ControlFlow::Break(());
        }
        self.rows += 1;
        let columns = &self.plan.tables[row.table].columns;
        let values = columns.iter().zip(row.values);
        let mut members: Map<String, Value> = values
            .map(|(column, value)| (column.name.clone(), json!(value)))
            .collect();
        members.insert("_place".to_owned(), json!(row.place));
        let table = &mut self.trial.tables[row.table];
        table.row_count += 1;
        table.rows.push(members);
        ON
    }

    fn problem(&mut self, problem: Problem) -> ControlFlow<()> {
        self.trial.problem_count += 1;
        if self.trial.problems.len() < self.limits.problems {
            self.trial.problems.push(problem);
        }
        ON
    }
}
