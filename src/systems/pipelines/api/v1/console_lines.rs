//! Some lines of what the commands of a job have written, from any place on.

use poem::{FromRequest, Request, RequestBody};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Groups;
use super::console::{failure, open};
use super::console_search::DroppedBytes;
use crate::engine::store::Store;
use crate::http::DownloadPlace;
use crate::http::body::Flag;
use crate::systems::pipelines::attempt_logs::AttemptLogs;
use crate::systems::pipelines::console::{ConsoleLine, LinePage, LinePlace, LinesWanted};

/// The operation.
pub(crate) struct ConsoleLinesApi {
    pub store: Store,
    pub logs: AttemptLogs,
}

/// A page of lines.
#[derive(Object)]
struct ConsoleLines {
    attempt: u32,
    /// Bytes that were written so far.
    total: u64,
    /// In the order of the log.
    lines: Vec<ConsoleLineView>,
    /// Give it as `from` to get the lines behind the page; null where there are none.
    next: Option<u64>,
    /// Give it as `before` to get the lines before the page; null where there are none.
    previous: Option<u64>,
    /// What was dropped of the log.
    gap: Option<DroppedBytes>,
}

/// A line as it is read.
#[derive(Object)]
struct ConsoleLineView {
    /// From 1 on. Null: `numbers` was not given, or bytes were dropped whose lines nobody has counted.
    number: Option<u64>,
    /// Where it begins, in bytes of the log.
    offset: u64,
    /// Without its end, and without the sequences that colour text or move the cursor; of a long line the
    /// first 16 KiB.
    text: String,
    /// The line is longer than `text`.
    cut: bool,
}

#[OpenApi(tag = "Groups::Pipelines")]
impl ConsoleLinesApi {
    /// Read lines of what a job has written
    ///
    /// A page of lines from an offset, from a number, or before an offset; without any of these from the
    /// beginning. Reading takes as long in a large log as in a small one. Numbers take longer: to know
    /// them, or to find a line by its number, lines are counted from an end of the log. A few calls count at
    /// once; others wait for a while.
    #[oai(
        path = "/v1/jobs/:job_id/console/lines",
        method = "get",
        operation_id = "list_console_lines"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_console_lines(
        &self,
        http: &Request,
        job_id: Path<String>,
        /// From the line on in which this offset is. Behind the end: the last line.
        from: Query<Option<u64>>,
        /// Only lines that begin before this offset: without `from` and `line` the last ones of them.
        before: Query<Option<u64>>,
        /// From the line on with this number; the first one has 1. Takes precedence over `from`.
        #[oai(validator(minimum(value = "1")))]
        line: Query<Option<u64>>,
        /// Also tells the numbers of the lines.
        numbers: Query<Option<Flag>>,
        /// Lines on a page.
        #[oai(
            default = "hundred",
            validator(minimum(value = "1"), maximum(value = "1000"))
        )]
        limit: Query<u32>,
        /// Attempts count from 1. Without it: the last one that has a log.
        #[oai(validator(minimum(value = "1")))]
        attempt: Query<Option<u32>>,
    ) -> poem::Result<Json<ConsoleLines>> {
        let wanted = LinesWanted {
            place: place(from.0, before.0, line.0),
            before: before.0,
            limit: limit.0 as usize,
            numbers: numbers.0.is_some_and(|Flag(wants)| wants),
        };
        let mut log = open(&self.store, &self.logs, &job_id, attempt.0).await?;
        log.settle().await.map_err(failure)?;
        let place = DownloadPlace::from_request(http, &mut RequestBody::default()).await?;
        // It ends when its caller leaves.
        let page = place.prepare(log.lines(wanted)).await?;
        Ok(Json(ConsoleLines::of(page.map_err(failure)?, log.attempt)))
    }
}

fn hundred() -> u32 {
    100
}

fn place(from: Option<u64>, before: Option<u64>, line: Option<u64>) -> LinePlace {
    match (line, from, before) {
        (Some(line), ..) => LinePlace::Number(line),
        (None, Some(from), _) => LinePlace::From(from),
        (None, None, Some(_)) => LinePlace::Last,
        (None, None, None) => LinePlace::From(0),
    }
}

impl ConsoleLines {
    fn of(page: LinePage, attempt: u32) -> Self {
        let first = page.lines.first().map(|line| line.offset);
        Self {
            attempt,
            total: page.total,
            next: page.next,
            previous: first.filter(|first| *first > 0),
            lines: page.lines.into_iter().map(ConsoleLineView::from).collect(),
            gap: page.gap.map(DroppedBytes::from),
        }
    }
}

impl From<ConsoleLine> for ConsoleLineView {
    fn from(line: ConsoleLine) -> Self {
        Self {
            number: line.number,
            offset: line.offset,
            text: line.text,
            cut: line.is_cut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_at_one_place() {
        for (from, before, line, expected) in [
            (None, None, None, LinePlace::From(0)),
            (Some(7), None, None, LinePlace::From(7)),
            (Some(7), Some(9), None, LinePlace::From(7)),
            (None, Some(9), None, LinePlace::Last),
            (Some(7), Some(9), Some(3), LinePlace::Number(3)),
        ] {
            assert_eq!(place(from, before, line), expected);
        }
    }
}
