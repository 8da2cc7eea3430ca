//! Lines of what the commands of a job have written.

use std::ops::Range;

use poem::{FromRequest, Request, RequestBody};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Groups;
use super::console::{failure, open};
use crate::engine::store::Store;
use crate::http::DownloadPlace;
use crate::http::body::{Flag, Misfit, Word};
use crate::http::error::Failure;
use crate::systems::pipelines::api::words::FirstWords;
use crate::systems::pipelines::attempt_logs::AttemptLogs;
use crate::systems::pipelines::console::{Findings, Hit, Pattern, PatternError, Side, Wanted};

/// The operation.
pub(crate) struct ConsoleSearchApi {
    pub store: Store,
    pub logs: AttemptLogs,
}

/// Lines that match, a page at a time.
#[derive(Object)]
struct FoundLines {
    attempt: u32,
    /// Lines that match in the whole log, not only on this page.
    total: u64,
    /// Of these, how many come before the page; null where no line is on it.
    skipped: Option<u64>,
    /// In the order of the log.
    lines: Vec<FoundLine>,
    /// Give it as `after` to get the lines behind the page; null where there are none.
    next: Option<u64>,
    /// Give it as `before` to get the lines before the page; null where there are none.
    previous: Option<u64>,
    /// With `first=error`: the first line that says that something failed.
    first_error: Option<FoundLine>,
    /// Bytes of the log when it was searched; what is written later is not counted.
    bytes: u64,
    /// What was dropped of the log, and not searched.
    gap: Option<DroppedBytes>,
}

/// A line of a log.
#[derive(Object)]
struct FoundLine {
    /// From 1 on. Null: it is behind bytes that were dropped while it was looked for.
    number: Option<u64>,
    /// Where it begins, in bytes of the log.
    offset: u64,
    /// Without the sequences that colour text or move the cursor; of a long line what is around the match.
    text: String,
    /// The first match: how many characters of `text` come before it.
    start: u64,
    /// How many characters of `text` come before its end.
    end: u64,
    /// The line is longer than `text`.
    cut: bool,
}

/// Bytes that were not kept.
#[derive(Object)]
pub(super) struct DroppedBytes {
    /// Offset of the first one.
    from: u64,
    /// Offset behind the last one.
    to: u64,
}

#[OpenApi(tag = "Groups::Pipelines")]
impl ConsoleSearchApi {
    /// Search what a job has written
    ///
    /// Finds the lines in which a text or a regular expression matches, and counts all of them, in time
    /// linear in the log. Sequences that colour text are not there for the search; a match lies within a
    /// line, and never reaches over bytes that were dropped. Within a line longer than 1 MiB, a match of more
    /// than 64 KiB may be missed. From any offset on, `after` leads to the next lines and `before` to the
    /// previous ones. A few searches are done at once; others wait for a while.
    #[oai(
        path = "/v1/jobs/:job_id/console/search",
        method = "get",
        operation_id = "search_console"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn search_console(
        &self,
        http: &Request,
        job_id: Path<String>,
        /// What is looked for, up to 4096 bytes. May be left out with `regex` or `first`.
        q: Query<Option<String>>,
        /// `true`: `q` is a regular expression. Without `q`: the expression itself. `^` and `$` match at the
        /// ends of a line, and around carriage returns.
        regex: Query<Option<String>>,
        /// Upper and lower case are the same; otherwise they differ.
        ignore_case: Query<Option<Flag>>,
        /// Only lines that begin behind this offset.
        after: Query<Option<u64>>,
        /// Only lines that begin before this offset: without `after` the last ones of them.
        before: Query<Option<u64>>,
        /// Lines on a page.
        #[oai(
            default = "hundred",
            validator(minimum(value = "1"), maximum(value = "1000"))
        )]
        limit: Query<u32>,
        /// `error`: also names the first line that says `::error::` or looks like an error. With neither `q` nor
        /// `regex`, such lines are what is looked for.
        first: Query<Option<Word<FirstWords>>>,
        /// Attempts count from 1. Without it: the last one that has a log.
        #[oai(validator(minimum(value = "1")))]
        attempt: Query<Option<u32>>,
    ) -> poem::Result<Json<FoundLines>> {
        let ignores_case = ignore_case.0.is_some_and(|Flag(ignores)| ignores);
        let first_error = first.0.is_some();
        let pattern = pattern(q.0, regex.0, ignores_case, first_error)?;
        let wanted = Wanted {
            side: side(after.0, before.0),
            limit: limit.0 as usize,
            first_error,
        };
        let mut log = open(&self.store, &self.logs, &job_id, attempt.0).await?;
        log.settle().await.map_err(failure)?;
        let place = DownloadPlace::from_request(http, &mut RequestBody::default()).await?;
        // It ends when its caller leaves.
        let found = place.prepare(log.search(pattern, wanted)).await?;
        let found = found.map_err(failure)?;
        Ok(Json(FoundLines::of(found, log.attempt)))
    }
}

fn hundred() -> u32 {
    100
}

fn pattern(
    q: Option<String>,
    regex: Option<String>,
    ignores_case: bool,
    or_errors: bool,
) -> Result<Pattern, Failure> {
    let misfit = |place: &'static str| {
        move |error: PatternError| Failure::from(Misfit::new(place, error.to_string()))
    };
    match (q, regex) {
        (Some(text), regex) => match regex.as_deref() {
            None | Some("false" | "0") => Pattern::text(&text, ignores_case).map_err(misfit("q")),
            Some("" | "true" | "1") => Pattern::regex(&text, ignores_case).map_err(misfit("q")),
            Some(_) => {
                let reason = "expected true or false beside `q`, or an expression without `q`";
                Err(Misfit::new("regex", reason).into())
            }
        },
        (None, Some(regex)) => Pattern::regex(&regex, ignores_case).map_err(misfit("regex")),
        (None, None) if or_errors => Ok(Pattern::errors()),
        (None, None) => Err(Misfit::new("q", "is missing, expected what to look for").into()),
    }
}

fn side(after: Option<u64>, before: Option<u64>) -> Side {
    match (after, before) {
        (None, None) => Side::Start,
        (Some(after), None) => Side::After(after),
        (None, Some(before)) => Side::Before(before),
        (Some(after), Some(before)) => Side::Between(after, before),
    }
}

impl FoundLines {
    fn of(found: Findings, attempt: u32) -> Self {
        let skipped = found.hits.first().map(|hit| hit.ordinal - 1);
        let first = found.hits.first().filter(|hit| hit.ordinal > 1);
        let last = found.hits.last().filter(|hit| hit.ordinal < found.total);
        Self {
            attempt,
            total: found.total,
            skipped,
            next: last.map(|hit| hit.offset),
            previous: first.map(|hit| hit.offset),
            lines: found.hits.into_iter().map(FoundLine::from).collect(),
            first_error: found.first_error.map(FoundLine::from),
            bytes: found.bytes,
            gap: found.gap.map(DroppedBytes::from),
        }
    }
}

impl From<Range<u64>> for DroppedBytes {
    fn from(gap: Range<u64>) -> Self {
        Self {
            from: gap.start,
            to: gap.end,
        }
    }
}

impl From<Hit> for FoundLine {
    fn from(hit: Hit) -> Self {
        let excerpt = hit.excerpt;
        Self {
            number: hit.number,
            offset: hit.offset,
            start: excerpt.matched.start as u64,
            end: excerpt.matched.end as u64,
            cut: excerpt.is_cut,
            text: excerpt.text,
        }
    }
}
