//! What happens to the jobs of a run, as it happens: server-sent events.

use std::time::Duration;

use poem::web::sse::Event;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{ApiResponse, OpenApi};
use serde_json::{Value, json};
use tokio::time::sleep;
use tracing::warn;

use super::Groups;
use crate::clock;
use crate::http::Who;
use crate::http::error::Failure;
use crate::http::v1::event_feed::EventFeed;
use crate::http::v1::follower::{Followed, Follower, PAGE, Page, Rest};
use crate::systems::pipelines::api::scope::{self, sees_instance};
use crate::systems::pipelines::pipelines::Pipelines;
use crate::systems::pipelines::store::RunEvent;
use crate::telemetry::chain;

/// Its jobs are many, and may run in other processes.
const LOOK_AGAIN: Duration = Duration::from_millis(300);

/// The operations.
pub(crate) struct RunEventsApi(pub Pipelines);

#[derive(ApiResponse)]
enum Feed {
    /// Each event has the sequence number as `id`, its kind as `event`, and as `data` an object
    /// with `at`, `job_id`, `instance` and what else there is to say. The stream ends with the run.
    #[oai(status = 200)]
    Events(EventFeed),
    /// The run has ended and all of it has been sent: there is no need to connect again.
    #[oai(status = 204)]
    AllSent,
}

#[OpenApi(tag = "Groups::Pipelines")]
impl RunEventsApi {
    /// Watch a run
    ///
    /// Server-sent events of the beginnings, retries and ends of its jobs, from the first one or from
    /// where the caller left off.
    #[oai(
        path = "/v1/runs/:run_id/events",
        method = "get",
        operation_id = "watch_run"
    )]
    async fn watch_run(
        &self,
        who: Who,
        run_id: Path<String>,
        /// Only events after this one. Browsers send it when they connect again.
        #[oai(name = "Last-Event-ID")]
        last_event_id: Header<Option<i64>>,
        /// The same, for callers that cannot set headers. The header takes precedence.
        after: Query<Option<i64>>,
    ) -> poem::Result<Feed> {
        let run = scope::run(&self.0, &who, &run_id).await?;
        let after = last_event_id.0.or(after.0);
        let events = RunEvents {
            pipelines: self.0.clone(),
            run: run.id,
            who,
        };
        let feed = Follower::feed(events, after.unwrap_or(0)).await?;
        Ok(feed.map_or(Feed::AllSent, Feed::Events))
    }
}

/// The events of one run.
struct RunEvents {
    pipelines: Pipelines,
    run: String,
    who: Who,
}

/// An event, or the place of one that the caller does not see.
struct Entry {
    event: RunEvent,
    is_seen: bool,
}

impl Followed for RunEvents {
    type Entry = Entry;

    fn warn(&self, failure: &Failure) {
        warn!(run.id = %self.run, error = chain(failure), "a stream of a run ends");
    }

    async fn read(&mut self, after: i64) -> Result<Page<Entry>, Failure> {
        // The run first: it ends behind its jobs, so that one which had ended before the events were
        // read has no more of them.
        let run = self.pipelines.run(&self.run).await?;
        let events = self
            .pipelines
            .store
            .run_events(&self.run, after, PAGE)
            .await?;
        let entries = events.into_iter().map(|event| Entry {
            is_seen: sees_instance(&self.who, &event.identity),
            event,
        });
        Ok(Page {
            entries: entries.collect(),
            rest: match run.state.has_ended() {
                true => Rest::Closed,
                false => Rest::Open,
            },
        })
    }

    async fn wait(&mut self) {
        sleep(LOOK_AGAIN).await;
    }

    fn seq(entry: &Entry) -> i64 {
        entry.event.seq
    }

    fn sse_event(entry: Entry) -> Event {
        let event = entry.event;
        let id = event.seq.to_string();
        if !entry.is_seen {
            return Event::message("{}").id(id).event_type("other");
        }
        let mut data = json!({
            "at": clock::rfc3339(event.at),
            "job_id": event.job.as_str(),
            "instance": event.identity,
        });
        if let Ok(Value::Object(more)) = serde_json::from_str(&event.data) {
            for (name, value) in more {
                data[name] = value;
            }
        }
        Event::message(data.to_string())
            .id(id)
            .event_type(event.kind)
    }
}
