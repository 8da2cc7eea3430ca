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
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
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

    /// Whether the caller has closed its end by now. The runtime learns of it a little later, when it next
    /// looks at all connections; so this is asked before something is taken for the caller. Behind bytes
    /// that nobody has read it cannot be seen.
    pub fn is_gone(&self) -> bool {
        let Some(link) = &self.0 else {
            return false;
        };
        match recv(
            &link.stream,
            &mut [0; 1],
            RecvFlags::PEEK | RecvFlags::DONTWAIT,
        ) {
            Ok((bytes, _)) => bytes == 0,
            Err(error) => ![Errno::AGAIN, Errno::INTR].contains(&error),
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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{Shutdown, TcpStream};

    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_caller_that_has_closed_its_end_is_known_to_be_gone_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connected = async || {
            let mut stream = TcpStream::connect(address).unwrap();
            let (accepted, _) = listener.accept().await.unwrap();
            stream.write_all(b"x").unwrap();
            let mut read = [0; 1];
            accepted.readable().await.unwrap();
            assert_eq!(accepted.try_read(&mut read).unwrap(), 1);
            (stream, Caller::at(Arc::new(Link::new(accepted, false))))
        };
        let (stream, caller) = connected().await;
        assert!(!caller.is_gone());
        // From here on nothing lets the runtime look.
        drop(stream);
        assert!(caller.is_gone());
        let (stream, caller) = connected().await;
        stream.shutdown(Shutdown::Write).unwrap();
        assert!(caller.is_gone());
        assert!(!Caller(None).is_gone());
    }
}
