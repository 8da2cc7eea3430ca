//! Server-sent events, as commands read them.

use futures_util::StreamExt;
use serde_json::Value;

use crate::systems::ServerAnswer;

/// A server-sent event.
pub(super) struct SentEvent {
    pub id: String,
    pub kind: String,
    pub data: Value,
}

/// Events as they come.
pub(super) struct Events {
    answer: ServerAnswer,
    read: Vec<u8>,
}

impl Events {
    pub(super) fn of(answer: ServerAnswer) -> Self {
        Self {
            answer,
            read: Vec::new(),
        }
    }

    /// `None`: the stream has ended.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<SentEvent>> {
        loop {
            if let Some(end) = memchr::memmem::find(&self.read, b"\n\n") {
                let event: Vec<u8> = self.read.drain(..end + 2).collect();
                // A comment keeps the connection open.
                if let Some(event) = parse(&String::from_utf8_lossy(&event)) {
                    return Ok(Some(event));
                }
                continue;
            }
            match self.answer.0.next().await.transpose()? {
                Some(bytes) => self.read.extend(bytes),
                None => return Ok(None),
            }
        }
    }
}

fn parse(event: &str) -> Option<SentEvent> {
    let field = |name: &str| {
        let mut lines = event.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    };
    Some(SentEvent {
        id: field("id")?.to_owned(),
        kind: field("event").unwrap_or("message").to_owned(),
        data: serde_json::from_str(field("data")?).ok()?,
    })
}
