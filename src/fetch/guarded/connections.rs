//! Connections that are kept for the next request.
//!
//! A host may close one in the moment in which a request goes out on it. Such a request was never answered and mostly
//! never read: it is sent once more, on a connection of its own. Failures of new connections are reported.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use reqwest::{Client, ClientBuilder, Request, Response};
use tower::{Layer, Service};

/// Clients for one way of reaching hosts.
pub(super) struct Connections {
    kept: Client,
    /// Makes a connection for each request.
    single: Client,
}

tokio::task_local! {
    /// Whether the request that is being sent has begun to connect.
    static CONNECTS: Arc<AtomicBool>;
}

/// Notes that a request connects.
#[derive(Clone, Copy)]
struct NoteConnects;

#[derive(Clone)]
struct NotingConnects<S>(S);

impl Connections {
    /// Keeps so many connections to a host.
    pub fn new(builder: impl Fn() -> ClientBuilder, most_kept: usize) -> reqwest::Result<Self> {
        let kept = builder().pool_max_idle_per_host(most_kept);
        Ok(Self {
            kept: kept.connector_layer(NoteConnects).build()?,
            single: builder().pool_max_idle_per_host(0).build()?,
        })
    }

    pub async fn send(&self, request: Request) -> reqwest::Result<Response> {
        let again = request.try_clone();
        let connects = Arc::new(AtomicBool::new(false));
        let sent = CONNECTS
            .scope(connects.clone(), self.kept.execute(request))
            .await;
        match (sent, again) {
            (Err(_), Some(again)) if !connects.load(Ordering::Relaxed) => {
                self.single.execute(again).await
            }
            (sent, _) => sent,
        }
    }
}

impl<S> Layer<S> for NoteConnects {
    type Service = NotingConnects<S>;

    fn layer(&self, connector: S) -> NotingConnects<S> {
        NotingConnects(connector)
    }
}

impl<S, R> Service<R> for NotingConnects<S>
where
    S: Service<R>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, target: R) -> S::Future {
        // Connections that nobody waits for any more are made outside of requests.
        CONNECTS
            .try_with(|connects| connects.store(true, Ordering::Relaxed))
            .ok();
        self.0.call(target)
    }
}
