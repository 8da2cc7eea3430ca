//! A caller that speaks HTTP/2 by hand, so that it can leave out what others do.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::TestApp;

pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;
pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;

/// A window of no bytes: the caller takes no body.
const NO_WINDOW: [u8; 6] = [0, 4, 0, 0, 0, 0];

/// A test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Http2(pub TcpStream);

pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// The head of a request.
pub(super) fn head(method: &str, path: &str) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in [
        (":method", method),
        (":scheme", "http"),
        (":path", path),
        (":authority", "localhost"),
        ("content-type", "application/json"),
    ] {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend(text.as_bytes());
        }
    }
    block
}

impl Http2 {
    pub async fn connect(app: &TestApp) -> Self {
        let address = app.url("").replace("http://", "");
        Self(TcpStream::connect(address).await.unwrap())
    }

    /// One that takes no bodies.
    pub async fn without_window(app: &TestApp) -> Self {
        let mut caller = Self::connect(app).await;
        caller.send(PREFACE).await;
        caller.send(&frame(SETTINGS, 0, 0, &NO_WINDOW)).await;
        caller
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// Asks for a page.
    pub async fn get(&mut self, stream: u32, path: &str) {
        let flags = END_STREAM | END_HEADERS;
        self.send(&frame(HEADERS, flags, stream, &head("GET", path)))
            .await;
    }

    /// The kind, the flags, the stream and the payload of the next frame.
    pub async fn next(&mut self) -> (u8, u8, u32, Vec<u8>) {
        timeout(PATIENCE, async {
            let mut start = [0; 9];
            self.0.read_exact(&mut start).await.unwrap();
            let length = u32::from_be_bytes([0, start[0], start[1], start[2]]);
            let stream = u32::from_be_bytes([start[5], start[6], start[7], start[8]]);
            let mut payload = vec![0; length as usize];
            self.0.read_exact(&mut payload).await.unwrap();
            (start[3], start[4], stream, payload)
        })
        .await
        .unwrap()
    }

    /// Waits for the answer's head on a stream.
    pub async fn answered(&mut self, stream: u32) {
        loop {
            let (kind, _, of_stream, _) = self.next().await;
            if kind == HEADERS && of_stream == stream {
                return;
            }
        }
    }

    /// All that comes until the server closes the connection.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let read = timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await;
        // It may be reset.
        read.expect("the connection is not closed").ok();
        bytes
    }
}
