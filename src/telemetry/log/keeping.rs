//! Hands lines about jobs to the program that stores them. Logging never waits: a line that does
//! not fit is dropped and counted.

use std::sync::{Mutex, PoisonError};

use entity::{JobId, LogLevel};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tracing::Level;

use super::line::Line;
use crate::telemetry::metrics::metrics;

/// The field by which a line is known to be about a job.
const JOB: &str = "job.id";

/// Lines that wait to be stored: some seconds of many jobs, some megabytes.
const WAITING_MAX: usize = 10_000;

/// A line that belongs to the log of a job.
#[derive(Clone, Debug, PartialEq)]
pub struct JobLine {
    pub job: JobId,
    /// Microseconds since 1970.
    pub at: i64,
    pub level: LogLevel,
    pub message: String,
    /// What else it says.
    pub fields: Map<String, Value>,
}

/// The receivers of such lines. Tests run several programs in one process, of which each takes all of them.
static TAKERS: Mutex<Vec<mpsc::Sender<JobLine>>> = Mutex::new(Vec::new());

/// The lines that are logged about jobs from now on.
#[derive(Debug)]
pub struct JobLines(mpsc::Receiver<JobLine>);

impl JobLines {
    /// Waits for lines and adds up to so many of them.
    pub async fn take(&mut self, lines: &mut Vec<JobLine>, most: usize) {
        // The sender is in the list of takers for as long as the receiver is there.
        self.0.recv_many(lines, most).await;
    }

    /// Adds up to so many of those that are there.
    pub fn take_waiting(&mut self, lines: &mut Vec<JobLine>, most: usize) {
        while lines.len() < most
            && let Ok(line) = self.0.try_recv()
        {
            lines.push(line);
        }
    }
}

pub fn job_lines() -> JobLines {
    let (taker, lines) = mpsc::channel(WAITING_MAX);
    let mut takers = TAKERS.lock().unwrap_or_else(PoisonError::into_inner);
    takers.push(taker);
    JobLines(lines)
}

pub(super) fn keep(line: Line) {
    let Some(job) = job_of(&line) else { return };
    let mut takers = TAKERS.lock().unwrap_or_else(PoisonError::into_inner);
    if takers.is_empty() {
        return;
    }
    let line = JobLine {
        job,
        at: line.at,
        level: level(line.level),
        message: line.message,
        fields: line.fields,
    };
    takers.retain(|taker| match taker.try_send(line.clone()) {
        Ok(()) => true,
        Err(TrySendError::Full(_)) => {
            metrics().log_lines_dropped.add(1, &[]);
            true
        }
        Err(TrySendError::Closed(_)) => false,
    });
}

fn job_of(line: &Line) -> Option<JobId> {
    line.fields.get(JOB)?.as_str()?.parse().ok()
}

fn level(level: Level) -> LogLevel {
    match level {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warn,
        Level::INFO => LogLevel::Info,
        Level::DEBUG => LogLevel::Debug,
        Level::TRACE => LogLevel::Trace,
    }
}
