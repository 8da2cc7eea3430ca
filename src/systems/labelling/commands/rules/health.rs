//! `audience rules health JOB`

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use entity::JobId;
use serde_json::Value;

use super::outcome::Outcome;
use super::server::{self, ServerArguments};
use crate::printable::{counted, printable};
use crate::systems::labelling::Labelling;
use crate::systems::labelling::health::{findings, workbook};
use crate::systems::{Program, RemoteServer};

#[derive(Debug, Args)]
pub(super) struct HealthArguments {
    /// Whose rules are looked at
    #[arg(value_name = "JOB")]
    job: JobId,
    /// Write a workbook to this file, too
    #[arg(long, value_name = "PATH")]
    xlsx: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    arguments: &HealthArguments,
    program: &dyn Program,
) -> anyhow::Result<Outcome> {
    let report = match arguments.server.of(program)? {
        Some(server) => asked(&*server, arguments).await?,
        None => here(arguments, program).await?,
    };
    let report = match report {
        Ok(report) => report,
        Err(outcome) => return Ok(outcome),
    };
    let mut outcome = Outcome::default();
    match arguments.json {
        true => outcome.document = Some(report.to_string()),
        false => outcome.lines = lines(&report),
    }
    if let Some(path) = arguments.xlsx.as_ref().filter(|_| !arguments.json) {
        outcome.lines.push(format!("written: {}", path.display()));
    }
    Ok(outcome)
}

/// From the databases of the settings, without a server; or a problem with what was asked for.
async fn here(
    arguments: &HealthArguments,
    program: &dyn Program,
) -> anyhow::Result<Result<Value, Outcome>> {
    let problem = |problem: &str| Ok(Err(Outcome::bad_usage(problem)));
    let id = &arguments.job;
    let loaded = program.load(program.place())?;
    let Some(store) = program.database(&loaded).await? else {
        return problem(&format!(
            "there is no job {id}: the engine's database is not there"
        ));
    };
    let labelling = Labelling::beside(&loaded, store)?;
    if labelling.job(id).await?.is_none() {
        return problem(&format!("there is no job {id} that labels rows"));
    }
    let Some(health) = labelling.health(id).await? else {
        return problem(&format!(
            "nothing is known of what the rules of job {id} did: it has labelled no rows yet, ended before it \
             published, or ran in an earlier version"
        ));
    };
    if let Some(path) = &arguments.xlsx {
        let document = labelling.mixed_rules(id).await?;
        let findings = document.map(|document| findings(&health, &document));
        let saved = workbook(&health, &findings.unwrap_or_default());
        saved
            .and_then(|mut book| book.save(path))
            .with_context(|| format!("failed to write {}", path.display()))?;
    }
    Ok(Ok(serde_json::to_value(&health.report)?))
}

async fn asked(
    server: &dyn RemoteServer,
    arguments: &HealthArguments,
) -> anyhow::Result<Result<Value, Outcome>> {
    let path = format!("/v1/jobs/{}/health", arguments.job);
    let report = match server::get(server, path.clone()).await? {
        Ok(report) => server::read(&report)?,
        Err(refused) => return Ok(Err(refused)),
    };
    if let Some(file) = &arguments.xlsx {
        match server::get(server, format!("{path}?format=xlsx")).await? {
            Ok(book) => std::fs::write(file, book)
                .with_context(|| format!("failed to write {}", file.display()))?,
            Err(refused) => return Ok(Err(refused)),
        }
    }
    Ok(Ok(report))
}

/// A report in words.
fn lines(report: &Value) -> Vec<String> {
    let count = |name: &str| report[name].as_u64().unwrap_or_default();
    let mut lines = vec![format!(
        "{} received, {} dropped, {} covered",
        counted(count("received"), "row"),
        count("dropped"),
        count("covered")
    )];
    for name in ["coverage", "overlap", "conflict", "drift"] {
        if let Some(figure) = report[name].as_f64() {
            lines.push(format!("{name} {figure}"));
        }
    }
    if let (Some(entered), Some(left)) = (report["entered"].as_u64(), report["left"].as_u64()) {
        let job = report["against"]["job"].as_str().unwrap_or_default();
        lines.push(format!(
            "{} entered, {left} left, against job {job}",
            counted(entered, "member")
        ));
    }
    for (label, figures) in report["labels"].as_object().into_iter().flatten() {
        let figures = figures.as_object().into_iter().flatten();
        let figures: Vec<String> = figures
            .map(|(name, value)| format!("{value} {name}"))
            .collect();
        lines.push(format!("{}: {}", printable(label), figures.join(", ")));
    }
    if let Some(dead) = report["dead"].as_u64() {
        lines.push(format!("{} dead", counted(dead, "rule")));
    }
    for rule in report["dominant"].as_array().into_iter().flatten() {
        let text = |name: &str| printable(rule[name].as_str().unwrap_or_default()).into_owned();
        lines.push(format!(
            "dominant: rule {} of {}, the reason of {}",
            text("rule"),
            text("label"),
            counted(rule["first"].as_u64().unwrap_or_default(), "row")
        ));
    }
    for missing in report["not_known"].as_array().into_iter().flatten() {
        lines.push(format!(
            "not known: {}",
            missing.as_str().unwrap_or_default()
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::lines;

    #[test]
    fn a_report_is_put_in_words() {
        let report = json!({
            "received": 8, "dropped": 1, "covered": 5, "coverage": 0.625, "drift": 0.0,
            "labels": {"food": {"given": 3, "members": 2}}, "entered": 1, "left": 0,
            "against": {"job": "j1"}, "dead": 1,
            "dominant": [{"rule": "d16c", "label": "food", "first": 2}], "not_known": ["pairs"],
        });
        assert_eq!(
            lines(&report).join("\n"),
            "8 rows received, 1 dropped, 5 covered\ncoverage 0.625\ndrift 0\n\
             1 member entered, 0 left, against job j1\nfood: 3 given, 2 members\n1 rule dead\n\
             dominant: rule d16c of food, the reason of 2 rows\nnot known: pairs"
        );
    }
}
