//! The caller at the other end of a connection.
//!
//! A call that waits must not take anything for a caller who has gone. The server notices a close only
//! when it next reads, which it does not while more of the caller's bytes wait to be read, and it lets
//! the call continue. The kernel reports at once that the other end has closed, whatever was read, and
//! below any encryption; so a call asks the socket itself.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use poem::Request;
use tokio::io::Interest;
use tokio::time::sleep;

use super::Link;

/// Who has sent a request.
pub(crate) struct Caller(Option<Arc<Link>>);

impl Caller {
    /// Of a request that came over no connection nothing is known.
    pub fn of(request: &Request) -> Self {
        Self(Link::of(request).cloned())
    }

    pub(super) fn at(link: Arc<Link>) -> Self {
        Self(Some(link))
    }

    /// Ends when the caller has closed its end, or only its half: it does not wait any more.
    pub async fn has_left(&self) {
        const PAUSE: Duration = Duration::from_secs(1);
        let Some(link) = &self.0 else {
            return std::future::pending().await;
        };
        // Unlike being readable, being closed is seen behind bytes that nobody has read.
        #[cfg(target_os = "linux")]
        let interest = Interest::ERROR.add(Interest::PRIORITY);
        #[cfg(not(target_os = "linux"))]
        let interest = Interest::ERROR;
        while let Ok(state) = link.stream.ready(interest).await {
            if state.is_read_closed() || state.is_error() {
                return;
            }
            sleep(PAUSE).await;
        }
    }

    /// Does work for as long as its caller is there; `None`: the caller has left. One that has only closed
    /// its half reads an answer that is there soon.
    pub async fn waits_for<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        const SOON: Duration = Duration::from_secs(2);
        let left = async {
            self.has_left().await;
            sleep(SOON).await;
        };
        tokio::select! {
            biased;
            done = work => Some(done),
            () = left => None,
        }
    }
}
