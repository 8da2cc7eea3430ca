//! The loop that accepts connections, and the task of each.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use poem::Endpoint;
use poem::endpoint::BoxEndpoint;
use poem::http::uri::Scheme;
use poem::http::{Request, Response};
use poem::web::{LocalAddr, RemoteAddr};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::Sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::io::Connection;
use super::link::{Call, Closing};
use super::room::{Place, Room};
use super::{Limits, Link, late, listen};

/// How long requests that are being served get to end: streams of events would not end at all.
const DRAIN: Duration = Duration::from_secs(2);
/// Pause after a connection could not be accepted.
const PAUSE: Duration = Duration::from_millis(20);
/// Connections that are closed when the process can open no more files.
const CLOSED_AT_ONCE: usize = 16;
/// Callers that are refused at the same time with a sentence; others are just refused.
const REFUSALS: usize = 32;

type Shared = Arc<BoxEndpoint<'static>>;

/// Serves until `stop` is cancelled, and then what has begun.
pub async fn serve(
    listener: TcpListener,
    endpoint: BoxEndpoint<'static>,
    mut limits: Limits,
    stop: CancellationToken,
) {
    limits.connections_max = listen::connections_max(limits.connections_max);
    let limits = Arc::new(limits);
    let endpoint = Arc::new(endpoint);
    let room = Arc::new(Room::default());
    let refusals = Arc::new(Semaphore::new(REFUSALS));
    let (mut is_failing, mut is_full) = (false, false);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        let (stream, remote) = match accepted {
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
        if room.has_place(limits.connections_max).await {
            let (link, place) = room.enter(stream);
            let (endpoint, limits) = (Arc::clone(&endpoint), Arc::clone(&limits));
            let stop = stop.clone();
            tokio::spawn(serve_connection(
                link, place, remote, endpoint, limits, stop,
            ));
            continue;
        }
        if !is_full {
            warn!("all connections that may be open are being served; new ones are refused");
        }
        is_full = true;
        refuse(stream, &refusals);
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

fn refuse(stream: TcpStream, refusals: &Arc<Semaphore>) {
    if let Ok(permit) = Arc::clone(refusals).try_acquire_owned() {
        tokio::spawn(async move {
            late::refuse(stream).await;
            drop(permit);
        });
    }
}

/// Serves one connection until it is closed. The place is given up last.
async fn serve_connection(
    link: Arc<Link>,
    _place: Place,
    remote: SocketAddr,
    endpoint: Shared,
    limits: Arc<Limits>,
    stop: CancellationToken,
) {
    let Ok(local) = link.stream.local_addr() else {
        return;
    };
    let served = Arc::clone(&link);
    let service = service_fn(move |request: Request<Incoming>| {
        let (link, endpoint) = (Arc::clone(&served), Arc::clone(&endpoint));
        answer(request, link, endpoint, local, remote)
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // A caller that has closed its half still reads the answer.
    builder.http1().half_close(true);
    builder
        .http2()
        .max_concurrent_streams(None)
        .max_pending_accept_reset_streams(Some(20))
        .max_header_list_size(16_384);
    let io = TokioIo::new(Connection(Arc::clone(&link)));
    let mut serving = pin!(builder.serve_connection(io, service));
    let mut watch = pin!(watch(&link, &limits));
    let closing = {
        let mut stopped = pin!(stop.cancelled());
        let mut drain: Option<Pin<Box<Sleep>>> = None;
        poll_fn(|context| {
            if drain.is_none() && stopped.as_mut().poll(context).is_ready() {
                serving.as_mut().graceful_shutdown();
                drain = Some(Box::pin(tokio::time::sleep(DRAIN)));
            }
            // How a connection ends concerns its caller only.
            if serving.as_mut().poll(context).is_ready() {
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
    if closing == Some(Closing::Late) {
        late::too_late(&link.stream);
    }
}

/// Ends when the connection is to be closed. It is asked again each time something happens.
fn watch<'l>(link: &'l Link, limits: &'l Limits) -> impl Future<Output = Closing> + 'l {
    let mut asked = Box::pin(link.closing.notified());
    let mut timer = Box::pin(tokio::time::sleep(limits.idle.min(limits.header_timeout)));
    poll_fn(move |context: &mut Context<'_>| {
        if asked.as_mut().poll(context).is_ready() {
            return Poll::Ready(link.closing());
        }
        let Some((deadline, closing)) = link.deadline(limits) else {
            return Poll::Pending;
        };
        // It is set anew only if it would come too late, or came too early.
        if timer.deadline().into_std() > deadline {
            timer.as_mut().reset(deadline.into());
        }
        while timer.as_mut().poll(context).is_ready() {
            if Instant::now() >= deadline {
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
    endpoint: Shared,
    local: SocketAddr,
    remote: SocketAddr,
) -> Result<Response<impl Body<Data = hyper::body::Bytes, Error = io::Error>>, Infallible> {
    let call = link.begin(!request.body().is_end_stream());
    request.extensions_mut().insert(link);
    let (local, remote) = (LocalAddr(local.into()), RemoteAddr(remote.into()));
    let request = poem::Request::from((request, local, remote, Scheme::HTTP));
    let response: Response<_> = endpoint.get_response(request).await.into();
    Ok(response.map(|body| Answering { body, _call: call }))
}

/// The body of an answer; when it is dropped, the request has been served.
struct Answering<B> {
    body: B,
    _call: Call,
}

impl<B: Body + Unpin> Body for Answering<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
