//! A part of the composition root: what is logged about jobs → the store, where it is served from.
//!
//! Lines are stored some together. While the store is away they wait, as far as there is room for
//! them, and nothing is said of it but once. What is said here never has a job's id: that would make
//! another line to be stored.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::backoff::Backoff;
use crate::engine::store::{NewLine, Store, StoreError};
use crate::telemetry::metrics::metrics;
use crate::telemetry::{JobLine, JobLines, chain, job_lines};

/// Lines of one transaction.
const TOGETHER_MAX: usize = 500;

/// Of their texts: databases take statements of a few megabytes.
const BYTES_MAX: usize = 1 << 20;

/// How long the first of them waits for others.
const GATHER: Duration = Duration::from_millis(200);

/// Pauses between tries while the store is away.
const PAUSES: Backoff = Backoff {
    first: Duration::from_millis(200),
    longest: Duration::from_secs(5),
};

/// What a program that stops gives the last lines.
const FLUSH: Duration = Duration::from_secs(3);

/// Stores what is logged about jobs until it is stopped.
pub struct JobLogs {
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl JobLogs {
    pub fn start(store: Store) -> Self {
        let stop = CancellationToken::new();
        let keeper = Keeper {
            store,
            stop: stop.clone(),
            is_away: false,
        };
        let task = tokio::spawn(keeper.run(job_lines()));
        Self {
            stop,
            task: Mutex::new(Some(task)),
        }
    }

    /// Stores what is left, if that can be done soon.
    pub async fn stop(&self) {
        self.stop.cancel();
        if let Some(mut task) = self.task.lock().await.take()
            && timeout(FLUSH, &mut task).await.is_err()
        {
            task.abort();
        }
    }
}

impl Drop for JobLogs {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

struct Keeper {
    store: Store,
    stop: CancellationToken,
    /// The last try to store anything failed.
    is_away: bool,
}

impl Keeper {
    async fn run(mut self, mut lines: JobLines) {
        let mut group = Vec::new();
        while !self.stop.is_cancelled() {
            tokio::select! {
                () = lines.take(&mut group, TOGETHER_MAX) => {}
                () = self.stop.cancelled() => break,
            }
            let until = Instant::now() + GATHER;
            while group.len() < TOGETHER_MAX && !self.stop.is_cancelled() {
                let left = TOGETHER_MAX - group.len();
                tokio::select! {
                    taken = timeout_at(until, lines.take(&mut group, left)) => {
                        if taken.is_err() {
                            break;
                        }
                    }
                    () = self.stop.cancelled() => {}
                }
            }
            self.keep(&mut group).await;
        }
        // Those that were logged before the stop.
        loop {
            lines.take_waiting(&mut group, TOGETHER_MAX);
            if group.is_empty() {
                break;
            }
            self.keep(&mut group).await;
        }
    }

    /// Stores lines, however long that takes; a program that stops gives up what cannot be stored now.
    async fn keep(&mut self, group: &mut Vec<JobLine>) {
        let lines: Vec<NewLine> = group.drain(..).map(new_line).collect();
        // One that the store refuses must not take others with it.
        let mut parts = vec![lines.as_slice()];
        while let Some(part) = parts.pop() {
            if part.len() > 1 && (bytes(part) > BYTES_MAX || !self.keep_part(part).await) {
                let (first, second) = part.split_at(part.len() / 2);
                parts.extend([second, first]);
            } else if part.len() == 1 && !self.keep_part(part).await {
                metrics().log_lines_dropped.add(1, &[]);
            }
        }
    }

    /// `false`: the store refuses these lines, or is away for longer than the program waits.
    async fn keep_part(&mut self, lines: &[NewLine]) -> bool {
        let mut failures = 0;
        loop {
            match self.store.logs().keep(lines).await {
                Ok(()) => {
                    self.is_there();
                    return true;
                }
                Err(error) => {
                    self.failed(&error);
                    if !error.is_transient() || self.stop.is_cancelled() {
                        return false;
                    }
                }
            }
            failures += 1;
            tokio::select! {
                () = sleep(PAUSES.pause(failures, 0)) => {}
                () = self.stop.cancelled() => {}
            }
        }
    }

    fn failed(&mut self, error: &StoreError) {
        if !self.is_away {
            self.is_away = true;
            warn!(
                error = chain(error),
                "the logs of jobs cannot be stored at the moment"
            );
        }
    }

    fn is_there(&mut self) {
        if self.is_away {
            self.is_away = false;
            info!("the logs of jobs are stored again");
        }
    }
}

fn bytes(lines: &[NewLine]) -> usize {
    let text = |value: &Value| value.as_str().map_or(16, str::len);
    let of = |line: &NewLine| {
        let fields = line.fields.iter();
        let fields = fields.map(|(name, value)| name.len() + text(value));
        line.message.len() + fields.sum::<usize>()
    };
    lines.iter().map(of).sum()
}

fn new_line(line: JobLine) -> NewLine {
    NewLine {
        job: line.job,
        at: line.at,
        level: line.level,
        message: line.message,
        fields: line.fields,
    }
}
