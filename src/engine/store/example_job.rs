//! A stored job for tests, which change what matters to them.

use entity::{HistoryState, JobId, JobState, job};

pub(crate) fn example_job() -> job::Model {
    job::Model {
        id: JobId::new(),
        flow: "example".to_owned(),
        state: JobState::Queued,
        queue: "queue1".to_owned(),
        request: "{}".to_owned(),
        request_digest: String::new(),
        idempotency_key: None,
        body_digest: None,
        cancel_requested: false,
        generation: 0,
        created_at: 0,
        started_at: None,
        ended_at: None,
        lease_owner: None,
        lease_until_ms: None,
        lease_epoch: 0,
        waiting: None,
        error: None,
        wakes_at: None,
        history: HistoryState::Kept,
        traceparent: None,
        title: None,
        identity: None,
        live_key: None,
        rank_no: 0,
        needs_left: 0,
        planned: false,
        slot_key: String::new(),
        started_by: None,
        starter: None,
        subject: None,
    }
}
