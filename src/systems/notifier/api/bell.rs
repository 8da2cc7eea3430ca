//! What callers are told: their notifications, which of them they have read, and what they follow.

use std::time::Duration;

use entity::JobId;
use poem::web::sse::Event;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::warn;

use super::Groups;
use super::models::{Following, NotificationPage, NotificationView, Unread};
use crate::http::Who;
use crate::http::error::Failure;
use crate::http::v1::EventFeed;
use crate::http::v1::follower::{Followed, Follower, PAGE, Page, Rest};
use crate::http::v1::views::{job_id, no_job};
use crate::systems::notifier::hub::BellHub;
use crate::systems::notifier::store::{NotificationStore, Seen};
use crate::telemetry::chain;

/// A bell that is not heard is looked at all the same.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// The operations.
#[derive(Clone)]
pub(in crate::systems::notifier) struct BellCalls {
    pub store: NotificationStore,
    pub hub: BellHub,
}

#[derive(ApiResponse)]
enum Feed {
    /// Each event has the number of the notification as `id`, its kind as `event`, and as `data` the
    /// notification. The stream does not end by itself.
    #[oai(status = 200)]
    Events(EventFeed),
}

#[derive(ApiResponse)]
enum Unfollowed {
    /// The caller does not follow the job.
    #[oai(status = 204)]
    Done,
}

#[OpenApi(tag = "Groups::Notifications")]
impl BellCalls {
    /// List notifications
    ///
    /// Those of the caller: how what it has started or follows has ended. Newest first, unless `after`
    /// is given.
    #[oai(
        path = "/v1/notifications",
        method = "get",
        operation_id = "list_notifications"
    )]
    async fn list_notifications(
        &self,
        who: Who,
        /// Only later ones than this number, oldest first: what came since.
        after: Query<Option<i64>>,
        /// Only earlier ones than this number: `next` of the page before.
        before: Query<Option<i64>>,
        /// Only those that the caller has not read.
        #[oai(default)]
        unread: Query<bool>,
        /// Notifications on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
    ) -> poem::Result<Json<NotificationPage>> {
        let limit = limit.0 as usize;
        let seen = Seen {
            after: after.0,
            before: before.0,
            only_unread: unread.0,
            // One more than asked for shows whether there is a next page.
            limit: limit as u64 + 1,
        };
        let found = self.store.seen(who.name(), seen).await;
        let mut found = found.map_err(Failure::from)?;
        let is_more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| is_more).map(|belled| belled.no);
        let notifications = found.into_iter().map(NotificationView::of).collect();
        Ok(Json(NotificationPage {
            notifications,
            unread: self.unread(&who).await?,
            next,
        }))
    }

    /// Mark a notification as read
    ///
    /// For this caller; it stays in the list.
    #[oai(
        path = "/v1/notifications/:id/read",
        method = "post",
        operation_id = "read_notification"
    )]
    async fn read_notification(
        &self,
        who: Who,
        id: Path<String>,
    ) -> poem::Result<Json<NotificationView>> {
        let found = self
            .store
            .find(who.name(), &id)
            .await
            .map_err(Failure::from)?;
        let Some(mut belled) = found else {
            let detail = format!("there is no notification {}", id.0);
            return Err(Failure::not_found(detail).into());
        };
        let marked = self.store.mark_read(who.name(), belled.no).await;
        marked.map_err(Failure::from)?;
        belled.is_read = true;
        Ok(Json(NotificationView::of(belled)))
    }

    /// Mark all notifications as read
    ///
    /// Those of this caller. Answers how many are left.
    #[oai(
        path = "/v1/notifications/read-all",
        method = "post",
        operation_id = "read_all_notifications"
    )]
    async fn read_all_notifications(
        &self,
        who: Who,
        /// Only those up to this number, which is the newest one that the caller has seen.
        up_to: Query<Option<i64>>,
    ) -> poem::Result<Json<Unread>> {
        let up_to = up_to.0.unwrap_or(i64::MAX);
        let marked = self.store.mark_all_read(who.name(), up_to).await;
        marked.map_err(Failure::from)?;
        let unread = self.unread(&who).await?;
        Ok(Json(Unread { unread }))
    }

    /// Watch notifications
    ///
    /// Server-sent events: each notification of the caller as it comes, and those that were missed since
    /// `Last-Event-ID`. Without it only what comes from now on.
    #[oai(
        path = "/v1/notifications/events",
        method = "get",
        operation_id = "watch_notifications"
    )]
    async fn watch_notifications(
        &self,
        who: Who,
        /// Only notifications after this number. Browsers send it when they connect again.
        #[oai(name = "Last-Event-ID")]
        last_event_id: Header<Option<i64>>,
        /// The same, for callers that cannot set headers. The header takes precedence.
        after: Query<Option<i64>>,
    ) -> poem::Result<Feed> {
        let rung = self.hub.listen(who.name());
        let after = match last_event_id.0.or(after.0) {
            Some(after) => after,
            None => {
                let newest = Seen {
                    limit: 1,
                    ..Seen::default()
                };
                let newest = self.store.seen(who.name(), newest).await;
                let newest = newest.map_err(Failure::from)?;
                newest.first().map_or(0, |belled| belled.no)
            }
        };
        let notifications = Notifications {
            store: self.store.clone(),
            who: who.name().to_owned(),
            rung,
        };
        // It never ends, so there is a feed.
        let feed = Follower::feed(notifications, after).await?;
        let feed = feed.ok_or_else(Failure::internal)?;
        Ok(Feed::Events(feed))
    }

    /// Look whether a job is followed
    ///
    /// By this caller, who also learns how a job ends that it has submitted.
    #[oai(
        path = "/v1/jobs/:job_id/follow",
        method = "get",
        operation_id = "get_follow"
    )]
    async fn get_follow(&self, who: Who, job_id: Path<String>) -> poem::Result<Json<Following>> {
        let id = self::job_id(&job_id)?;
        Ok(Json(self.following(&who, &id).await?))
    }

    /// Follow a job
    ///
    /// The caller is told how it ends. The caller that has submitted it is told in any case.
    #[oai(
        path = "/v1/jobs/:job_id/follow",
        method = "post",
        operation_id = "follow_job"
    )]
    async fn follow_job(&self, who: Who, job_id: Path<String>) -> poem::Result<Json<Following>> {
        let id = self::job_id(&job_id)?;
        let engine = self.store.engine();
        let job = engine.jobs().find(&id).await.map_err(Failure::from)?;
        let job = job.ok_or_else(|| no_job(&id))?;
        let added = engine.follows().add(&job, who.name()).await;
        added.map_err(Failure::from)?;
        Ok(Json(self.following(&who, &id).await?))
    }

    /// Follow a job no more
    ///
    /// The caller that has submitted it is still told how it ends.
    #[oai(
        path = "/v1/jobs/:job_id/follow",
        method = "delete",
        operation_id = "unfollow_job"
    )]
    async fn unfollow_job(&self, who: Who, job_id: Path<String>) -> poem::Result<Unfollowed> {
        let id = self::job_id(&job_id)?;
        let follows = self.store.engine().follows();
        let removed = follows.remove(&id, who.name()).await;
        removed.map_err(Failure::from)?;
        Ok(Unfollowed::Done)
    }
}

