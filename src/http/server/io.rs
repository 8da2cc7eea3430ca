//! Accepted connections, which know when the other end has closed.
//!
//! A call that waits must not take anything for a caller who has gone. The server notices a close only
//! when it next reads, which it does not while more of the caller's bytes wait to be read, and it lets
//! the call continue. The kernel says at once that the other end has closed, whatever was read, and
//! below any encryption; so a call asks the socket itself. The server hands its calls addresses and no
//! socket: that of a call is looked up by them.

use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use poem::Request;
use poem::http::uri::Scheme;
use poem::listener::Acceptor;
use poem::web::{LocalAddr, RemoteAddr};
use rustix::net::{Shutdown, shutdown};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// The addresses of a connection: ours and the caller's.
type Ends = (SocketAddr, SocketAddr);

/// Those that are open; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Connections(Arc<Mutex<HashMap<Ends, Weak<TcpStream>>>>);

/// Accepts connections and enters them.
pub struct Listening {
    listener: TcpListener,
    connections: Connections,
}

/// What the server reads and writes.
pub struct Connection {
    stream: Arc<TcpStream>,
    ends: Ends,
    connections: Connections,
}

/// The caller at the other end of a connection.
pub(crate) struct Caller(Option<Arc<TcpStream>>);

impl Connections {
    pub fn listen(&self, listener: TcpListener) -> Listening {
        Listening {
            listener,
            connections: self.clone(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Ends, Weak<TcpStream>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, stream: TcpStream, ends: Ends) -> Connection {
        let stream = Arc::new(stream);
        self.lock().insert(ends, Arc::downgrade(&stream));
        Connection {
            stream,
            ends,
            connections: self.clone(),
        }
    }

    fn of(&self, request: &Request) -> Option<Arc<TcpStream>> {
        let local = *request.local_addr().as_socket_addr()?;
        let remote = *request.remote_addr().as_socket_addr()?;
        self.lock().get(&(local, remote))?.upgrade()
    }
}

impl Caller {
    /// Who has sent this request; of one that came over no connection nothing is known.
    pub fn of(request: &Request) -> Self {
        let connections = request.data::<Connections>();
        Self(connections.and_then(|connections| connections.of(request)))
    }

    /// Ends when the caller has closed its end, or only its half: it does not wait any more.
    pub async fn has_left(&self) {
        const PAUSE: Duration = Duration::from_secs(1);
        let Some(stream) = &self.0 else {
            return std::future::pending().await;
        };
        // Unlike being readable, being closed is seen behind bytes that nobody has read.
        #[cfg(target_os = "linux")]
        let interest = Interest::ERROR.add(Interest::PRIORITY);
        #[cfg(not(target_os = "linux"))]
        let interest = Interest::ERROR;
        while let Ok(state) = stream.ready(interest).await {
            if state.is_read_closed() || state.is_error() {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Acceptor for Listening {
    type Io = Connection;

    fn local_addr(&self) -> Vec<LocalAddr> {
        let address = self.listener.local_addr().ok();
        address.map(|at| LocalAddr(at.into())).into_iter().collect()
    }

    async fn accept(&mut self) -> io::Result<(Connection, LocalAddr, RemoteAddr, Scheme)> {
        let (stream, remote) = self.listener.accept().await?;
        let local = stream.local_addr()?;
        let connection = self.connections.enter(stream, (local, remote));
        let (local, remote) = (LocalAddr(local.into()), RemoteAddr(remote.into()));
        Ok((connection, local, remote, Scheme::HTTP))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut open = self.connections.lock();
        let entered = open.get(&self.ends).map(Weak::as_ptr);
        // Another connection may have the same addresses by now.
        if entered == Some(Arc::as_ptr(&self.stream)) {
            open.remove(&self.ends);
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.stream.poll_read_ready(context))?;
            match self.stream.try_read_buf(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read.map(drop)),
            }
        }
    }
}

impl Connection {
    fn poll_writing(
        &self,
        context: &mut Context<'_>,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_write_ready(context))?;
            match write(&self.stream) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_writing(context, |stream| stream.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_writing(context, |stream| stream.try_write_vectored(parts))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = shutdown(&*self.stream, Shutdown::Write);
        Poll::Ready(closed.map_err(io::Error::from))
    }
}
