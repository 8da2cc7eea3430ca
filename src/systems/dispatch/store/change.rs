//! What becomes of a task, and of its message; `storing` stores it.

use entity::{DispatchStatus, JobState, dispatch};
use serde_json::{Value, json};

use super::{Patience, Progress};
use crate::clock;
use crate::engine::store::events::NewEvent;
use crate::telemetry::metrics::metrics;

/// What is to become of a task.
pub(super) struct Change {
    pub before: dispatch::Model,
    /// As it is to be stored.
    pub after: dispatch::Model,
    pub message: Message,
    pub events: Vec<NewEvent>,
    /// A caller, not a worker, has ended it.
    pub cancelled: bool,
}

/// What is to become of its message.
pub(super) enum Message {
    Keep,
    Drop,
    /// Not to be sent earlier; microseconds since 1970.
    Send {
        not_before_at: i64,
    },
}

impl Change {
    pub(super) fn of(before: &dispatch::Model) -> Self {
        Self {
            before: before.clone(),
            after: before.clone(),
            message: Message::Keep,
            events: Vec::new(),
            cancelled: false,
        }
    }

    pub(super) fn record(&mut self, kind: &str, data: &Value) {
        self.events
            .push(NewEvent::new(self.after.job(), kind, data));
    }

    /// A worker has begun, which it may report again before it ends. What the attempt before said it
    /// did is over.
    pub(super) fn begin(&mut self, message: Option<String>, deadline_at: Option<i64>) {
        let now = clock::now_micros();
        self.after.status = DispatchStatus::Running;
        self.after.started_at = Some(now);
        self.after.deadline_at = deadline_at;
        self.message = Message::Drop;
        self.after.message.clone_from(&message);
        self.after.message_running = message;
        let data = json!({ "attempt": self.after.attempt, "message": self.after.message_running });
        self.record("dispatch.running", &data);
    }

    pub(super) fn finish(&mut self, message: Option<String>, result: Option<String>) {
        self.after.status = DispatchStatus::Finished;
        self.end(result);
        self.say(message);
        let data = json!({ "attempt": self.after.attempt, "message": self.after.message_finished });
        self.record("dispatch.finished", &data);
        self.job_ends("job.succeeded", &json!({ "error": null }));
    }

    /// An attempt has failed: another one is made if the service is that patient.
    pub(super) fn fail(&mut self, reason: String, result: Option<String>, patience: &Patience) {
        let retries = patience.retries;
        if self.after.failures < retries {
            let pause = patience.pause(self.after.failures);
            let data = json!({
                "attempt": self.after.attempt, "error": reason, "retry_in_s": pause / 1_000_000,
            });
            self.record("dispatch.attempt_failed", &data);
            self.after.failures += 1;
            self.again(clock::steady::now_micros() + pause, patience);
            self.after.message = Some(reason.clone());
            self.after.message_failed = Some(reason);
            return;
        }
        self.give_up(reason, result);
    }

    /// The task has failed, however patient its service is.
    pub(super) fn give_up(&mut self, reason: String, result: Option<String>) {
        self.after.status = DispatchStatus::Failed;
        self.end(result);
        self.say(Some(reason));
        let data = json!({ "attempt": self.after.attempt, "error": self.after.message_failed });
        self.record("dispatch.failed", &data);
        let error = json!({ "error": self.after.message_failed });
        self.job_ends("job.failed", &error);
    }

    /// The next attempt: its message is to be sent.
    pub(super) fn again(&mut self, not_before_at: i64, patience: &Patience) {
        self.after.attempt += 1;
        self.wait(not_before_at, patience);
    }

    /// No worker has ever worked on the attempt: it is handed out once more.
    pub(super) fn give_back(&mut self, patience: &Patience) {
        let data = json!({ "attempt": self.after.attempt });
        self.record("dispatch.lease_unused", &data);
        self.wait(0, patience);
    }

    fn wait(&mut self, not_before_at: i64, patience: &Patience) {
        self.after.status = DispatchStatus::Waiting;
        self.after.started_at = None;
        self.after.ended_at = None;
        self.after.holder = None;
        self.after.sent_at = None;
        self.after.heartbeat_at = None;
        self.after.progress_ppm = None;
        self.after.cancelled_at = None;
        self.after.deadline_at = patience.first_deadline(not_before_at);
        self.message = Message::Send { not_before_at };
    }

    /// Its job ends with it, unless the task belongs to a step of one.
    pub(super) fn job_ends(&mut self, kind: &str, data: &Value) {
        if self.after.for_job.is_none() {
            self.record(kind, data);
        }
    }

    fn end(&mut self, result: Option<String>) {
        self.after.ended_at = Some(clock::now_micros());
        self.after.deadline_at = None;
        self.message = Message::Drop;
        if result.is_some() {
            self.after.result = result;
        }
    }

    /// Its worker has not said when it began: not before its message was sent. Of a task without
    /// a message only this moment is known.
    pub(super) fn begin_when_sent(&mut self) {
        let sent_at = match self.after.sent_at {
            Some(at) => Some(at).filter(|at| *at > 0),
            None => Some(clock::now_micros()),
        };
        self.after.started_at = self.after.started_at.or(sent_at);
    }

    /// Keeps what a worker says while it works.
    pub(super) fn note(&mut self, message: Option<String>, progress: Option<Progress>) {
        if let Some(Progress(ppm)) = progress {
            self.after.progress_ppm = Some(i64::from(ppm));
        }
        self.say(message);
    }

    /// Keeps the last message of each status.
    fn say(&mut self, message: Option<String>) {
        if message.is_none() {
            return;
        }
        let of_status = match self.after.status {
            DispatchStatus::Running => &mut self.after.message_running,
            DispatchStatus::Finished => &mut self.after.message_finished,
            _ => &mut self.after.message_failed,
        };
        of_status.clone_from(&message);
        self.after.message = message;
    }
}

/// Counts a task that has ended, once that is committed.
pub(super) fn count_ended(status: DispatchStatus) {
    let labels = [("flow", "dispatch"), ("state", job_state(status).as_str())];
    metrics().jobs_ended.add(1, &labels);
}

/// What the job of a task waits for.
pub(super) fn waits_for(status: DispatchStatus) -> Option<&'static str> {
    match status {
        DispatchStatus::Ready => Some("waits to be started"),
        DispatchStatus::Waiting | DispatchStatus::Running => Some("waits for an outside worker"),
        DispatchStatus::Finished | DispatchStatus::Failed => None,
    }
}

pub(super) fn job_state(status: DispatchStatus) -> JobState {
    match status {
        DispatchStatus::Ready | DispatchStatus::Waiting | DispatchStatus::Running => {
            JobState::Parked
        }
        DispatchStatus::Finished => JobState::Succeeded,
        DispatchStatus::Failed => JobState::Failed,
    }
}
