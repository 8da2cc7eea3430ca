//! Deliveries of forges for schedules.

use std::sync::Arc;

use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use super::calls::Groups;
use crate::engine::triggers::Triggers;
use crate::http::hook::{Delivered, HookAnswer, no_hook};
use crate::secrets::Secrets;
use crate::systems::schedules::book::Book;
use crate::systems::schedules::source::trigger_id;
use crate::webhooks::Hook;

/// The operation.
#[derive(Clone)]
pub(in crate::systems::schedules) struct ScheduleHooks {
    pub(in crate::systems::schedules) book: Book,
    pub(in crate::systems::schedules) triggers: Triggers,
    pub(in crate::systems::schedules) secrets: Arc<Secrets>,
}

#[OpenApi(tag = "Groups::Schedules")]
impl ScheduleHooks {
    /// Receive a webhook for a schedule
    ///
    /// Called by GitHub, GitLab or Gitea for a schedule with `webhook`. It needs no token but a signature
    /// with the schedule's secret, and is answered like `POST /v1/hooks/{project}/{trigger}`; `run` is the
    /// id of the job.
    #[oai(
        path = "/v1/hooks/schedules/:name",
        method = "post",
        operation_id = "receive_schedule_hook"
    )]
    async fn receive_schedule_hook(
        &self,
        name: Path<String>,
        delivered: Delivered,
    ) -> poem::Result<HookAnswer> {
        let schedule = self.book.find(&name).ok_or_else(no_hook)?;
        let webhook = schedule.webhook.as_ref().ok_or_else(no_hook)?;
        let hook = Hook {
            forge: webhook.forge,
            secret: self.secrets.get(&webhook.secret),
            filter: &webhook.filter,
        };
        let trigger = trigger_id(&schedule.name);
        Ok(delivered.fire(hook, &self.triggers, trigger).await?)
    }
}
