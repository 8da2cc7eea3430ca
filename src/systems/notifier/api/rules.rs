//! Who is told what by mail and webhooks: rules, tests, and what became of messages.

use std::sync::Arc;

use entity::{DeliveryState, notification_rule};
use futures_util::future::join_all;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Deserialize;

use super::Groups;
use super::models::{DeliveryPage, DeliveryView, RuleList, RuleView, TestResult, TestedReceiver};
use crate::clock;
use crate::engine::store::notifications::new_id;
use crate::http::Who;
use crate::http::body::{Body, JsonBody, Vocabulary, WordFilter};
use crate::http::error::Failure;
use crate::notify::{EventKind, Language, Message, Notification};
use crate::systems::notifier::book::Book;
use crate::systems::notifier::receivers::Receivers;
use crate::systems::notifier::rule::Rule;
use crate::systems::notifier::settings::{OneOrMany, RuleSettings, Which};
use crate::systems::notifier::store::{DeliveryFilter, NotificationStore};

/// Rules that can be put over HTTP.
const RULES_MAX: usize = 200;

/// The operations.
#[derive(Clone)]
pub(in crate::systems::notifier) struct RuleCalls {
    pub store: NotificationStore,
    pub book: Book,
    pub receivers: Arc<Receivers>,
}

/// Where a delivery is, in the list.
struct DeliveryStates;

impl Vocabulary for DeliveryStates {
    type Item = DeliveryState;
    const NAME: &'static str = "DeliveryState";
    const DESCRIPTION: &'static str = "Where a message of a notification is.";
    const ITEMS: &'static [DeliveryState] = DeliveryState::ALL;
}

/// Who is told what.
#[derive(Object, Deserialize)]
pub(super) struct RuleBody {
    /// Events such as `job.failed`.
    when: Vec<String>,
    /// What they have to be about; `*` stands for anything.
    #[serde(default, rename = "where")]
    #[oai(rename = "where")]
    which: Option<WhichBody>,
    /// Receivers of the settings, such as `hook:slack`.
    to: Vec<String>,
    /// What is alike is said once in so many seconds; 300.
    #[serde(default)]
    throttle_s: Option<u64>,
    /// More messages than this are put together; 5.
    #[serde(default)]
    digest_over: Option<u32>,
    /// Hours in which nothing is sent, such as `22:00-07:00`.
    #[serde(default)]
    quiet: Option<String>,
    /// IANA zone of these; UTC.
    #[serde(default)]
    time_zone: Option<String>,
    /// `en`, `zh-TW`, `zh-CN` or `ja`; `en`.
    #[serde(default)]
    language: Option<String>,
    /// With `job.slow`: of the usual time of its like; 3.
    #[serde(default)]
    times: Option<f64>,
    /// With `job.waiting`: after so many seconds; 600.
    #[serde(default)]
    longer_s: Option<u64>,
}

/// What a rule is about.
#[derive(Default, Object, Deserialize)]
pub(super) struct WhichBody {
    /// Name of the flow.
    #[serde(default)]
    flow: Option<String>,
    /// What people call it.
    #[serde(default)]
    name: Option<String>,
    /// Who has started it.
    #[serde(default)]
    started_by: Option<String>,
}

impl Body for RuleBody {}

impl RuleBody {
    fn written(self) -> Result<RuleSettings, Failure> {
        let language = self.language.map(|word| {
            let language = serde_json::from_value::<Language>(word.clone().into());
            let expected = format!("language: `{word}`: expected en, zh-TW, zh-CN or ja");
            language.map_err(|_| Failure::invalid(expected))
        });
        let which = self.which.unwrap_or_default();
        Ok(RuleSettings {
            name: None,
            when: OneOrMany::Many(self.when),
            which: Which {
                flow: which.flow,
                name: which.name,
                started_by: which.started_by,
            },
            to: self.to,
            throttle_s: self.throttle_s,
            digest_over: self.digest_over,
            quiet: self.quiet,
            time_zone: self.time_zone,
            language: language.transpose()?,
            times: self.times,
            longer_s: self.longer_s,
        })
    }
}

