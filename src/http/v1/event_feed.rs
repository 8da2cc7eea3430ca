//! Server-sent events as an answer.

use std::time::Duration;

use futures_util::Stream;
use poem::web::sse::{Event, SSE};
use poem::{IntoResponse, Response};
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};

/// Proxies close connections on which nothing is said.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A stream of events on its way.
pub(crate) struct EventFeed(SSE);

impl EventFeed {
    pub fn of(events: impl Stream<Item = Event> + Send + 'static) -> Self {
        Self(SSE::new(events).keep_alive(KEEP_ALIVE))
    }
}

impl Payload for EventFeed {
    const CONTENT_TYPE: &'static str = "text/event-stream";

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new("string")))
    }
}

impl IntoResponse for EventFeed {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}
