//! `audience triggers`: what starts runs of a project by itself, and when next.

use std::path::PathBuf;
use std::process::ExitCode;

use async_trait::async_trait;
use chrono::DateTime;
use chrono_tz::Tz;
use clap::ArgMatches;
use serde_json::{Value, json};

use super::arguments::{ca, file, flag, server};
use super::local::{self, Found};
use super::remote::Remote;
use crate::clock;
use crate::engine::store::Store;
use crate::engine::triggers::{TriggerView, next_fires};
use crate::process::{print_document, print_line};
use crate::systems::pipelines::known_project::KnownProject;
use crate::systems::pipelines::triggers::{id_of, of_project};
use crate::systems::{Command, Program};

pub(super) struct TriggersCommand;

#[async_trait]
impl Command for TriggersCommand {
    fn definition(&self) -> clap::Command {
        clap::Command::new("triggers")
            .about(
                "List the triggers of a project, with the next and the last time that each fires",
            )
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
        let triggers = match matches.get_one::<String>("server") {
            Some(url) => {
                let ca = matches.get_one::<PathBuf>("ca").cloned();
                let server = Remote::at(url, ca, program)?;
                server.triggers(&known.project.name).await?
            }
            None => here(&known, program.database(&loaded).await?).await?,
        };
        if matches.get_flag("json") {
            print_document(&Value::from(triggers).to_string());
        } else if triggers.is_empty() {
            print_line(&format!("{} has no triggers", known.project.name));
        } else {
            for trigger in &triggers {
                print_line(&line(trigger, known.project.timezone));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The triggers of the file, with what the store says of them.
async fn here(known: &KnownProject, store: Option<Store>) -> anyhow::Result<Vec<Value>> {
    let times = of_project(known);
    let mut triggers = Vec::new();
    for trigger in &known.project.triggers {
        let id = id_of(&known.project.name, &trigger.name);
        let time = times.iter().find(|time| time.id == id);
        let (mut is_paused, mut fires) = (trigger.paused, Vec::new());
        let mut next = time.map(next_fires).unwrap_or_default();
        if let (Some(store), Some(time)) = (&store, time) {
            let view = TriggerView::of(store, time).await?;
            (is_paused, next) = (view.is_paused, view.next);
            let last = view.fires.into_iter().take(1);
            fires.extend(last.map(|fire| {
                json!({
                    "at": clock::rfc3339(fire.at), "state": fire.state.as_str(),
                    "run": fire.started, "message": fire.message,
                })
            }));
        }
        if is_paused {
            next.clear();
        }
        let next: Vec<String> = next.into_iter().map(clock::rfc3339).collect();
        triggers.push(json!({
            "trigger": trigger.name, "kind": trigger.kind.word(), "on": trigger.kind.on(),
            "run": trigger.run, "paused": is_paused, "next": next, "fires": fires,
        }));
    }
    Ok(triggers)
}

fn line(trigger: &Value, zone: Tz) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tasks: Vec<String> = trigger["run"]
        .as_array()
        .into_iter()
        .flatten()
        .map(text)
        .collect();
    let mut line = format!(
        "{:20} {:8} {:32} {}",
        text(&trigger["trigger"]),
        text(&trigger["kind"]),
        text(&trigger["on"]),
        tasks.join(", ")
    );
    match trigger["next"].as_array().and_then(|next| next.first()) {
        _ if trigger["paused"] == true => line.push_str("  paused"),
        Some(next) => line.push_str(&format!("  next {}", local(&text(next), zone))),
        None => {}
    }
    if let Some(last) = trigger["fires"].as_array().and_then(|fires| fires.first()) {
        let (at, state) = (local(&text(&last["at"]), zone), text(&last["state"]));
        line.push_str(&format!("  last {at} {state}"));
        for word in [&last["run"], &last["message"]] {
            if let Some(word) = word.as_str() {
                line.push_str(&format!(" {word}"));
            }
        }
    }
    line.trim_end().to_owned()
}

/// A time of the API on the clock of the project.
fn local(text: &str, zone: Tz) -> String {
    match DateTime::parse_from_rfc3339(text) {
        Ok(time) => time.with_timezone(&zone).format("%F %T").to_string(),
        Err(_) => text.to_owned(),
    }
}
