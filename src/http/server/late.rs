//! Answers to callers whose request is not served: written past the server, which waits for the
//! request or has none.

use std::time::Duration;

use poem::http::StatusCode;
use rustix::net::{Shutdown, shutdown};
use tokio::io::Interest;
use tokio::net::TcpStream;

/// How long a caller gets to read its answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// What did not come in time was a request.
pub(super) fn too_late(stream: &TcpStream) {
    let detail = "the request did not come in time";
    write(stream, StatusCode::REQUEST_TIMEOUT, detail, "");
}

/// All connections are in use.
pub(super) async fn refuse(stream: TcpStream) {
    let detail = "the server has as many connections as it may have";
    let status = StatusCode::SERVICE_UNAVAILABLE;
    write(&stream, status, detail, "retry-after: 5\r\n");
    // If it were closed at once, with the request unread, the answer could be lost.
    let read = async {
        let mut buffer = [0; 4_096];
        while stream.ready(Interest::READABLE).await.is_ok() {
            if let Ok(0) = stream.try_read(&mut buffer) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, read).await.ok();
}

/// A caller that takes nothing gets no answer.
fn write(stream: &TcpStream, status: StatusCode, detail: &str, headers: &str) {
    let title = status.canonical_reason().unwrap_or_default();
    let code = status.as_u16();
    let body = format!(
        "{{\"type\":\"about:blank\",\"title\":\"{title}\",\"status\":{code},\"detail\":\"{detail}\"}}"
    );
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {code} {title}\r\ncontent-type: application/problem+json\r\n\
         content-length: {length}\r\n{headers}connection: close\r\n\r\n{body}"
    );
    stream.try_write(answer.as_bytes()).ok();
    shutdown(stream, Shutdown::Write).ok();
}
