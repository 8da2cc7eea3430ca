//! `audience scrape test`: what a scrape would make of its site.

use std::process::ExitCode;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::grid_text::aligned;
use crate::printable::{counted, printable};
use crate::process::{print_document, print_line};
use crate::systems::prediction::scraping::{ChosenScrape, Scrapes, Trial, TrialLimits};

/// Rows and problems that JSON has at most, unless `--rows` says more.
const MOST: usize = 1_000;

pub(super) async fn run(
    scrapes: &Scrapes,
    chosen: &ChosenScrape,
    day: Option<NaiveDate>,
    rows: usize,
    is_json: bool,
) -> ExitCode {
    let limits = TrialLimits {
        pages: 1_000,
        rows: MOST.max(rows),
        problems: MOST.max(rows),
        time: None,
    };
    let trial = scrapes.try_out(chosen, day, limits).await;
    match is_json {
        true => print_document(&json!(trial).to_string()),
        false => print(&trial, rows),
    }
    match trial.outcome {
        "failed" => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

fn print(trial: &Trial, most: usize) {
    print_line(&format!(
        "{} {}: {}",
        printable(&trial.scrape),
        trial.day,
        trial.outcome
    ));
    if let Some(reason) = &trial.reason {
        print_line(&format!("  {}", printable(reason)));
    }
    for page in &trial.pages {
        let bytes = page.bytes;
        print_line(&format!(
            "  page {}: {bytes} bytes  {}",
            page.number,
            printable(&page.url)
        ));
    }
    for table in &trial.tables {
        let rows = counted(table.row_count, "row");
        print_line(&format!("\n{} · {rows}", printable(&table.into)));
        let shown = &table.rows[..table.rows.len().min(most)];
        let Some(first) = shown.first() else {
            continue;
        };
        let heads: Vec<String> = first.keys().cloned().collect();
        let rows = shown.iter().map(|row| row.values().map(text).collect());
        let lines: Vec<Vec<String>> = [heads].into_iter().chain(rows).collect();
        for line in aligned(&lines) {
            print_line(&format!("  {line}"));
        }
        let left = table.rows.len().saturating_sub(shown.len());
        if left > 0 {
            print_line(&format!("  … {left} more"));
        }
    }
    if trial.problem_count == 0 {
        return;
    }
    print_line(&format!("\n{}", counted(trial.problem_count, "problem")));
    let shown = &trial.problems[..trial.problems.len().min(most)];
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|problem| {
            let column = problem.column.clone().unwrap_or_default();
            vec![problem.cell.clone(), column, problem.code.name().to_owned()]
        })
        .collect();
    for (line, problem) in aligned(&rows).iter().zip(shown) {
        print_line(&format!("  {line}  {}", printable(&problem.message)));
    }
    let left = trial.problem_count.saturating_sub(shown.len() as u64);
    if left > 0 {
        print_line(&format!("  … {left} more"));
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
