//! `audience top`: the living tree of a server, again and again.

mod platforms;

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use clap::Args;
use console::{Alignment, Term, measure_text_width, pad_str};
use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::serve::stop_on_signal;
use super::server::{CaArgument, Server, of_settings};
use crate::printable::printable;
use crate::process::print_line;
use crate::settings::Loaded;
use platforms::Platforms;

/// A server that takes longer is not well.
const PATIENCE: Duration = Duration::from_secs(5);

/// Jobs without an actor that are shown, of each state.
const SHOWN_WITHOUT_ACTOR: u32 = 10;

/// Columns of a state that stands on the line of its actor.
const STATE_MAX: usize = 30;

#[derive(Debug, Args)]
pub(super) struct TopArguments {
    /// Address of the server, whose token is in the variable AUDIENCE_TOKEN or AUTH_TOKEN [default:
    /// where `serve` listens with these settings]
    #[arg(long, visible_alias = "server", value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    ca: CaArgument,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0)]
    every: f64,
    /// Print the tree once and end
    #[arg(long)]
    once: bool,
}

/// What `GET /v1/runtime` answers.
#[derive(Debug, Deserialize)]
struct Seen {
    process: Process,
    root: Option<Actor>,
    /// The newest that no process has begun; asked for apart.
    #[serde(skip)]
    queued: Page,
    /// The newest that wait without a process.
    #[serde(skip)]
    parked: Page,
    #[serde(skip)]
    platforms: Platforms,
}

#[derive(Debug, Deserialize)]
struct Process {
    version: String,
    pid: u32,
    started_at: DateTime<Utc>,
    memory_bytes: u64,
    cpu_seconds: f64,
}

#[derive(Debug, Deserialize)]
struct Actor {
    kind: String,
    name: String,
    state: String,
    since: DateTime<Utc>,
    restarts: u32,
    last_failure: Option<Failure>,
    mailbox: u64,
    slice: Option<Slice>,
    children: Vec<Actor>,
}

#[derive(Debug, Deserialize)]
struct Failure {
    at: DateTime<Utc>,
    reason: String,
}

