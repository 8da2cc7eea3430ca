//! Deliveries of forges.

use std::sync::Arc;

use poem::http::StatusCode;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use super::Groups;
use crate::engine::triggers::Triggers;
use crate::http::error::Failure;
use crate::http::hook::{Delivered, HookAnswer, no_hook};
use crate::secrets::Secrets;
use crate::systems::pipelines::pipelines::Pipelines;
use crate::systems::pipelines::project::TriggerKind;
use crate::systems::pipelines::triggers::id_of;
use crate::webhooks::Hook;

/// The operations.
pub(crate) struct HooksApi {
    pub pipelines: Pipelines,
    pub triggers: Triggers,
    pub secrets: Arc<Secrets>,
}

#[OpenApi(tag = "Groups::Pipelines")]
impl HooksApi {
    /// Receive a webhook
    ///
    /// Called by GitHub, GitLab or Gitea for a trigger of the kind `webhook`. It needs no token but a
    /// signature with the trigger's secret: `X-Hub-Signature-256`, `X-Gitea-Signature`, `webhook-signature`
    /// or `X-Gitlab-Token`. A delivery that is sent again is answered with the same run.
    #[oai(
        path = "/v1/hooks/:project/:trigger",
        method = "post",
        operation_id = "receive_hook"
    )]
    async fn receive_hook(
        &self,
        project: Path<String>,
        trigger: Path<String>,
        delivered: Delivered,
    ) -> poem::Result<HookAnswer> {
        let known = self.pipelines.projects.find(&project).ok_or_else(no_hook)?;
        let found = known.project.trigger(&trigger).ok_or_else(no_hook)?;
        let TriggerKind::Webhook {
            forge,
            secret,
            filter,
        } = &found.kind
        else {
            return Err(no_hook().into());
        };
        let hook = Hook {
            forge: *forge,
            secret: self.secrets.get(secret),
            filter,
        };
        let trigger = id_of(&project, &found.name);
        let answer = delivered.fire(hook, &self.triggers, trigger).await;
        let is_signed = |failure: &Failure| failure.status != StatusCode::UNAUTHORIZED;
        if answer.as_ref().err().is_none_or(is_signed) {
            self.pipelines.use_newest_later(known);
        }
        Ok(answer?)
    }
}
