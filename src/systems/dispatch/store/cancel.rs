//! Cancelling a task at once: its worker is outside, and hears of it with its next report.

use async_trait::async_trait;
use entity::{DispatchStatus, job};
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::change::{self, Change, Message};
use crate::clock;
use crate::engine::store::{ParkedFlow, Result};

/// The flow of tasks for outside workers.
pub(super) struct DispatchFlow;

const REASON: &str = "cancelled";

#[async_trait]
impl ParkedFlow for DispatchFlow {
    async fn cancel(&self, on: &DatabaseTransaction, job: &job::Model) -> Result<bool> {
        let Some(before) = change::look(on, &job.id).await? else {
            return Ok(false);
        };
        if before.status.has_ended() {
            return Ok(false);
        }
        let mut change = Change::of(&before);
        change.after.status = DispatchStatus::Failed;
        change.after.ended_at = Some(clock::now_micros());
        change.after.deadline_at = None;
        change.after.message = Some(REASON.to_owned());
        change.after.message_failed = Some(REASON.to_owned());
        change.message = Message::Drop;
        change.cancelled = true;
        change.record("job.cancelled", &json!({ "error": null }));
        change.store(on).await?;
        Ok(true)
    }
}