/// What `GET /v1/jobs` answers.
#[derive(Debug, Default, Deserialize)]
struct Page {
    jobs: Vec<Job>,
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Job {
    id: String,
    queue: String,
    created_at: DateTime<Utc>,
    waiting: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Slice {
    no: u64,
    rows_per_s: f64,
    fraction: f64,
}

pub(super) async fn run(arguments: TopArguments, loaded: &Loaded) -> anyhow::Result<ExitCode> {
    if !(0.1..=3_600.0).contains(&arguments.every) {
        bail!("--every: expected 0.1 to 3600 seconds");
    }
    let server = of_settings(arguments.url.as_deref(), &arguments.ca, loaded, PATIENCE)?;
    if arguments.once || !std::io::stdout().is_terminal() {
        let seen = look(&server).await?;
        let text = render(server.url(), &seen, None, Utc::now(), false);
        print_line(text.trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    watch(&server, Duration::from_secs_f64(arguments.every)).await?;
    Ok(ExitCode::SUCCESS)
}

/// Until a signal. A server that is away is waited for.
async fn watch(server: &Server, every: Duration) -> anyhow::Result<()> {
    let stop = stop_on_signal()?;
    let term = Term::stdout();
    term.hide_cursor().ok();
    let mut before: Option<(DateTime<Utc>, f64)> = None;
    let mut looks = tokio::time::interval(every);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = looks.tick() => {}
        }
        let now = Utc::now();
        let text = match look(server).await {
            Ok(seen) => {
                let is_narrow = term.size().1 < 110;
                let text = render(server.url(), &seen, before, now, is_narrow);
                before = Some((now, seen.process.cpu_seconds));
                text
            }
            Err(error) => {
                before = None;
                format!("{}: {}\n", server.url(), printable(&format!("{error:#}")))
            }
        };
        let (rows, columns) = term.size();
        let lines = text.lines().take(usize::from(rows.saturating_sub(1)));
        let cut = lines.map(|line| console::truncate_str(line, usize::from(columns), "…"));
        let shown = cut.collect::<Vec<_>>().join("\n");
        term.clear_screen().ok();
        term.write_line(&shown).ok();
    }
    term.show_cursor().ok();
    Ok(())
}

async fn look(server: &Server) -> anyhow::Result<Seen> {
    let mut seen: Seen = get(server, "/v1/runtime").await?;
    let page = |state: &str| format!("/v1/jobs?state={state}&limit={SHOWN_WITHOUT_ACTOR}");
    seen.queued = get(server, &page("queued")).await?;
    seen.parked = get(server, &page("parked")).await?;
    seen.platforms = Platforms::of(server).await?;
    Ok(seen)
}

async fn get<T: DeserializeOwned>(server: &Server, path: &str) -> anyhow::Result<T> {
    let response = server.call(Method::GET, path).await?;
    let status = response.status();
    if !status.is_success() {
        let problem: Value = response.json().await.unwrap_or_default();
        return Err(server.refused(path, status.as_u16(), problem["detail"].as_str()));
    }
    let answer = response.json().await;
    answer.context("the answer cannot be read: is it an audience server?")
}

/// `before`: when it was looked at last, and the processor time then.
fn render(
    url: &str,
    seen: &Seen,
    before: Option<(DateTime<Utc>, f64)>,
    now: DateTime<Utc>,
    is_narrow: bool,
) -> String {
    let process = &seen.process;
    let uptime = (now - process.started_at).as_seconds_f64().max(0.001);
    let cpu = match before {
        Some((at, used)) => (process.cpu_seconds - used) / (now - at).as_seconds_f64().max(0.001),
        None => process.cpu_seconds / uptime,
    };
    let mut text = format!(
        "audience {} · {url} · process {} · up {} · {} MiB · {:.0} % of a core\n\n",
        printable(&process.version),
        process.pid,
        span(uptime),
        process.memory_bytes >> 20,
        cpu.max(0.0) * 100.0,
    );
    let mut shown = Vec::new();
    if let Some(root) = &seen.root {
        gather(&mut shown, root, 0, is_narrow);
    }
    let width = |column: &dyn Fn(&(String, &Actor)) -> usize| shown.iter().map(column).max();
    let names = width(&|(name, _)| measure_text_width(name)).unwrap_or(0);
    // What is longer has a line of its own.
    let short = |actor: &Actor| {
        let width = measure_text_width(&actor.state);
        if width > STATE_MAX { 0 } else { width }
    };
    let states = width(&|(_, actor)| short(actor)).unwrap_or(0);
    let widths = (names.max(5), states.max(7));
    let (name, state) = widths;
    let head = format!(
        "{:<name$}  {:<state$} {:>6} {:>4} {:>4}  SLICE",
        "ACTOR", "STATE", "SINCE", "MAIL", "DIED"
    );
    writeln!(text, "{head}").ok();
    for (name, actor) in &shown {
        line(&mut text, name, actor, widths, now);
    }
    without_actor(&mut text, "QUEUED", &seen.queued, now);
    without_actor(&mut text, "PARKED", &seen.parked, now);
    seen.platforms.write(&mut text);
    text
}

/// Jobs that have no actor at this time.
fn without_actor(text: &mut String, title: &str, page: &Page, now: DateTime<Utc>) {
    if page.jobs.is_empty() {
        return;
    }
    writeln!(text, "\n{title}").ok();
    for job in &page.jobs {
        let Job { id, queue, .. } = job;
        let since = span((now - job.created_at).as_seconds_f64());
        let line = format!("job {id} in queue `{queue}` since {since}");
        writeln!(text, "{}", printable(&line)).ok();
        if let Some(waiting) = &job.waiting {
            writeln!(text, "  {}", printable(waiting)).ok();
        }
    }
    if page.next.is_some() {
        writeln!(text, "… and older ones").ok();
    }
}

/// Actors with their names, parents before their children.
fn gather<'a>(
    shown: &mut Vec<(String, &'a Actor)>,
    actor: &'a Actor,
    depth: usize,
    is_narrow: bool,
) {
    const OF_AN_ID: usize = 10;
    let name = match actor.name.char_indices().rev().nth(OF_AN_ID - 1) {
        Some((at, _)) if is_narrow && actor.name.len() > 24 => format!("…{}", &actor.name[at..]),
        _ => actor.name.clone(),
    };
    let name = format!("{} {name}", actor.kind);
    shown.push((format!("{}{}", "  ".repeat(depth), printable(&name)), actor));
    for child in &actor.children {
        gather(shown, child, depth + 1, is_narrow);
    }
}

fn line(
    text: &mut String,
    name: &str,
    actor: &Actor,
    (names, states): (usize, usize),
    now: DateTime<Utc>,
) {
    let slice = actor.slice.as_ref().map_or_else(String::new, |slice| {
        let Slice {
            no,
            rows_per_s,
            fraction,
        } = slice;
        format!("{no} · {:.0} % · {rows_per_s:.0} rows/s", fraction * 100.0)
    });
    let since = span((now - actor.since).as_seconds_f64());
    let reason = printable(&actor.state);
    let is_cut = measure_text_width(&reason) > states;
    let state = if is_cut {
        "waiting".to_owned()
    } else {
        reason.to_string()
    };
    let (mail, died) = (actor.mailbox, actor.restarts);
    let indent = name.len() - name.trim_start().len() + 2;
    let name = pad_str(name, names, Alignment::Left, None);
    let state = pad_str(&state, states, Alignment::Left, None);
    let line = format!("{name}  {state} {since:>6} {mail:>4} {died:>4}  {slice}");
    writeln!(text, "{}", line.trim_end()).ok();
    if is_cut {
        writeln!(text, "{:indent$}{reason}", "").ok();
    }
    if let Some(failure) = &actor.last_failure {
        let ago = span((now - failure.at).as_seconds_f64());
        let reason = printable(&failure.reason);
        writeln!(text, "{:indent$}died {ago} ago: {reason}", "").ok();
    }
}

fn span(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_drawn_with_its_state() {
        let mut seen: Seen = serde_json::from_value(serde_json::json!({
            "process": {
                "version": "1", "pid": 7, "started_at": "2026-01-01T00:00:00Z",
                "memory_bytes": 50 << 20, "memory_peak_bytes": 0, "cpu_seconds": 30.0,
            },
            "root": {
                "id": 0, "kind": "RootSupervisor", "name": "root", "state": "idle",
                "since": "2026-01-01T00:00:00Z", "restarts": 0, "mailbox": 0,
                "children": [{
                    "id": 4, "kind": "BatchActor", "name": "label 0/1\u{1b}", "state": "working",
                    "since": "2026-01-01T00:00:30Z", "restarts": 2, "mailbox": 1,
                    "last_failure": { "at": "2026-01-01T00:00:20Z", "reason": "a\npanic" },
                    "slice": { "no": 3, "since": "2026-01-01T00:00:59Z", "rows": 9,
                        "rows_per_s": 1000.4, "fraction": 0.25 },
                    "children": [],
                }, {
                    "id": 5, "kind": "TaskActor", "name": "0ae", "restarts": 0, "mailbox": 0,
                    "state": "countdown of 30 s: step `publish` begins at 10:00",
                    "since": "2026-01-01T00:00:30Z", "children": [],
                }],
            },
        }))
        .unwrap();
        seen.queued = serde_json::from_value(serde_json::json!({
            "jobs": [{
                "id": "0af", "queue": "queue1", "created_at": "2026-01-01T00:00:50Z",
                "waiting": "queue `queue1` is full",
            }],
            "next": null,
        }))
        .unwrap();
        seen.parked = serde_json::from_value(serde_json::json!({
            "jobs": [{
                "id": "0b0", "queue": "queue2", "created_at": "2026-01-01T00:00:20Z",
                "waiting": "waiting for output `a`",
            }],
            "next": "0b0",
        }))
        .unwrap();
        let now = "2026-01-01T00:01:00Z".parse().unwrap();
        let text = render("http://h:1", &seen, None, now, false);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "audience 1 · http://h:1 · process 7 · up 1m00s · 50 MiB · 50 % of a core"
        );
        assert_eq!(
            lines[2..],
            [
                "ACTOR                         STATE    SINCE MAIL DIED  SLICE",
                "RootSupervisor root           idle     1m00s    0    0",
                "  BatchActor label 0/1\\u{1b}  working    30s    1    2  3 · 25 % · 1000 rows/s",
                "    died 40s ago: a\\npanic",
                "  TaskActor 0ae               waiting    30s    0    0",
                "    countdown of 30 s: step `publish` begins at 10:00",
                "",
                "QUEUED",
                "job 0af in queue `queue1` since 10s",
                "  queue `queue1` is full",
                "",
                "PARKED",
                "job 0b0 in queue `queue2` since 40s",
                "  waiting for output `a`",
                "… and older ones",
            ]
        );
    }
}
