//! States as they are shown: a shape, a word and a colour.

use super::data::JobSummary;

/// The states of a job, in the order in which they are counted.
pub(super) const COUNTED: [&str; 8] = [
    "running",
    "parked",
    "queued",
    "blocked",
    "failed",
    "cancelled",
    "skipped",
    "succeeded",
];

/// The name of a state's icon and colour. What has no look of its own has that of `info`.
pub(crate) fn look(state: &str) -> &'static str {
    match state {
        "running" | "working" => "running",
        "parked" | "waiting" | "outage" | "retrying" | "wait" | "shared" => "waiting",
        "queued" | "pending" | "ready" | "run" | "stored" => "queued",
        "blocked" => "blocked",
        "failed" | "crashed" => "failed",
        "cancelled" | "stopped" => "cancelled",
        "skipped" | "ignored" => "skipped",
        "missing" => "missing",
        "succeeded" | "completed" | "complete" | "finished" | "group" | "started" => "succeeded",
        "held" => "held",
        "worker" => "worker",
        _ => "info",
    }
}

/// The id of a state's word.
pub(super) fn word(state: &str) -> String {
    format!("state-{state}")
}

/// A job that runs but stands still is shown as one that waits.
pub(super) fn of_job(job: &JobSummary) -> &str {
    match (job.state.as_str(), &job.waiting) {
        ("running", Some(_)) => "parked",
        (state, _) => state,
    }
}

/// Why a job waits.
pub(super) fn waiting(job: &JobSummary) -> Option<String> {
    job.waiting.as_deref().map(quoted)
}

/// A text of the interface, which has names between backticks, as people read it. `live.js` does the same.
pub(crate) fn quoted(text: &str) -> String {
    let mut parts = text.split('`');
    let mut quoted = parts.next().unwrap_or_default().to_owned();
    while let Some(name) = parts.next() {
        match parts.next() {
            Some(rest) => quoted.extend(["“", name, "”", rest]),
            None => quoted.extend(["`", name]),
        }
    }
    quoted
}
