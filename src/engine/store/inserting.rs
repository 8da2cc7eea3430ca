//! What a new job is stored with, any number of jobs at once.

use entity::{job, step};
use sea_orm::{DbBackend, Statement};
use serde_json::json;

use super::events::{self, NewEvent};
use super::submit::Submission;
use super::{Result, leases, models};
use crate::clock;

/// Jobs with their steps and the beginning of their histories.
pub(super) fn statements(backend: DbBackend, fresh: &[&Submission]) -> Result<Vec<Statement>> {
    let mut jobs: Vec<job::Model> = fresh.iter().map(|new| new.job()).collect();
    let steps: Vec<step::Model> = fresh.iter().flat_map(|new| new.steps()).collect();
    let events: Vec<NewEvent> = fresh.iter().flat_map(|new| first_events(new)).collect();
    // Leases begin when they are stored.
    let lease = match leases::server_now_ms(backend) {
        Some(now) => format!("{now} + r.lease_until_ms"),
        None => {
            let now_ms = clock::steady::now_micros() / 1_000;
            let leases = jobs
                .iter_mut()
                .filter_map(|job| job.lease_until_ms.as_mut());
            leases.for_each(|until_ms| *until_ms += now_ms);
            "r.lease_until_ms".to_owned()
        }
    };
    let lease = [(job::Column::LeaseUntilMs, lease.as_str())];
    let mut statements = Vec::new();
    statements.extend(models::insertion(backend, &jobs, &lease)?);
    statements.extend(models::insertion(backend, &steps, &[])?);
    statements.push(events::insertion(backend, &events)?);
    Ok(statements)
}

fn first_events(submission: &Submission) -> Vec<NewEvent> {
    let id = &submission.new.id;
    let first = match submission.new.parked {
        Some(_) => "job.parked",
        None => "job.queued",
    };
    let mut events = vec![NewEvent::new(id, first, &json!({}))];
    if submission.begin.is_some() {
        events.push(NewEvent::new(id, "job.started", &json!({ "epoch": 1 })));
    }
    events
}
