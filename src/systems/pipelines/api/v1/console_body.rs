//! The bytes of a log as the body of an answer.

use std::io;
use std::ops::Range;

use futures_util::stream;
use poem::Body;
use tracing::warn;

use crate::systems::pipelines::attempt_logs::AttemptLog;
use crate::systems::pipelines::console::{Extent, Piece, PlainText};
use crate::telemetry::chain;

/// Bytes that are read at once.
const PIECE_BYTES: u64 = 256 * 1024;

/// What is sent of a log.
pub(super) struct ConsoleBody {
    log: AttemptLog,
    range: Range<u64>,
    /// What was dropped when the answer began. It is shown as a line.
    gap: Option<Range<u64>>,
    /// Without sequences that colour text or move the cursor. Its length is not known before.
    plain: Option<PlainText>,
}

impl ConsoleBody {
    pub(super) fn new(
        log: AttemptLog,
        range: Range<u64>,
        extent: &Extent,
        plain: Option<PlainText>,
    ) -> Self {
        let gap = extent.gap.clone();
        Self {
            log,
            gap: gap.filter(|gap| range.start <= gap.start && gap.end <= range.end),
            range,
            plain,
        }
    }

    /// In bytes; `None`: it is known at the end.
    pub(super) fn length(&self) -> Option<u64> {
        let whole = self.range.end - self.range.start;
        let gap = self.gap.as_ref();
        let changed = gap.map(|gap| (gap.end - gap.start, notice(gap).len() as u64));
        let (dropped, notice) = changed.unwrap_or_default();
        self.plain.is_none().then(|| whole - dropped + notice)
    }

    /// An error cuts the answer off, so that a part is not mistaken for the whole.
    pub(super) fn into_body(self) -> Body {
        let parts = stream::unfold(self, |mut body| async move {
            let part = body.next().await?;
            if let Err(error) = &part {
                warn!(error = chain(error), "the answer with a log was cut off");
            }
            Some((part, body))
        });
        Body::from_bytes_stream(parts)
    }

    async fn next(&mut self) -> Option<io::Result<Vec<u8>>> {
        while !self.range.is_empty() {
            let bytes_max = (self.range.end - self.range.start).min(PIECE_BYTES);
            let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
            match self.log.read(self.range.start, bytes_max).await {
                Ok(Piece::Bytes { bytes, .. }) => {
                    self.range.start += bytes.len() as u64;
                    let Some(plain) = &mut self.plain else {
                        return Some(Ok(bytes));
                    };
                    let mut text = Vec::with_capacity(bytes.len());
                    plain.push(&bytes, &mut text);
                    if !text.is_empty() {
                        return Some(Ok(text));
                    }
                }
                Ok(Piece::Gap { from, to }) => {
                    let gap = from..to;
                    self.range.start = to;
                    // What was dropped since then is missing in the length that was named.
                    return Some(
                        match self.plain.is_some() || self.gap.as_ref() == Some(&gap) {
                            true => Ok(notice(&gap).into_bytes()),
                            false => self.fail("a part of the log was overwritten meanwhile"),
                        },
                    );
                }
                Ok(Piece::End { .. }) => {
                    return Some(self.fail("the log has become shorter"));
                }
                Err(error) => {
                    self.range.start = self.range.end;
                    return Some(Err(error));
                }
            }
        }
        None
    }

    fn fail(&mut self, reason: &'static str) -> io::Result<Vec<u8>> {
        self.range.start = self.range.end;
        Err(io::Error::other(reason))
    }
}

fn notice(gap: &Range<u64>) -> String {
    format!("\n[{} bytes were not kept]\n", gap.end - gap.start)
}