#[derive(ApiResponse)]
enum Stored {
    /// The rule was there; it is as the body says from now on.
    #[oai(status = 200)]
    Replaced(Json<RuleView>),
    /// The rule is new.
    #[oai(status = 201)]
    Created(Json<RuleView>),
}

#[derive(ApiResponse)]
enum Removed {
    /// The rule is not there any more. What it has said and not sent is still sent.
    #[oai(status = 204)]
    Done,
}

#[derive(ApiResponse)]
enum Replayed {
    /// It is sent once more, with the same id.
    #[oai(status = 202)]
    Accepted(Json<DeliveryView>),
}

#[OpenApi(tag = "Groups::Notifications")]
impl RuleCalls {
    /// List rules
    ///
    /// Those of the settings, and those that were put.
    #[oai(
        path = "/v1/notifications/rules",
        method = "get",
        operation_id = "list_notification_rules"
    )]
    async fn list_notification_rules(&self) -> poem::Result<Json<RuleList>> {
        self.look().await?;
        let of_settings = self.book.of_settings().iter();
        let mut rules: Vec<RuleView> = of_settings.map(|rule| RuleView::of(rule, true)).collect();
        let stored = self.book.stored();
        rules.extend(stored.iter().map(|rule| RuleView::of(rule, false)));
        let events = EventKind::for_rules().map(|kind| kind.as_str().to_owned());
        Ok(Json(RuleList {
            rules,
            receivers: self.book.known().words(),
            events: events.collect(),
        }))
    }

    /// Put a rule
    ///
    /// From now on it counts as the body says.
    #[oai(
        path = "/v1/notifications/rules/:name",
        method = "put",
        operation_id = "put_notification_rule"
    )]
    async fn put_notification_rule(
        &self,
        who: Who,
        name: Path<String>,
        body: JsonBody<RuleBody>,
    ) -> poem::Result<Stored> {
        let written = body.value.written()?;
        let rule = Rule::read(&name, &written, self.book.known());
        let rule = rule.map_err(|faults| {
            let faults = faults.into_iter();
            let faults = faults.map(|fault| format!("{}: {}", fault.key, fault.problem));
            Failure::invalid(faults.collect::<Vec<_>>().join("; "))
        })?;
        self.look().await?;
        self.check_own(&name)?;
        let is_new = self.book.find(&name).is_none();
        if is_new && self.book.stored().len() >= RULES_MAX {
            let detail = format!("there are {RULES_MAX} rules already, which is the limit");
            return Err(Failure::conflict(detail).into());
        }
        let definition = serde_json::to_string(&written);
        let row = notification_rule::Model {
            name: name.0,
            definition: definition.map_err(|_| Failure::internal())?,
            changed_by: who.name().to_owned(),
            at: clock::now_micros(),
        };
        self.store.put_rule(row).await.map_err(Failure::from)?;
        self.look().await?;
        let view = Json(RuleView::of(&rule, false));
        Ok(match is_new {
            true => Stored::Created(view),
            false => Stored::Replaced(view),
        })
    }

    /// Remove a rule
    ///
    /// One that was put.
    #[oai(
        path = "/v1/notifications/rules/:name",
        method = "delete",
        operation_id = "remove_notification_rule"
    )]
    async fn remove_notification_rule(&self, name: Path<String>) -> poem::Result<Removed> {
        self.look().await?;
        self.check_own(&name)?;
        let removed = self.store.remove_rule(&name).await;
        if !removed.map_err(Failure::from)? {
            return Err(no_rule(&name).into());
        }
        self.look().await?;
        Ok(Removed::Done)
    }

    /// Send a test
    ///
    /// To each receiver of a rule, at once and whatever the hour. The answer says what they said.
    #[oai(
        path = "/v1/notifications/rules/:name/test",
        method = "post",
        operation_id = "test_notification_rule"
    )]
    async fn test_notification_rule(&self, name: Path<String>) -> poem::Result<Json<TestResult>> {
        self.look().await?;
        let rule = self.book.find(&name).ok_or_else(|| no_rule(&name))?;
        let words = rule.written.to.iter();
        let receivers: Vec<String> = words.flat_map(|word| self.receivers.expand(word)).collect();
        let message = Message::of(test_of(&rule));
        let tested = receivers.into_iter().map(|receiver| async {
            let (id, language) = (new_id(), rule.language);
            let sent = self
                .receivers
                .send(&receiver, &id, &message, language)
                .await;
            TestedReceiver {
                delivered: sent.is_ok(),
                said: match sent {
                    Ok(delivered) => delivered.said,
                    Err(undelivered) => undelivered.reason,
                },
                receiver,
            }
        });
        let receivers = join_all(tested).await;
        Ok(Json(TestResult { receivers }))
    }

    /// List deliveries
    ///
    /// Messages to receivers of rules, newest first: what was sent, what waits, and what was given up.
    #[oai(
        path = "/v1/notifications/deliveries",
        method = "get",
        operation_id = "list_notification_deliveries"
    )]
    async fn list_notification_deliveries(
        &self,
        /// Only those in this state.
        state: Query<Option<WordFilter<DeliveryStates>>>,
        /// Deliveries on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        #[oai(validator(max_length = 32))]
        after: Query<Option<String>>,
    ) -> poem::Result<Json<DeliveryPage>> {
        let limit = limit.0 as usize;
        let filter = DeliveryFilter {
            state: state.0.and_then(|WordFilter(state)| state),
            before: after.0,
        };
        // One more than asked for shows whether there is a next page.
        let found = self.store.deliveries(&filter, limit as u64 + 1).await;
        let mut found = found.map_err(Failure::from)?;
        let is_more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| is_more).map(|row| row.id.clone());
        let deliveries = found.into_iter().map(DeliveryView::of).collect();
        Ok(Json(DeliveryPage { deliveries, next }))
    }

    /// Replay a delivery
    ///
    /// One that was given up is tried again for a day.
    #[oai(
        path = "/v1/notifications/deliveries/:id/replay",
        method = "post",
        operation_id = "replay_notification_delivery"
    )]
    async fn replay_notification_delivery(&self, id: Path<String>) -> poem::Result<Replayed> {
        let is_replayed = self.store.replay(&id).await.map_err(Failure::from)?;
        let found = self.store.delivery(&id).await.map_err(Failure::from)?;
        let Some(delivery) = found else {
            let detail = format!("there is no delivery {}", id.0);
            return Err(Failure::not_found(detail).into());
        };
        if !is_replayed {
            let state = delivery.state;
            let detail = format!("delivery {} is {state}, expected one that is dead", id.0);
            return Err(Failure::conflict(detail).into());
        }
        self.store.engine().interest().ring();
        Ok(Replayed::Accepted(Json(DeliveryView::of(delivery))))
    }
}

impl RuleCalls {
    async fn look(&self) -> Result<(), Failure> {
        Ok(self.book.look().await?)
    }

    /// One of the settings is not changed here.
    fn check_own(&self, name: &str) -> Result<(), Failure> {
        let mut of_settings = self.book.of_settings().iter();
        match of_settings.any(|rule| rule.name == name) {
            true => Err(Failure::conflict(format!(
                "rule {name} stands in the server's settings and is changed there"
            ))),
            false => Ok(()),
        }
    }
}

fn no_rule(name: &str) -> Failure {
    Failure::not_found(format!("there is no rule {name}"))
}

fn test_of(rule: &Rule) -> Notification {
    Notification {
        id: new_id(),
        kind: EventKind::Test.as_str().to_owned(),
        at: clock::rfc3339(clock::now_micros()),
        flow: "audience".to_owned(),
        name: Some(rule.name.clone()),
        about: rule.name.clone(),
        ..Notification::default()
    }
}

fn fifty() -> u32 {
    50
}
