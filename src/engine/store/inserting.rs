//! What a new job is stored with, any number of jobs at once.

use entity::{job, need, step};
use sea_orm::{DbBackend, Statement};
use serde_json::json;

use super::events::{self, NewEvent};
use super::submit::Fresh;
use super::{Result, leases, models};
use crate::clock;

/// Rows that one statement inserts at most: a server limits the length of what it is sent.
const ROWS_MAX: usize = 2_000;

/// Jobs with their steps, their needs and the beginning of their histories.
pub(super) fn statements(backend: DbBackend, fresh: &[Fresh<'_>]) -> Result<Vec<Statement>> {
    let jobs = fresh.iter().map(|new| new.submission.job(&new.beginning));
    let mut jobs: Vec<job::Model> = jobs.collect();
    let steps = fresh.iter().flat_map(|new| new.submission.steps());
    let steps: Vec<step::Model> = steps.collect();
    let needs = fresh.iter().flat_map(|new| new.beginning.needs.iter());
    let needs: Vec<need::Model> = needs.cloned().collect();
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
    for jobs in jobs.chunks(ROWS_MAX) {
        statements.extend(models::insertion(backend, jobs, &lease)?);
    }
    for steps in steps.chunks(ROWS_MAX) {
        statements.extend(models::insertion(backend, steps, &[])?);
    }
    for needs in needs.chunks(ROWS_MAX) {
        statements.extend(models::insertion(backend, needs, &[])?);
    }
    for events in events.chunks(ROWS_MAX) {
        statements.push(events::insertion(backend, events)?);
    }
    Ok(statements)
}

fn first_events(fresh: &Fresh<'_>) -> Vec<NewEvent> {
    let (submission, beginning) = (fresh.submission, &fresh.beginning);
    let id = &submission.new.id;
    let (first, data) = match (&beginning.skipped, beginning.left) {
        (Some(error), _) => ("job.skipped", json!({ "error": error })),
        (None, 1..) => ("job.blocked", json!({ "needs": beginning.left })),
        (None, _) if submission.new.parked.is_some() => ("job.parked", json!({})),
        (None, _) => ("job.queued", json!({})),
    };
    let mut events = vec![NewEvent::new(id, first, &data)];
    if submission.begin.is_some() {
        events.push(NewEvent::new(id, "job.started", &json!({ "epoch": 1 })));
    }
    events
}
