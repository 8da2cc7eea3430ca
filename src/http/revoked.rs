//! Ends answers that are still being sent when their callers are not admitted any more.

use std::future::ready;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use hyper::body::Body as _;
use poem::http::{Response as HttpResponse, Version};
use poem::{Body, Request, Response};
use tokio_util::sync::CancellationToken;

use super::auth::{Guard, Who};
use super::server::Link;

/// How long the end of a stream of events may take before its connection is cut: its caller may take
/// nothing.
const GRACE: Duration = Duration::from_secs(2);

/// The connection of a request, if it serves nothing else meanwhile.
pub(super) fn own_connection(request: &Request) -> Option<Arc<Link>> {
    let is_shared = request.version() == Version::HTTP_2;
    request.extensions().get().filter(|_| !is_shared).cloned()
}

/// An answer that ends with the right of its caller to get it. One that is in memory is sent as it is.
/// A stream of events ends in good order; anything else is broken off, so that nobody takes a part of
/// it for all.
pub(super) fn until_revoked(
    response: Response,
    connection: Option<Arc<Link>>,
    guard: Guard,
    who: Who,
) -> Response {
    let (parts, body) = response.into_parts();
    let (body, is_in_memory) = sized(body);
    if is_in_memory {
        return Response::from_parts(parts, body);
    }
    let kind = parts.headers.get("content-type");
    let is_events = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    let (revoked, sent) = (CancellationToken::new(), CancellationToken::new());
    let held = sent.clone().drop_guard();
    tokio::spawn(watch(
        guard,
        who,
        connection,
        is_events,
        revoked.clone(),
        sent,
    ));
    let cut = revoked.clone().cancelled_owned();
    let end = async move {
        drop(held);
        revoked.is_cancelled() && !is_events
    };
    let broken_off = stream::once(end).filter_map(|is_broken_off| {
        let error = io::Error::other("the token of the caller does not count any more");
        ready(is_broken_off.then_some(Err(error)))
    });
    let stream = body.into_bytes_stream().take_until(Box::pin(cut));
    let stream = stream.chain(Box::pin(broken_off));
    Response::from_parts(parts, Body::from_bytes_stream(stream))
}

/// The body, and whether all of it is in memory.
fn sized(body: Body) -> (Body, bool) {
    let response: HttpResponse<_> = Response::builder().body(body).into();
    let body = response.into_body();
    let is_in_memory = body.size_hint().exact().is_some();
    (Body::from(body), is_in_memory)
}

/// Ends when the answer has been `sent` or, one way or the other, broken off.
async fn watch(
    guard: Guard,
    who: Who,
    connection: Option<Arc<Link>>,
    is_events: bool,
    revoked: CancellationToken,
    sent: CancellationToken,
) {
    tokio::select! {
        () = sent.cancelled() => return,
        _ = guard.revoked(&who) => {}
    }
    let Some(connection) = connection else {
        revoked.cancel();
        return;
    };
    if is_events {
        revoked.cancel();
        if tokio::time::timeout(GRACE, sent.cancelled()).await.is_ok() {
            return;
        }
    }
    // Much may wait to be taken by a slow caller.
    connection.cut();
    revoked.cancel();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Identity, Keys};

    fn guarded() -> (Guard, Who) {
        let identity = Identity::of_main_token("a token");
        let guard = Guard {
            keys: Arc::new(Keys::new(vec![identity.clone()])),
            sessions: None,
        };
        let who = Who::of(Arc::new(identity));
        (guard, who)
    }

    fn endless(content_type: &str) -> Response {
        let chunks = stream::repeat_with(|| Ok::<_, io::Error>("chunk"));
        let chunks = chunks.then(async |chunk| {
            tokio::task::yield_now().await;
            chunk
        });
        let response = Response::builder().content_type(content_type);
        response.body(Body::from_bytes_stream(Box::pin(chunks)))
    }

    #[tokio::test]
    async fn what_is_still_being_sent_ends_with_the_token() {
        for (content_type, is_whole) in [("text/csv", false), ("text/event-stream", true)] {
            let (guard, who) = guarded();
            let keys = Arc::clone(&guard.keys);
            let response = until_revoked(endless(content_type), None, guard, who);
            let mut stream = response.into_body().into_bytes_stream();
            assert!(stream.next().await.is_some_and(|chunk| chunk.is_ok()));
            keys.replace(Vec::new());
            let last = loop {
                match stream.next().await {
                    Some(Ok(_)) => {}
                    last => break last,
                }
            };
            assert_eq!(last.is_none(), is_whole, "{content_type}");
        }
    }

    #[tokio::test]
    async fn what_comes_to_its_end_is_whole() {
        let (guard, who) = guarded();
        let keys = Arc::clone(&guard.keys);
        let chunks = stream::iter([Ok::<_, io::Error>("one "), Ok("two")]);
        let response = Response::builder().body(Body::from_bytes_stream(chunks));
        let response = until_revoked(response, None, guard.clone(), who.clone());
        assert_eq!(response.into_body().into_vec().await.unwrap(), b"one two");
        keys.replace(Vec::new());
        // An answer in memory keeps its length.
        let response = Response::builder().body("in memory");
        let response = until_revoked(response, None, guard, who);
        let (body, is_in_memory) = sized(response.into_body());
        assert!(is_in_memory);
        assert_eq!(body.into_vec().await.unwrap(), b"in memory");
    }
}
