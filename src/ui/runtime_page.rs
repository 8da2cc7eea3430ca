//! What the process is doing: its actors, who shares its store, queues, database, disk and memory.

use askama::Template;
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;

use super::asked::{Answer, Asked};
use super::error_page::PageError;
use super::figures::{self, bytes};
use super::frame::Frame;
use super::markup::Markup;
use super::rooms::Room;
use super::states;
use crate::clock;

pub(super) struct RuntimeRoom;

#[derive(Template)]
#[template(path = "ui/templates/runtime.html")]
struct RuntimePage<'a> {
    frame: &'a Frame,
    process: &'a Process,
    up: String,
    figures: Vec<(&'static str, String)>,
    actors: Vec<ActorRow>,
    queues: Vec<QueueRow>,
    jobs_at_once: String,
    processes: Vec<ProcessRow>,
    database: Vec<(&'static str, String)>,
    disk: Option<DiskShown>,
}

struct ActorRow {
    /// Lines that lead from its supervisor to it.
    branch: String,
    kind: String,
    name: String,
    href: Option<String>,
    look: &'static str,
    state: String,
    since: Markup,
    restarts: String,
    mailbox: String,
    slice: String,
    failure: Option<(Markup, String)>,
}

struct QueueRow {
    name: String,
    href: String,
    running: String,
    limit: String,
    share: Option<f64>,
    waiting: String,
    oldest: Option<Markup>,
    holders: Vec<(String, String)>,
}

struct ProcessRow {
    name: String,
    answers: bool,
    jobs: String,
    lease_ends: Option<Markup>,
}

struct DiskShown {
    share: f64,
    text: String,
    facts: Vec<(&'static str, String)>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RuntimeState {
    process: Process,
    root: Option<Actor>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Process {
    version: String,
    pid: u32,
    started_at: String,
    memory_bytes: u64,
    memory_peak_bytes: u64,
    cpu_seconds: f64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Actor {
    kind: String,
    name: String,
    job_id: Option<String>,
    state: String,
    since: String,
    restarts: u64,
    last_failure: Option<Failure>,
    mailbox: u64,
    slice: Option<Slice>,
    children: Vec<Actor>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Failure {
    at: String,
    reason: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Slice {
    no: u64,
    rows: u64,
    rows_per_s: f64,
    fraction: f64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SharedStore {
    database: Database,
    disk: Option<Disk>,
    processes: Vec<SharingProcess>,
    jobs_at_once: u64,
    queues: Vec<Queue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Database {
    engine: String,
    size_bytes: u64,
    answers_ms: f64,
    connections_used: u64,
    connections_idle: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Disk {
    free_bytes: u64,
    total_bytes: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SharingProcess {
    process: String,
    answers: bool,
    jobs: u64,
    lease_ends_at: Option<String>,
}

impl ProcessRow {
    fn of(frame: &Frame, process: &SharingProcess) -> Self {
        let ends = process.lease_ends_at.as_deref();
        Self {
            name: process.process.clone(),
            answers: process.answers,
            jobs: figures::number(process.jobs),
            lease_ends: ends.and_then(clock::parse).map(|at| frame.exact(at)),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Queue {
    queue: String,
    limit: Option<u64>,
    running: u64,
    waiting: u64,
    waiting_since: Option<String>,
    holders: Vec<String>,
}

#[async_trait]
impl Room for RuntimeRoom {
    fn root(&self) -> &'static str {
        "/runtime"
    }

    fn name(&self) -> &'static str {
        "nav-runtime"
    }

    fn key(&self) -> char {
        'r'
    }

    async fn show(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        if !parts.is_empty() {
            return Err(PageError::nothing_here());
        }
        let data = "/v1/runtime";
        let state = read::<RuntimeState>(asked.get(data).await?);
        let store = read::<SharedStore>(asked.get_part("/v1/runtime/store").await);
        let frame = &asked.frame.clone().with_data(data);
        let process = &state.process;
        let mut actors = Vec::new();
        if let Some(root) = &state.root {
            add_actors(frame, &mut actors, root, "", "");
        }
        let up = moment(&process.started_at).map(|at| frame.zone.now_micros() - at);
        Answer::page(&RuntimePage {
            frame,
            up: frame.duration(up.unwrap_or_default()),
            figures: vec![
                ("runtime-memory", bytes(process.memory_bytes)),
                ("runtime-memory-peak", bytes(process.memory_peak_bytes)),
                (
                    "runtime-cpu",
                    frame.duration((process.cpu_seconds * 1e6) as i64),
                ),
                ("runtime-actors", figures::number(actors.len() as u64)),
            ],
            actors,
            queues: store
                .queues
                .iter()
                .map(|queue| QueueRow::of(frame, queue))
                .collect(),
            jobs_at_once: figures::number(store.jobs_at_once),
            processes: store
                .processes
                .iter()
                .map(|process| ProcessRow::of(frame, process))
                .collect(),
            database: database(frame, &store.database),
            disk: store.disk.as_ref().map(|disk| DiskShown::of(frame, disk)),
            process,
        })
    }
}

fn read<T: for<'de> Deserialize<'de> + Default>(answer: Value) -> T {
    T::deserialize(answer).unwrap_or_default()
}

fn moment(text: &str) -> Option<i64> {
    clock::parse(text)
}

fn database(frame: &Frame, database: &Database) -> Vec<(&'static str, String)> {
    if database.engine.is_empty() {
        // It cannot be read now.
        return Vec::new();
    }
    let all = database.connections_used + database.connections_idle;
    let connections = format!("{} / {}", database.connections_used, all);
    vec![
        ("runtime-engine", database.engine.clone()),
        ("runtime-size", bytes(database.size_bytes)),
        ("runtime-connections", connections),
        (
            "runtime-answers",
            frame
                .words
                .with("runtime-ms", "n", format!("{:.2}", database.answers_ms)),
        ),
    ]
}

/// The actor and those that it supervises. `before` stands in front of its own line, `below` in front of
/// the lines of the others.
fn add_actors(frame: &Frame, rows: &mut Vec<ActorRow>, actor: &Actor, before: &str, below: &str) {
    rows.push(ActorRow::of(frame, actor, before.to_owned()));
    for (at, child) in actor.children.iter().enumerate() {
        let (own, others) = match at + 1 == actor.children.len() {
            true => ("└─ ", "   "),
            false => ("├─ ", "│  "),
        };
        let (before, below) = (format!("{below}{own}"), format!("{below}{others}"));
        add_actors(frame, rows, child, &before, &below);
    }
}

impl ActorRow {
    fn of(frame: &Frame, actor: &Actor, branch: String) -> Self {
        let slice = actor.slice.as_ref().map(|slice| {
            let parts = [
                format!("#{}", slice.no),
                frame.words.count("unit-rows", slice.rows),
                figures::percent(slice.fraction),
                frame
                    .words
                    .with("per-second", "n", figures::decimal(slice.rows_per_s)),
            ];
            parts.join(" · ")
        });
        let failure = actor.last_failure.as_ref();
        Self {
            branch,
            kind: actor.kind.clone(),
            name: actor.name.clone(),
            href: actor
                .job_id
                .as_deref()
                .map(|job| frame.path(&format!("/jobs/{job}"))),
            look: match actor.state.as_str() {
                "idle" => "queued",
                "working" => states::look("running"),
                _ => "waiting",
            },
            state: match actor.state.as_str() {
                known @ ("idle" | "working") => frame.say(&format!("runtime-{known}")),
                other => other.to_owned(),
            },
            since: moment(&actor.since)
                .map(|at| frame.exact(at))
                .unwrap_or_default(),
            restarts: figures::number(actor.restarts),
            mailbox: figures::number(actor.mailbox),
            slice: slice.unwrap_or_else(|| "–".to_owned()),
            failure: failure.map(|failure| {
                let at = moment(&failure.at).map(|at| frame.exact(at));
                (at.unwrap_or_default(), failure.reason.clone())
            }),
        }
    }
}

impl QueueRow {
    fn of(frame: &Frame, queue: &Queue) -> Self {
        let share = |limit: u64| queue.running as f64 / limit.max(1) as f64;
        let list = super::forms::query(&[("queue", &queue.queue)]);
        let since = queue.waiting_since.as_deref().and_then(moment);
        let holders = queue.holders.iter().map(|job| {
            let end: String = job.chars().skip(job.len().saturating_sub(6)).collect();
            (format!("…{end}"), frame.path(&format!("/jobs/{job}")))
        });
        Self {
            href: frame.path(&format!("/jobs{list}")),
            running: figures::number(queue.running),
            limit: queue.limit.map_or_else(|| "–".to_owned(), figures::number),
            share: queue.limit.map(share),
            waiting: figures::number(queue.waiting),
            oldest: since.map(|at| frame.ago(at)),
            holders: holders.collect(),
            name: queue.queue.clone(),
        }
    }
}

impl DiskShown {
    fn of(frame: &Frame, disk: &Disk) -> Self {
        let used = disk.total_bytes.saturating_sub(disk.free_bytes);
        let share = used as f64 / disk.total_bytes.max(1) as f64;
        Self {
            share,
            text: format!("{} {}", frame.say("runtime-used"), figures::percent(share)),
            facts: vec![
                ("runtime-free", bytes(disk.free_bytes)),
                ("runtime-total", bytes(disk.total_bytes)),
            ],
        }
    }
}
