//! `audience runs`: the runs of a project, newest first.

use std::path::PathBuf;
use std::process::ExitCode;

use async_trait::async_trait;
use chrono::DateTime;
use chrono_tz::Tz;
use clap::ArgMatches;
use serde_json::{Value, json};

use super::arguments::{ca, file, flag, server};
use super::follow;
use super::local::{self, Found};
use super::remote::Remote;
use crate::process::{print_document, print_line};
use crate::systems::pipelines::store::{PipelineStore, RunFilter};
use crate::systems::{Command, Program};

/// Runs that are shown.
const SHOWN: u64 = 20;

pub(super) struct RunsCommand;

#[async_trait]
impl Command for RunsCommand {
    fn definition(&self) -> clap::Command {
        clap::Command::new("runs")
            .about("List the runs of a project, newest first")
            .display_order(4)
            .arg(file())
            .arg(server())
            .arg(ca())
            .arg(flag("json", "Print JSON instead of text"))
    }

    async fn run(&self, matches: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let file = matches.get_one::<PathBuf>("file").cloned();
        let (known, loaded) = match local::find(file, program)? {
            Found::Project(known, loaded) => (known, loaded),
            Found::Nothing(code) => return Ok(code),
        };
        if let Some(url) = matches.get_one::<String>("server") {
            let ca = matches.get_one::<PathBuf>("ca").cloned();
            let server = Remote::at(url, ca, program)?;
            return server.runs(&known.project, matches.get_flag("json")).await;
        }
        let store = program.database(&loaded).await?.map(PipelineStore::new);
        let runs = match store {
            Some(store) => {
                let filter = RunFilter {
                    project: Some(known.project.name.clone()),
                    ..RunFilter::default()
                };
                let runs = store.runs(&filter, SHOWN).await?;
                let mut with_counts = Vec::with_capacity(runs.len());
                for run in runs {
                    let counts = store.counts(&run.id).await?;
                    with_counts.push((run, counts));
                }
                with_counts
            }
            None => Vec::new(),
        };
        if matches.get_flag("json") {
            let runs: Vec<Value> = runs
                .iter()
                .map(|(run, counts)| follow::report(run, counts, &[]))
                .collect();
            print_document(&json!(runs).to_string());
        } else if runs.is_empty() {
            print_line(&format!("{} has no runs", known.project.name));
        } else {
            for (run, counts) in &runs {
                let began = shown(run.created_at, known.project.timezone);
                let counts = follow::counts_in_words(counts);
                let (id, state) = (&run.id, run.state.as_str());
                print_line(&format!("{id}  {began}  {state:9}  {counts}"));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// When a run began, in the zone of its project.
pub(super) fn shown(micros: i64, zone: Tz) -> String {
    let at = DateTime::from_timestamp_micros(micros);
    at.map(|at| at.with_timezone(&zone).format("%F %T").to_string())
        .unwrap_or_default()
}
