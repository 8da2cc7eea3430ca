//! What the end of an attempt means, in words.

use crate::engine::seam::StepError;
use crate::systems::pipelines::executor::{Cause, End, ExecutorError, Exit};
use crate::systems::pipelines::project::{Body, Task};

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
        (Cause::TimedOut, _) => {
            let limit = task
                .timeout
                .map(|limit| limit.as_secs_f64())
                .unwrap_or_default();
            format!("timed out after {limit} s{place}")
        }
        (Cause::Stopped, _) => format!("stopped{place}"),
        (_, Exit::Code(code)) => format!("exit {code}{place}"),
        (_, Exit::Signal(number)) => format!("ended by signal {number}{place}"),
        (_, Exit::NotStarted(problem)) => format!("cannot be started: {problem}"),
        (_, Exit::Lost) => "its end is not known".to_owned(),
    }
}

/// An executor that does not answer is started again: its work is waited for.
pub(super) fn away(error: ExecutorError) -> StepError {
    StepError::outage("the executor", "the executor of commands is away").caused_by(error)
}
