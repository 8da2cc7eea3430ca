//! The loop that accepts connections, and the task of each.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::body::{Body, Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use poem::Endpoint;
use poem::endpoint::BoxEndpoint;
use poem::http::uri::Scheme;
use poem::http::{HeaderMap, Request, Response, header};
use poem::web::{LocalAddr, RemoteAddr};
use tokio::net::TcpListener;
use tokio::time::Sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::answering::Answering;
use super::io::Connection;
use super::link::Closing;
use super::places::Held;
use super::room::{Place, Room};
use super::{ALWAYS_SERVED, Limits, Link, Refusals, late};

/// How long requests that are being served get to end: streams of events would not end at all.
const DRAIN: Duration = Duration::from_secs(2);
/// Pause after a connection could not be accepted.
const PAUSE: Duration = Duration::from_millis(20);
/// Connections that are closed when the process can open no more files.
const CLOSED_AT_ONCE: usize = 16;
/// Requests of one connection that are served at the same time; with HTTP/2 it takes them all from it.
const STREAMS: u32 = 100;
/// Bytes of the head of a request, and of what a connection keeps for its caller.
const HEAD_BYTES: u32 = 16 << 10;
const BUFFER_BYTES: usize = 64 << 10;
/// Bytes of bodies that are on their way into a connection of HTTP/2: of one request, and of all.
const BODY_WINDOW: u32 = 64 << 10;
const CONNECTION_WINDOW: u32 = 256 << 10;

/// What all connections are served with.
struct Serving {
    endpoint: BoxEndpoint<'static>,
    limits: Limits,
    room: Arc<Room>,
    refusals: Refusals,
}

/// Serves until `stop` is cancelled, and then what has begun.
pub async fn serve(
    listener: TcpListener,
    endpoint: BoxEndpoint<'static>,
    limits: Limits,
    stop: CancellationToken,
) {
    let room = Arc::new(Room::new(limits.connections_max));
    let serving = Arc::new(Serving {
        endpoint,
        limits,
        room: Arc::clone(&room),
        refusals: Refusals::of("server.connections_max"),
    });
    let mut is_failing = false;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        let (mut stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                if !is_failing {
                    warn!(%error, "no connection can be accepted; idle ones are closed for new ones");
                }
                is_failing = true;
                room.close(CLOSED_AT_ONCE);
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        is_failing = false;
        // Those that are asked to close do so soon; meanwhile the kernel keeps new ones.
        let entered = loop {
            match room.enter(stream) {
                Ok(entered) => break Some(entered),
                Err(refused) if room.one_leaves().await => stream = refused,
                Err(_) => break None,
            }
        };
        match entered {
            Some((link, place)) => {
                let (serving, stop) = (Arc::clone(&serving), stop.clone());
                tokio::spawn(serve_connection(link, place, remote, serving, stop));
            }
            None => serving.refusals.note(),
        }
    }
    drop(listener);
    room.is_empty().await;
}

/// The others are faults of the process.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

