//! From a delivery of a forge to the fire of a webhook trigger.

use std::sync::Arc;

use entity::FireState;
use http::HeaderMap;
use serde_json::{Map, Value, json};
use tracing::warn;

use super::known_project::KnownProject;
use super::pipelines::Pipelines;
use super::project::{COMMIT, Trigger, TriggerKind};
use super::secrets::Secrets;
use super::triggers::id_of;
use crate::clock;
use crate::engine::triggers::{FireCall, FireView, TriggerError, Triggers};
use crate::telemetry::chain;
use crate::webhooks::{CommitId, Decision, Filter, Forge, Refused, verify};

const MICROS: i64 = 1_000_000;

/// What became of a delivery.
pub(crate) enum HookAnswer {
    /// `is_new`: by this delivery; otherwise it was delivered before.
    Run { id: String, is_new: bool },
    /// The id of a fire whose run starts later.
    Waits(String),
    /// Why it starts nothing, as people read it.
    Ignored(String),
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum HookError {
    #[error("there is no such hook")]
    Unknown,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("this delivery was received before, with another commit")]
    OtherCommit,
    /// The fire is stored, but its run could not be started.
    #[error("{0}")]
    NoRun(String),
    #[error(transparent)]
    Trigger(#[from] TriggerError),
}

/// A delivery that was signed with the secret of its trigger.
enum Received {
    Counts {
        forge: Forge,
        /// The id of the delivery: the same when the forge sends it again.
        id: String,
        /// `None`: the event is about something else.
        commit: Option<CommitId>,
    },
    Ignored(String),
}

impl Pipelines {
    /// A delivery that counts fires its trigger once, however often it is sent: its id is the key of the fire.
    pub(crate) async fn receive_hook(
        &self,
        triggers: &Triggers,
        secrets: &Secrets,
        (project, trigger): (&str, &str),
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<HookAnswer, HookError> {
        let known = self.projects.find(project).ok_or(HookError::Unknown)?;
        let trigger = known.project.trigger(trigger).ok_or(HookError::Unknown)?;
        let (forge, id, commit) = match received(trigger, secrets, headers, body)? {
            Received::Counts { forge, id, commit } => (forge, id, commit),
            Received::Ignored(reason) => return Ok(HookAnswer::Ignored(reason)),
        };
        let params = params(commit.as_ref());
        let call = FireCall {
            trigger: id_of(project, &trigger.name),
            key: Some(format!("delivery:{id}")),
            params: params.clone(),
            fired_by: forge.as_str().to_owned(),
            though_paused: false,
        };
        let fire = triggers.fire(call).await?;
        if fire.params != params {
            return Err(HookError::OtherCommit);
        }
        let answer = answer(fire)?;
        self.use_what_was_fetched(known);
        Ok(answer)
    }

    /// Its triggers may be others from now on. Nobody waits for that.
    fn use_what_was_fetched(&self, known: Arc<KnownProject>) {
        if known.project.source.is_none() {
            return;
        }
        let commits = self.commits.clone();
        tokio::spawn(async move {
            if let Err(error) = commits.use_newest(&known).await {
                let project = &known.project.name;
                warn!(
                    project,
                    error = chain(&error),
                    "the newest commit is not used"
                );
            }
        });
    }
}

fn params(commit: Option<&CommitId>) -> Map<String, Value> {
    let commit = commit.map(|commit| (COMMIT.to_owned(), json!(commit.as_str())));
    commit.into_iter().collect()
}

fn answer(fire: FireView) -> Result<HookAnswer, HookError> {
    let is_new = fire.is_new;
    let message = fire.message.unwrap_or_default();
    Ok(match (fire.state, fire.started) {
        (FireState::Failed, _) => return Err(HookError::NoRun(message)),
        (FireState::Skipped | FireState::Ignored, _) => HookAnswer::Ignored(message),
        (_, Some(id)) => HookAnswer::Run { id, is_new },
        (_, None) => HookAnswer::Waits(fire.id),
    })
}

fn received(
    trigger: &Trigger,
    secrets: &Secrets,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Received, HookError> {
    let TriggerKind::Webhook {
        forge,
        secret,
        events,
        branches,
        tags,
        paths,
    } = &trigger.kind
    else {
        return Err(HookError::Unknown);
    };
    let secret = secrets.get(secret);
    let secret = secret.ok_or(Refused::Secret("has no value on this server"))?;
    let delivery = verify(*forge, secret, headers, body, clock::now_micros() / MICROS)?;
    // Checked with the file.
    let filter = Filter::parse(events, branches, tags, paths).map_err(Refused::Body)?;
    Ok(match filter.decide(&delivery) {
        Decision::Ignored(reason) => Received::Ignored(reason),
        Decision::Counts(commit) => Received::Counts {
            forge: *forge,
            id: delivery.id,
            commit,
        },
    })
}
