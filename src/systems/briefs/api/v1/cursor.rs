//! Where a page of a list begins, as callers hand it back: behind a row, or behind so many of them where the list has
//! an order of its own.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::http::error::Failure;
use crate::systems::briefs::api::asking::fault;

/// The end of the page before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Cursor {
    /// A platform, and what tells a row of it apart.
    #[serde(rename = "k")]
    Key(String, String),
    #[serde(rename = "o")]
    Offset(u64),
}

impl Cursor {
    pub fn read(text: Option<String>) -> Result<Option<Self>, Failure> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let cursor = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let expected = "expected the `next` value of an earlier page";
        cursor.map(Some).ok_or_else(|| fault("after", expected))
    }

    pub fn text(&self) -> String {
        let written = serde_json::to_string(self).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for cursor in [
            Cursor::Key("douyin".to_owned(), "7/\"防晒".to_owned()),
            Cursor::Offset(400),
        ] {
            let read = Cursor::read(Some(cursor.text())).ok().unwrap();
            assert_eq!(read, Some(cursor));
        }
        assert_eq!(Cursor::read(None).ok().unwrap(), None);
        let failure = Cursor::read(Some("x".to_owned())).err().unwrap();
        assert_eq!(
            failure.detail,
            "after: expected the `next` value of an earlier page"
        );
    }
}
