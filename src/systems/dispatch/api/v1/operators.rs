//! Calls of operators: what is wrong with the broker, and many dead letters at once.

use entity::DispatchStatus;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;

use super::Groups;
use crate::clock;
use crate::http::Who;
use crate::http::body::{Body, JsonBody, WordFilter, whole_number};
use crate::http::error::Failure;
use crate::systems::dispatch::api::scope::sees_service;
use crate::systems::dispatch::api::words::LetterKinds;
use crate::systems::dispatch::{Dispatch, LettersToReplay, RecentTasks, Trouble};

/// In microseconds.
const HOUR: i64 = 3_600_000_000;

/// The operations.
pub(crate) struct OperatorsApi(pub Dispatch);

/// The services and what is wrong with the broker.
#[derive(Object)]
struct ServiceList {
    /// In the order of the settings.
    services: Vec<ServiceShown>,
    /// What is wrong with the broker for all services; empty: nothing, or there is no broker.
    troubles: Vec<String>,
}

/// A service that tasks are dispatched to.
#[derive(Object)]
struct ServiceShown {
    service: String,
    /// Where its messages go.
    topic: String,
    /// Where its workers answer.
    reply_topic: Option<String>,
    waiting: u64,
    running: u64,
    /// Since when the oldest task that waits has waited; RFC 3339, like all times here.
    waiting_since: Option<String>,
    /// Since when the oldest task that runs has run.
    running_since: Option<String>,
    /// What has become of the tasks that were created within the last hour.
    last_hour: LastHour,
    /// Why its tasks, or the answers to them, wait: a topic that the broker does not have, or does not
    /// let us use. They continue by themselves.
    troubles: Vec<String>,
}

/// Tasks that were created within the last hour.
#[derive(Object)]
struct LastHour {
    created: u64,
    finished: u64,
    failed: u64,
    /// When a worker last reported on one of them, or kept its lease; null: none has.
    heard_at: Option<String>,
}

/// Which dead letters to replay.
#[derive(Object, Deserialize)]
struct ReplayLetters {
    /// Only those of this kind.
    kind: Option<WordFilter<LetterKinds>>,
    /// Only those of this service.
    service: Option<String>,
    /// Letters at most, 1 to 1000.
    #[oai(
        default = "usual_limit",
        validator(minimum(value = "1"), maximum(value = "1000"))
    )]
    #[serde(
        default = "usual_limit",
        deserialize_with = "whole_number::<1, 1000, _>"
    )]
    limit: u32,
    /// Only letters behind this one: the `next` of the call before.
    after: Option<i64>,
}

impl Body for ReplayLetters {
    const REQUIRED: bool = false;
}

fn usual_limit() -> u32 {
    200
}

/// What became of dead letters.
#[derive(Object)]
struct LettersReplayed {
    replayed: u64,
    /// Those that still cannot be used. They stay as they are.
    refused: u64,
    /// Some of them, with the reason.
    reasons: Vec<LetterRefused>,
    /// Give it as `after` to continue; null: there are no more.
    next: Option<i64>,
}

/// A dead letter that still cannot be used.
#[derive(Object)]
struct LetterRefused {
    seq: i64,
    reason: String,
}

#[OpenApi(tag = "Groups::Dispatch")]
impl OperatorsApi {
    /// List services
    ///
    /// With their topics, their tasks that have not ended, and what is wrong with the broker.
    #[oai(
        path = "/v1/dispatch/services",
        method = "get",
        operation_id = "list_services"
    )]
    async fn list_services(&self, who: Who) -> poem::Result<Json<ServiceList>> {
        let troubles = self.0.broker_troubles();
        let scope = who.scope();
        // Those who work for a service get its tasks of any queue.
        let queues = scope.queues().filter(|_| scope.services().is_none());
        let open = self.0.open_tasks(queues).await.map_err(Failure::from)?;
        let hour_ago = clock::now_micros() - HOUR;
        let recent = self.0.recent_tasks(hour_ago, queues).await;
        let recent = recent.map_err(Failure::from)?;
        let services = &self.0.options().services;
        let set = services
            .names()
            .iter()
            .filter(|name| sees_service(&who, name));
        let set = set.filter_map(|name| Some((name, services.get(name)?)));
        let shown = set.map(|(name, service)| {
            let tasks = |status: DispatchStatus| {
                let mut open = open.iter();
                open.find(|open| open.service == *name && open.status == status)
            };
            let since = |status: DispatchStatus| tasks(status)?.since().map(clock::rfc3339);
            ServiceShown {
                service: name.clone(),
                topic: service.topic.clone(),
                reply_topic: service.reply_topic.clone(),
                waiting: tasks(DispatchStatus::Waiting).map_or(0, |open| open.tasks),
                running: tasks(DispatchStatus::Running).map_or(0, |open| open.tasks),
                waiting_since: since(DispatchStatus::Waiting),
                running_since: since(DispatchStatus::Running),
                last_hour: LastHour::of(&recent, name),
                troubles: texts(&troubles, Some(name)),
            }
        });
        Ok(Json(ServiceList {
            services: shown.collect(),
            troubles: texts(&troubles, None),
        }))
    }

    /// Replay dead letters
    ///
    /// Those that were not replayed yet, oldest first. Answers are applied again, tasks that were
    /// given up are started again.
    #[oai(
        path = "/v1/dispatch/dead_letters/replay",
        method = "post",
        operation_id = "replay_dead_letters"
    )]
    async fn replay_dead_letters(
        &self,
        body: JsonBody<ReplayLetters>,
    ) -> poem::Result<Json<LettersReplayed>> {
        const SHOWN: usize = 20;
        let asked = body.value;
        let which = LettersToReplay {
            kind: asked.kind.and_then(|WordFilter(kind)| kind),
            service: asked.service.filter(|service| !service.is_empty()),
            after: asked.after,
            limit: u64::from(asked.limit),
        };
        let done = self.0.replay_all(&which).await.map_err(Failure::from)?;
        let refused = done.refused.len() as u64;
        let reasons = done.refused.into_iter().take(SHOWN);
        let reasons = reasons.map(|(seq, reason)| LetterRefused { seq, reason });
        Ok(Json(LettersReplayed {
            replayed: done.replayed,
            refused,
            reasons: reasons.collect(),
            next: done.next,
        }))
    }
}

impl LastHour {
    fn of(recent: &[RecentTasks], service: &str) -> Self {
        let own = || recent.iter().filter(|tasks| tasks.service == service);
        let with = |status: DispatchStatus| {
            let own = own().filter(|tasks| tasks.status == status);
            own.map(|tasks| tasks.tasks).sum()
        };
        Self {
            created: own().map(|tasks| tasks.tasks).sum(),
            finished: with(DispatchStatus::Finished),
            failed: with(DispatchStatus::Failed),
            heard_at: own()
                .filter_map(|tasks| tasks.heard_at)
                .max()
                .map(clock::steady::rfc3339),
        }
    }
}

fn texts(troubles: &[Trouble], service: Option<&String>) -> Vec<String> {
    let troubles = troubles.iter();
    let troubles = troubles.filter(|trouble| trouble.service.as_ref() == service);
    troubles.map(|trouble| trouble.text.clone()).collect()
}
