//! Scrapes that are run, and what came of them.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;

use super::super::{
    KeptPage, Plan, Remembered, Report, RunSecrets, RunSink, ScrapedRow, SiteFetcher, Start, Web,
    read_scrape, run,
};
use crate::fetch::AllowedHosts;
use crate::systems::prediction::import::{Problem, Value, read_mapping};

/// Keeps all that a run makes.
#[derive(Default)]
pub(crate) struct Kept {
    pub pages: Vec<KeptPage>,
    pub rows: Vec<Vec<Value>>,
    pub places: Vec<String>,
    pub problems: Vec<Problem>,
    /// Breaks after so many rows.
    pub most: Option<usize>,
}

impl RunSink for Kept {
    fn page(&mut self, page: KeptPage) -> ControlFlow<()> {
        self.pages.push(page);
        ControlFlow::Continue(())
    }

    fn row(&mut self, row: &ScrapedRow<'_>) -> ControlFlow<()> {
        self.rows.push(row.values.to_vec());
        self.places.push(row.place.to_owned());
        match self.most {
            Some(most) if self.rows.len() >= most => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }

    fn problem(&mut self, problem: Problem) -> ControlFlow<()> {
        self.problems.push(problem);
        ControlFlow::Continue(())
    }
}

impl Kept {
    /// The values of a column of the first table, as texts.
    pub fn column(&self, plan: &Plan, name: &str) -> Vec<String> {
        let index = plan.tables[0]
            .index(name)
            .unwrap_or_else(|| panic!("no column {name}"));
        self.rows.iter().map(|row| row[index].to_string()).collect()
    }

    pub fn codes(&self) -> Vec<String> {
        let problems = self.problems.iter();
        problems
            .map(|problem| format!("{} {}", problem.cell, problem.code.name()))
            .collect()
    }
}

pub(crate) fn plan(text: &str) -> Arc<Plan> {
    let scrape = read_scrape(text.as_bytes()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    Arc::new(Plan::new(scrape, None).unwrap())
}

pub(crate) fn plan_with(text: &str, mapping: &str) -> Result<Plan, Vec<String>> {
    let scrape = read_scrape(text.as_bytes()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let mapping = read_mapping(mapping.as_bytes()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    Plan::new(scrape, Some(mapping))
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn start(plan: &Plan, remembered: &[Remembered], secret: &str) -> Start {
    let lookup = |_: &str| Some(secret.to_owned());
    let remembered = remembered.iter();
    Start {
        day: day("2024-06-01"),
        secrets: RunSecrets::resolve(plan.scrape.secrets(), &lookup).unwrap(),
        remembered: remembered
            .map(|one| (one.request.clone(), one.clone()))
            .collect::<HashMap<_, _>>(),
    }
}

pub(crate) fn web(allowed: &[String]) -> Web {
    Web::alone(AllowedHosts::read(allowed).unwrap()).unwrap()
}

/// Runs a scrape on the real net.
pub(crate) async fn run_with(web: &Web, plan: &Arc<Plan>, start: &Start) -> (Report, Kept) {
    run_within(web, plan, start, None).await
}

/// The same while somebody looks on.
pub(crate) async fn run_within(
    web: &Web,
    plan: &Arc<Plan>,
    start: &Start,
    patience: Option<Duration>,
) -> (Report, Kept) {
    let mut kept = Kept::default();
    let fetcher = SiteFetcher {
        web,
        plan,
        patience,
    };
    let report = run(plan, start, &fetcher, &mut kept).await;
    (report, kept)
}

/// Why a run failed.
pub(crate) fn why(report: &Report) -> String {
    match &report.outcome {
        super::super::Outcome::Failed { why, .. } => why.clone(),
        other => panic!("expected a failure, found {other:?}"),
    }
}
