//! A log as server-sent events, while it is written and after.

use futures_util::stream;
use poem::web::sse::Event;
use serde_json::json;
use tracing::warn;

use crate::clock;
use crate::http::v1::EventFeed;
use crate::systems::pipelines::attempt_logs::{TextPiece, TextReader};
use crate::telemetry::chain;

/// The pieces of a log, up to the end of its attempt. Where it ends without the event `end`, the caller
/// connects again.
pub(super) fn feed(reader: TextReader, attempt: u32) -> EventFeed {
    EventFeed::of(stream::unfold(reader, move |mut reader| async move {
        match reader.next().await {
            Ok(piece) => Some((event(piece?, attempt), reader)),
            Err(error) => {
                warn!(error = chain(&error), "a stream of a log ends");
                None
            }
        }
    }))
}

fn event(piece: TextPiece, attempt: u32) -> Event {
    match piece {
        TextPiece::Text { behind, at, text } => {
            let data = json!({ "at": clock::rfc3339(at), "text": text });
            Event::message(data.to_string()).id(behind.to_string())
        }
        TextPiece::Gap { from, to } => {
            Event::message(json!({ "from": from, "to": to }).to_string())
                .id(to.to_string())
                .event_type("gap")
        }
        TextPiece::End { total } => {
            let data = json!({ "attempt": attempt, "total": total });
            Event::message(data.to_string())
                .id(total.to_string())
                .event_type("end")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_sent_with_the_offset_behind_it() {
        let text = TextPiece::Text {
            behind: 9,
            at: 0,
            text: "a\n阿\r".to_owned(),
        };
        assert_eq!(
            event(text, 1).to_string(),
            "id: 9\ndata: {\"at\":\"1970-01-01T00:00:00.000Z\",\"text\":\"a\\n阿\\r\"}\n\n"
        );
        assert_eq!(
            event(TextPiece::Gap { from: 9, to: 20 }, 1).to_string(),
            "id: 20\nevent: gap\ndata: {\"from\":9,\"to\":20}\n\n"
        );
        assert_eq!(
            event(TextPiece::End { total: 20 }, 2).to_string(),
            "id: 20\nevent: end\ndata: {\"attempt\":2,\"total\":20}\n\n"
        );
    }
}