/// Serves one connection until it is closed. The place is given up last.
async fn serve_connection(
    link: Arc<Link>,
    _place: Place,
    remote: SocketAddr,
    serving: Arc<Serving>,
    stop: CancellationToken,
) {
    let Ok(local) = link.stream.local_addr() else {
        return;
    };
    let limits = &Arc::clone(&serving).limits;
    let served = Arc::clone(&link);
    let service = service_fn(move |request: Request<Incoming>| {
        let (link, serving) = (Arc::clone(&served), Arc::clone(&serving));
        let addresses = (LocalAddr(local.into()), RemoteAddr(remote.into()));
        answer(request, link, serving, addresses)
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // A caller that has closed its half still reads the answer.
    builder.http1().half_close(true).max_buf_size(BUFFER_BYTES);
    builder
        .http2()
        .max_concurrent_streams(STREAMS)
        .max_pending_accept_reset_streams(Some(20))
        .max_header_list_size(HEAD_BYTES)
        .max_send_buf_size(BUFFER_BYTES)
        .initial_stream_window_size(BODY_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    let io = TokioIo::new(Connection(Arc::clone(&link)));
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut watch = pin!(watch(&link, limits));
    let closing = {
        let mut stopped = pin!(stop.cancelled());
        let mut drain: Option<Pin<Box<Sleep>>> = None;
        poll_fn(|context| {
            if drain.is_none() && stopped.as_mut().poll(context).is_ready() {
                connection.as_mut().graceful_shutdown();
                drain = Some(Box::pin(tokio::time::sleep(DRAIN)));
            }
            // How a connection ends concerns its caller only.
            if connection.as_mut().poll(context).is_ready() {
                return Poll::Ready(None);
            }
            if let Some(drain) = &mut drain
                && drain.as_mut().poll(context).is_ready()
            {
                return Poll::Ready(None);
            }
            watch.as_mut().poll(context).map(Some)
        })
        .await
    };
    // A caller that speaks HTTP/2 would not understand it.
    if closing == Some(Closing::Late) && !link.is_http2() {
        late::too_late(&link.stream);
    }
}

/// Ends when the connection is to be closed. It is asked again each time something happens.
fn watch<'l>(link: &'l Link, limits: &'l Limits) -> impl Future<Output = Closing> + 'l {
    let mut asked = Box::pin(link.asked_to_close());
    let mut timer = Box::pin(tokio::time::sleep(limits.idle.min(limits.header_timeout)));
    poll_fn(move |context: &mut Context<'_>| {
        if asked.as_mut().poll(context).is_ready() {
            return Poll::Ready(link.closing());
        }
        // What is being served is looked at again: not all that happens to it is noticed here.
        let deadline = link.deadline(limits);
        let (deadline, closing) = match deadline {
            Some((deadline, closing)) => (deadline, Some(closing)),
            None => (Instant::now() + limits.idle, None),
        };
        // It is set anew only if it would come too late, or came too early.
        if timer.deadline().into_std() > deadline {
            timer.as_mut().reset(deadline.into());
        }
        while timer.as_mut().poll(context).is_ready() {
            if let Some(closing) = closing
                && Instant::now() >= deadline
            {
                return Poll::Ready(closing);
            }
            timer.as_mut().reset(deadline.into());
        }
        Poll::Pending
    })
}

async fn answer(
    mut request: Request<Incoming>,
    link: Arc<Link>,
    serving: Arc<Serving>,
    (local, remote): (LocalAddr, RemoteAddr),
) -> Result<Response<impl Body<Data = Bytes, Error = io::Error>>, Infallible> {
    let (call, version) = (
        link.begin(!request.body().is_end_stream()),
        request.version(),
    );
    let has_place = !link.is_spare()
        || is_always_served(request.uri().path())
        || serving.room.has_place_for(&link).await;
    request.extensions_mut().insert(Arc::clone(&link));
    request.extensions_mut().insert(call.body_progress());
    let response = match has_place {
        true => {
            let request = poem::Request::from((request, local, remote, Scheme::HTTP));
            serving.endpoint.get_response(request).await
        }
        false => {
            serving.refusals.note();
            late::no_place()
        }
    };
    let mut response: Response<_> = response.into();
    if link.is_spare() {
        late::end_connection(&mut response, version);
    }
    let held = response.extensions_mut().remove::<Held>();
    let has_end = !is_event_stream(response.headers());
    Ok(response.map(|body| {
        let answering = Answering::new(body, call, held);
        match has_end {
            true => answering,
            false => answering.until_caller_leaves(link),
        }
    }))
}

/// Also below the path of a proxy.
pub(in crate::http) fn is_always_served(path: &str) -> bool {
    ALWAYS_SERVED.iter().any(|served| path.ends_with(served))
}

pub(in crate::http) fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}
