//! What happens to a job, as it happens: server-sent events.

use std::time::Duration;

use entity::{JobId, event};
use poem::web::sse::Event;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{ApiResponse, OpenApi};
use serde_json::{Value, json};
use tracing::warn;

use super::Groups;
use super::event_feed::EventFeed;
use super::follower::{Followed, Follower, PAGE, Page, Rest};
use super::views::job_id;
use crate::clock;
use crate::engine::runtime::Changes;
use crate::http::Services;
use crate::http::error::Failure;
use crate::telemetry::chain;

/// Another process may run the job, and its changes are not announced here.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The operations.
pub(crate) struct EventsApi(pub(super) Services);

#[derive(ApiResponse)]
enum Feed {
    /// Each event has the sequence number as `id`, its kind as `event`, and as `data` an object
    /// with `at`, `job_id` and what else there is to say. The stream ends with the job.
    #[oai(status = 200)]
    Events(EventFeed),
    /// The job has ended and all of it has been sent: there is no need to connect again.
    #[oai(status = 204)]
    AllSent,
}

#[OpenApi(tag = "Groups::Jobs")]
impl EventsApi {
    /// Watch a job
    ///
    /// Server-sent events, from the first one of the job or from where the caller left off.
    #[oai(
        path = "/v1/jobs/:job_id/events",
        method = "get",
        operation_id = "watch_job"
    )]
    async fn watch_job(
        &self,
        job_id: Path<String>,
        /// Only events after this one. Browsers send it when they connect again.
        #[oai(name = "Last-Event-ID")]
        last_event_id: Header<Option<i64>>,
        /// The same, for callers that cannot set headers. The header takes precedence.
        after: Query<Option<i64>>,
    ) -> poem::Result<Feed> {
        let job = self::job_id(&job_id)?;
        let after = last_event_id.0.or(after.0);
        let events = JobEvents {
            changes: self.0.runtime.watch(&job),
            services: self.0.clone(),
            job,
        };
        let feed = Follower::feed(events, after.unwrap_or(0)).await?;
        Ok(feed.map_or(Feed::AllSent, Feed::Events))
    }
}

/// The events of one job.
struct JobEvents {
    services: Services,
    changes: Changes,
    job: JobId,
}

impl Followed for JobEvents {
    type Entry = event::Model;

    fn warn(&self, failure: &Failure) {
        warn!(job.id = %self.job, error = chain(failure), "a stream of a job ends");
    }

    async fn read(&mut self, after: i64) -> Result<Page<event::Model>, Failure> {
        // The job first: its end and the event of it are stored at once, so that a job which had
        // ended before the events were read has no more of them.
        let job = self.services.job(&self.job).await?;
        let store = &self.services.store;
        Ok(Page {
            entries: store.events().after(&self.job, after, PAGE).await?,
            rest: match job.state.has_ended() {
                true => Rest::Closed,
                false => Rest::Open,
            },
        })
    }

    async fn wait(&mut self) {
        // Either way the store is looked at again.
        tokio::time::timeout(LOOK_AGAIN, self.changes.next())
            .await
            .ok();
    }

    fn seq(event: &event::Model) -> i64 {
        event.seq
    }

    fn sse_event(event: event::Model) -> Event {
        let mut data = json!({ "at": clock::rfc3339(event.at), "job_id": event.job_id.as_str() });
        if let Ok(Value::Object(more)) = serde_json::from_str(&event.data) {
            for (name, value) in more {
                data[name] = value;
            }
        }
        Event::message(data.to_string())
            .id(event.seq.to_string())
            .event_type(event.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_sent_with_its_number_its_kind_and_its_data() {
        let event = event::Model {
            seq: 7,
            job_id: "0".repeat(32).parse().unwrap(),
            at: 0,
            kind: "batch.started".to_owned(),
            data: r#"{"step":0,"batch":3}"#.to_owned(),
        };
        let expected = format!(
            "id: 7\nevent: batch.started\ndata: {{\"at\":\"1970-01-01T00:00:00.000Z\",\
             \"job_id\":\"{}\",\"step\":0,\"batch\":3}}\n\n",
            "0".repeat(32)
        );
        assert_eq!(JobEvents::sse_event(event).to_string(), expected);
    }
}
