//! Answers to callers whose request is not served.

use poem::http::{HeaderValue, Response, StatusCode, Version, header};
use rustix::net::{Shutdown, shutdown};
use tokio::net::TcpStream;

/// What did not come in time was a request: written past the server, which waits for it. A caller that
/// takes nothing gets no answer.
pub(super) fn too_late(stream: &TcpStream) {
    let status = StatusCode::REQUEST_TIMEOUT;
    let body = problem(status, "the request did not come in time");
    let title = status.canonical_reason().unwrap_or_default();
    let (code, length) = (status.as_u16(), body.len());
    let answer = format!(
        "HTTP/1.1 {code} {title}\r\ncontent-type: application/problem+json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.try_write(answer.as_bytes()).ok();
    shutdown(stream, Shutdown::Write).ok();
}

/// All connections are in use.
pub(super) fn no_place() -> poem::Response {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let detail = "the server has as many connections as it may have";
    poem::Response::builder()
        .status(status)
        .content_type("application/problem+json")
        .header(header::RETRY_AFTER, "5")
        .body(problem(status, detail))
}

/// Asks the caller to open another connection for its next request.
pub(super) fn end_connection<B>(response: &mut Response<B>, version: Version) {
    if version < Version::HTTP_2 {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
}

fn problem(status: StatusCode, detail: &str) -> String {
    let (title, code) = (
        status.canonical_reason().unwrap_or_default(),
        status.as_u16(),
    );
    format!(
        "{{\"type\":\"about:blank\",\"title\":\"{title}\",\"status\":{code},\"detail\":\"{detail}\"}}"
    )
}
