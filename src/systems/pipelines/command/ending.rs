//! What the end of an attempt means, in words.

use std::time::Duration;

use crate::engine::seam::StepError;
use crate::systems::pipelines::executor::{Cause, End, ExecutorError, Exit};
use crate::systems::pipelines::project::{Body, Task};
use crate::telemetry::metrics::metrics;

/// Why an attempt failed, e.g. `exit 1 in script 2`.
pub(super) fn reason(task: &Task, end: &End) -> String {
    let scripts = match &task.body {
        Some(Body::Run(scripts)) => scripts.len(),
        _ => 1,
    };
    let place = match (&task.body, scripts) {
        (Some(Body::Run(_)), _) => format!(" in script {}", end.command + 1),
        _ => String::new(),
    };
    match (end.cause, &end.exit) {
        (Cause::TimedOut, _) => format!("{}{place}", timed_out(task)),
        (Cause::Stopped, _) => format!("stopped{place}"),
        (_, Exit::Code(code)) => format!("exit {code}{place}"),
        (_, Exit::Signal(number)) => format!("ended by signal {number}{place}"),
        (_, Exit::NotStarted(problem)) => format!("cannot be started: {problem}"),
        (_, Exit::Lost) => "its end is not known".to_owned(),
    }
}

/// Why an attempt failed that took longer than its task may.
pub(super) fn timed_out(task: &Task) -> String {
    let limit = task.timeout.unwrap_or_default().as_secs_f64();
    format!("timed out after {limit} s")
}

/// Counts what the commands of an attempt took and wrote.
pub(super) fn measure(project: &str, end: &End) {
    let outcome = match end.cause {
        Cause::Exited if end.is_success() => "succeeded",
        Cause::Exited => "failed",
        Cause::TimedOut => "timed_out",
        Cause::Stopped => "stopped",
        Cause::ExecutorDied | Cause::Orphaned => "lost",
    };
    let labels = [("project", project), ("outcome", outcome)];
    // A clock may have been set back meanwhile.
    let seconds = (end.ended_at - end.started_at).max(0) as f64 / 1e6;
    metrics()
        .pipeline_command_duration
        .record(seconds, &labels, None);
    let labels = [("project", project)];
    metrics().pipeline_log_bytes.add(end.log_bytes, &labels);
}

/// An executor that does not answer is started again: its work is waited for.
pub(super) fn away(error: ExecutorError) -> StepError {
    let sentence = match &error {
        ExecutorError::Directory { cause, .. } | ExecutorError::Start { cause, .. } => {
            format!("the executor of commands is away: {}", cause.kind())
        }
        _ => "the executor of commands is away".to_owned(),
    };
    StepError::outage("the executor", sentence).caused_by(error)
}

/// `90 s`, `2 h`.
pub(super) fn humantime(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        seconds if seconds % 3_600 == 0 => format!("{} h", seconds / 3_600),
        seconds if seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}
