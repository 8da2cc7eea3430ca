//! Shows how a run goes, a line for each instance that begins or ends.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use entity::{JobId, pipeline_run};
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::printable::printable;
use crate::process::{print_error_line, print_line};
use crate::systems::pipelines::pipelines::{Pipelines, StartedRun};
use crate::systems::pipelines::planning::Action;
use crate::systems::pipelines::store::RunEvent;

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Events that are read at once.
const EVENTS: u64 = 1_000;

/// How a run ended.
pub(super) struct Outcome {
    pub run: pipeline_run::Model,
    pub counts: BTreeMap<String, u64>,
    pub failed: Vec<Failed>,
}

pub(super) struct Failed {
    pub identity: String,
    pub job: JobId,
    pub error: String,
}

/// Returns when the run has ended. `stop` cancels it; stopped for a second time, it is left: `None`.
pub(super) async fn follow(
    pipelines: &Pipelines,
    started: &StartedRun,
    stop: &CancellationToken,
    quiet: bool,
) -> anyhow::Result<Option<Outcome>> {
    let mut lines = Lines::of(started, quiet);
    let id = &started.run.id;
    let mut is_cancelled = false;
    loop {
        let run = pipelines.run(id).await?;
        // Events first come, then the end of the run: all of them are there by now.
        lines.show(pipelines, id).await?;
        if run.state.has_ended() {
            let counts = pipelines.counts(&run).await?;
            let failed = lines.failed;
            return Ok(Some(Outcome {
                run,
                counts,
                failed,
            }));
        }
        tokio::select! {
            () = stop.cancelled(), if !is_cancelled => {
                is_cancelled = true;
                print_error_line("stopping; commands are given their grace");
                pipelines.cancel(&run).await?;
            }
            () = pipelines.flows.runtime().gave_up() => anyhow::bail!("the engine's supervisors kept dying"),
            () = sleep(LOOK_EVERY) => {}
        }
    }
}

pub(super) struct Lines {
    quiet: bool,
    after: i64,
    started_at: HashMap<JobId, i64>,
    /// Groups run nothing: nobody wants to read of them.
    groups: Vec<String>,
    /// The same by their tasks.
    group_tasks: Vec<String>,
    pub failed: Vec<Failed>,
}

impl Lines {
    fn of(started: &StartedRun, quiet: bool) -> Self {
        let plan = started.plan.as_ref();
        let groups = plan.into_iter().flat_map(|plan| {
            let groups = plan
                .instances
                .iter()
                .filter(|one| one.action == Action::Group);
            groups.map(|group| plan.name(group))
        });
        Self {
            quiet,
            after: 0,
            started_at: HashMap::new(),
            groups: groups.collect(),
            group_tasks: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// Those of a run of a server. `groups`: tasks that run nothing.
    pub(super) fn of_tasks(groups: Vec<String>, quiet: bool) -> Self {
        Self {
            quiet,
            after: 0,
            started_at: HashMap::new(),
            groups: Vec::new(),
            group_tasks: groups,
            failed: Vec::new(),
        }
    }

    async fn show(&mut self, pipelines: &Pipelines, run: &str) -> anyhow::Result<()> {
        loop {
            let events = pipelines.store.run_events(run, self.after, EVENTS).await?;
            let is_last = (events.len() as u64) < EVENTS;
            for event in events {
                self.after = event.seq;
                self.show_event(event);
            }
            if is_last {
                return Ok(());
            }
        }
    }

    pub(super) fn show_event(&mut self, event: RunEvent) {
        let task = event.identity.split('(').next().unwrap_or_default();
        if self.groups.contains(&event.identity) || self.group_tasks.iter().any(|one| one == task) {
            return;
        }
        let identity = &event.identity;
        match event.kind.as_str() {
            "job.started" => {
                self.started_at.insert(event.job.clone(), event.at);
                self.print(&format!("start   {identity}"));
            }
            "job.succeeded" => {
                let took = self.started_at.get(&event.job).map(|at| event.at - at);
                let took = took
                    .map(|took| format!("  {}", seconds(took)))
                    .unwrap_or_default();
                self.print(&format!("done    {identity}{took}"));
            }
            "job.failed" => {
                let error = error_of(&event.data);
                let job = &event.job;
                self.print(&format!("failed  {identity}  {error}; audience logs {job}"));
                self.failed.push(Failed {
                    identity: identity.clone(),
                    job: job.clone(),
                    error,
                });
            }
            // What is away is waited for, however long that takes.
            "job.waiting" => {
                let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
                let reason = data["reason"].as_str().unwrap_or_default();
                if let Some(reason) = reason.strip_prefix("waiting for ") {
                    self.print(&format!("waits   {identity}  {reason}"));
                }
            }
            _ => {}
        }
    }

    fn print(&self, line: &str) {
        if !self.quiet {
            print_line(&printable(line));
        }
    }
}

/// The reason of a failed job.
pub(super) fn error_of(data: &str) -> String {
    let data: Value = serde_json::from_str(data).unwrap_or_default();
    let error = data["error"].as_str();
    error.unwrap_or("no reason was recorded").to_owned()
}

/// `0.04 s`, `9.4 s`, `312 s`.
pub(super) fn seconds(micros: i64) -> String {
    let seconds = micros.max(0) as f64 / 1e6;
    match seconds {
        small if small < 1.0 => format!("{small:.2} s"),
        some if some < 100.0 => format!("{some:.1} s"),
        many => format!("{many:.0} s"),
    }
}

/// `run … failed in 9.4 s: 49 done, 1 failed, 5 skipped, 48 complete`.
pub(super) fn last_line(run: &pipeline_run::Model, counts: &BTreeMap<String, u64>) -> String {
    let took = run.ended_at.map(|ended_at| ended_at - run.created_at);
    last_line_of(&run.id, run.state.as_str(), took.unwrap_or(0), counts)
}

pub(super) fn last_line_of(
    id: &str,
    state: &str,
    micros: i64,
    counts: &BTreeMap<String, u64>,
) -> String {
    let took = seconds(micros);
    format!("run {id} {state} in {took}: {}", counts_in_words(counts))
}

/// `49 done, 1 failed, 5 skipped, 48 complete`.
pub(super) fn counts_in_words(counts: &BTreeMap<String, u64>) -> String {
    const WORDS: [(&str, &str); 10] = [
        ("running", "running"),
        ("queued", "ready"),
        ("parked", "waiting"),
        ("succeeded", "done"),
        ("failed", "failed"),
        ("skipped", "skipped"),
        ("cancelled", "cancelled"),
        ("missing", "missing"),
        ("blocked", "blocked"),
        ("complete", "complete"),
    ];
    let parts: Vec<String> = WORDS
        .iter()
        .filter_map(|(word, shown)| {
            let count = counts.get(*word).filter(|count| **count > 0)?;
            Some(format!("{count} {shown}"))
        })
        .collect();
    parts.join(", ")
}

/// The same for programs.
pub(super) fn report(
    run: &pipeline_run::Model,
    counts: &BTreeMap<String, u64>,
    failed: &[Failed],
) -> Value {
    report_of(&run.id, run.state.as_str(), counts, failed)
}

pub(super) fn report_of(
    id: &str,
    state: &str,
    counts: &BTreeMap<String, u64>,
    failed: &[Failed],
) -> Value {
    let failed: Vec<Value> = failed
        .iter()
        .map(|one| json!({"id": one.identity, "job": one.job, "error": one.error}))
        .collect();
    json!({"run": id, "state": state, "counts": counts, "failed": failed})
}
