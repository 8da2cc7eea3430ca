//! Why a task does not move, found out when somebody asks: for its time, for a place of its service, for
//! the broker, or for its worker.

use std::collections::HashMap;

use entity::{DispatchStatus, JobId, dispatch, outbox};

use super::{Dispatch, Result};
use crate::clock;
use crate::clock::steady::rfc3339 as shown;
use crate::systems::dispatch::services::{BrokerState, DispatchService};

/// What is known beside the task and its message.
struct Circumstances<'a> {
    /// `None`: it is not in the settings.
    service: Option<&'a DispatchService>,
    /// Whether as many tasks of the service are with workers as may be at once.
    is_full: bool,
    /// What the broker is not able to do for the service.
    trouble: Option<String>,
}

impl Dispatch {
    /// What the tasks of these jobs wait for. Jobs without a task that is open are left out.
    pub(super) async fn waits_for(&self, jobs: &[JobId]) -> Result<HashMap<JobId, String>> {
        let mut reasons = HashMap::new();
        let mut full: HashMap<String, bool> = HashMap::new();
        for (task, message) in self.store.open_with_messages(jobs).await? {
            let service = self.options.services.get(&task.service);
            let is_full = match (full.get(&task.service), service) {
                (Some(known), _) => *known,
                (None, Some(service)) => {
                    let most = service.concurrency;
                    let found = self.store.is_full(&task.service, most).await?;
                    full.insert(task.service.clone(), found);
                    found
                }
                (None, None) => false,
            };
            let around = Circumstances {
                service,
                is_full,
                trouble: self.trouble_of(&task.service),
            };
            let reason = reason(
                &task,
                message.as_ref(),
                &around,
                clock::steady::now_micros(),
            );
            // Of several tasks of one job the first.
            reasons.entry(task.job().clone()).or_insert(reason);
        }
        Ok(reasons)
    }

    fn trouble_of(&self, service: &str) -> Option<String> {
        let troubles = self.options.broker.as_ref().map(BrokerState::troubles);
        let mut troubles = troubles.unwrap_or_default().into_iter();
        let is_of = |of: &Option<String>| of.as_deref().is_none_or(|of| of == service);
        let found = troubles.find(|trouble| is_of(&trouble.service));
        found.map(|trouble| trouble.text)
    }
}

/// `message`: the one that is still to be sent, or to be fetched.
fn reason(
    task: &dispatch::Model,
    message: Option<&outbox::Model>,
    around: &Circumstances<'_>,
    now: i64,
) -> String {
    let name = &task.service;
    let until = |what: &str| match task.deadline_at {
        Some(at) => format!("{what} until {}", shown(at)),
        None => what.to_owned(),
    };
    let beside_trouble = |reason: String| match &around.trouble {
        Some(trouble) => format!("{reason}; {trouble}"),
        None => reason,
    };
    match (task.status, message) {
        (DispatchStatus::Ready, _) => "waits to be started".to_owned(),
        (DispatchStatus::Running, _) if task.holder.is_some() => {
            until("a worker has it; its lease holds")
        }
        (DispatchStatus::Running, _) => {
            beside_trouble(until("a worker has begun; its next report is waited for"))
        }
        (_, Some(message)) if message.not_before_at > now => {
            again_later(task, message.not_before_at, around.service)
        }
        (_, Some(_)) if around.service.is_none() => {
            format!("service `{name}` is not in the settings of this process")
        }
        (_, Some(message)) if around.is_full && !message.reserved => {
            let most = around.service.and_then(|service| service.concurrency);
            let most = most.unwrap_or_default();
            format!(
                "service `{name}` is full: {most} of its tasks may be with workers at once \
                 (source_db.{name}.concurrency)"
            )
        }
        (_, Some(_)) => match (&around.trouble, around.service) {
            (Some(trouble), _) => format!("its message waits for the broker: {trouble}"),
            (None, Some(service)) if service.patience.pulled => {
                let waits = until(&format!(
                    "waits for a worker of service `{name}` to fetch it"
                ));
                match &task.message_failed {
                    Some(before) => format!("{waits}; the last time: {before}"),
                    None => waits,
                }
            }
            (None, _) => "its message is about to be sent".to_owned(),
        },
        (_, None) => beside_trouble(until(
            "its message has been sent; the first report of a worker is waited for",
        )),
    }
}

/// An attempt that failed is followed by another one after a pause.
fn again_later(task: &dispatch::Model, at: i64, service: Option<&DispatchService>) -> String {
    let at = shown(at);
    let attempt = task.failures + 1;
    let of_all = match service {
        Some(service) => format!(" of {}", service.patience.retries + 1),
        None => String::new(),
    };
    let error = task.message_failed.as_deref();
    let error = error.unwrap_or("the attempt before has failed");
    format!("is tried again at {at}, attempt {attempt}{of_all}: {error}")
}
