//! Listens on an address.

use std::io;
use std::net::SocketAddr;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpSocket};
use tracing::{info, warn};

/// Connections that the kernel keeps until they are accepted.
const BACKLOG: u32 = 4_096;

/// Bytes that the kernel keeps for a caller that takes nothing: it would be some MB otherwise.
const SEND_BUFFER_BYTES: u32 = 256 << 10;

/// Takes the address without listening on it: callers are refused until [`listen`], and one that is
/// in use is found.
pub fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    // Accepted connections have the same.
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Listens on an address that was taken.
pub fn listen(socket: TcpSocket) -> io::Result<TcpListener> {
    socket.listen(BACKLOG)
}

/// How many connections may be open, so that files can still be opened besides.
pub(super) fn connections_max(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let mut files = limit.current;
    if files != limit.maximum {
        let raised = Rlimit {
            current: limit.maximum,
            ..limit
        };
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => files = limit.maximum,
            Err(error) => info!(%error, "the limit of open files stays as it is"),
        }
    }
    let files = files.map_or(usize::MAX, |files| {
        usize::try_from(files).unwrap_or(usize::MAX)
    });
    let most = files.saturating_sub((files / 4).clamp(64, 256)).max(16);
    if most < wanted {
        warn!(
            "only {most} connections are accepted at once (setting `server.connections_max`: {wanted}): \
             the process may open {files} files"
        );
    }
    most.min(wanted)
}