impl BellCalls {
    async fn unread(&self, who: &Who) -> Result<u64, Failure> {
        Ok(self.store.unread(who.name()).await?)
    }

    async fn following(&self, who: &Who, id: &JobId) -> Result<Following, Failure> {
        let engine = self.store.engine();
        let job = engine.jobs().find(id).await?;
        let job = job.ok_or_else(|| no_job(id))?;
        let started = job.started_by.as_deref() == Some(who.name());
        Ok(Following {
            job_id: id.to_string(),
            started,
            following: engine.follows().has(id, who.name()).await?,
        })
    }
}

/// The notifications of one caller.
struct Notifications {
    store: NotificationStore,
    who: String,
    rung: watch::Receiver<i64>,
}

impl Followed for Notifications {
    type Entry = NotificationView;

    fn warn(&self, failure: &Failure) {
        warn!(error = chain(failure), "a stream of notifications ends");
    }

    async fn read(&mut self, after: i64) -> Result<Page<NotificationView>, Failure> {
        self.rung.mark_unchanged();
        let seen = Seen {
            after: Some(after),
            limit: PAGE,
            ..Seen::default()
        };
        let found = self.store.seen(&self.who, seen).await?;
        Ok(Page {
            entries: found.into_iter().map(NotificationView::of).collect(),
            rest: Rest::Open,
        })
    }

    async fn wait(&mut self) {
        // Either way the store is looked at again.
        timeout(LOOK_AGAIN, self.rung.changed()).await.ok();
    }

    fn seq(notification: &NotificationView) -> i64 {
        notification.no
    }

    fn sse_event(notification: NotificationView) -> Event {
        let (no, kind) = (notification.no, notification.kind.clone());
        let data = poem_openapi::types::ToJSON::to_json_string(&notification);
        Event::message(data).id(no.to_string()).event_type(kind)
    }
}

fn fifty() -> u32 {
    50
}
