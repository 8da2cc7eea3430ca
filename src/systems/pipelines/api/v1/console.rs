//! What the commands of a job have written: its bytes, its text as it comes, its folds.

use std::ops::Range;

use entity::{JobId, job};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, FromRequest, Request, RequestBody};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::{ApiResponse, Object, OpenApi, ResponseContent};

use super::Groups;
use super::byte_range::{Wanted, wanted};
use super::console_body::ConsoleBody;
use super::console_feed::feed;
use crate::clock;
use crate::engine::store::Store;
use crate::http::DownloadPlace;
use crate::http::body::Flag;
use crate::http::error::Failure;
use crate::http::v1::EventFeed;
use crate::http::v1::views::{job_id, no_job};
use crate::systems::pipelines::attempt_logs::{AttemptLog, AttemptLogs, LogError, TextReader};
use crate::systems::pipelines::console::{Extent, Fold, Mark, MarkKind, PlainText, folds};

/// The operations.
pub(crate) struct ConsoleApi {
    pub store: Store,
    pub logs: AttemptLogs,
}

#[derive(ApiResponse)]
enum Console {
    /// The whole log, or its last lines. While it is written: as much as there is. What was dropped because
    /// the log is longer than it may be is shown as a line.
    #[oai(status = 200)]
    Whole(
        Content,
        /// `bytes`, where a part may be asked for by `Range`.
        #[oai(header = "Accept-Ranges")]
        Option<String>,
        #[oai(header = "Content-Length")] Option<String>,
        /// The attempt whose log it is.
        #[oai(header = "Console-Attempt")]
        String,
        /// Where in the log the answer begins.
        #[oai(header = "Console-Offset")]
        Option<String>,
        /// What was dropped of the log: the first offset, and the one behind.
        #[oai(header = "Console-Gap")]
        Option<String>,
    ),
    /// A part of the log. Offsets count all bytes that were written, and no part reaches over bytes that
    /// were dropped: one that would begin among them begins behind them.
    #[oai(status = 206)]
    Part(
        PartContent,
        #[oai(header = "Accept-Ranges")] String,
        /// Which part it is, and how long the log is by now.
        #[oai(header = "Content-Range")]
        String,
        #[oai(header = "Content-Length")] String,
        /// The attempt whose log it is.
        #[oai(header = "Console-Attempt")]
        String,
        /// What was dropped of the log: the first offset, and the one behind.
        #[oai(header = "Console-Gap")]
        Option<String>,
    ),
}

#[derive(ResponseContent)]
enum Content {
    #[oai(content_type = "text/plain; charset=utf-8")]
    Bytes(Binary<Body>),
    /// Each piece has the offset behind it as `id`, and as `data` an object with `at` and `text`. `event:
    /// gap` stands where bytes were dropped, `event: end` behind the last piece of an attempt that has ended.
    Pieces(EventFeed),
}

#[derive(ResponseContent)]
enum PartContent {
    #[oai(content_type = "text/plain; charset=utf-8")]
    Bytes(Binary<Body>),
}

/// The structure of a log.
#[derive(Object)]
struct Folds {
    attempt: u32,
    /// Bytes that were written so far.
    total: u64,
    /// In the order of their beginnings.
    folds: Vec<FoldView>,
    errors: Vec<Remark>,
    warnings: Vec<Remark>,
    /// The latest `::progress::`.
    progress: Option<ProgressView>,
    /// There were more folds, errors and warnings than are kept.
    cut: bool,
}

/// A part of a log that belongs together.
#[derive(Object)]
struct FoldView {
    name: String,
    /// How many folds it is in.
    depth: u64,
    /// It is a script of a list.
    script: bool,
    /// Offset of its first byte.
    from: u64,
    /// Offset behind its last one; null: it has not ended.
    to: Option<u64>,
    /// RFC 3339.
    started_at: String,
    ended_at: Option<String>,
}

/// An `::error::` or a `::warning::`.
#[derive(Object)]
struct Remark {
    /// Of its line.
    offset: u64,
    at: String,
    text: String,
    /// What stands behind the word, e.g. `file=a.sql,line=7`.
    place: Option<String>,
}

/// What a command has said of its progress.
#[derive(Object)]
struct ProgressView {
    percent: u8,
    text: String,
    at: String,
}

#[OpenApi(tag = "Groups::Pipelines")]
impl ConsoleApi {
    /// Read what a job has written
    ///
    /// The log of an attempt, secrets masked, the same way while its commands run and after. `Range` counts where
    /// neither `tail` nor `plain` is given. With `Accept: text/event-stream` it comes as server-sent events
    /// while it is written, from `Last-Event-ID` on. A log that is written where this process
    /// does not see it is refused, naming the machine.
    #[oai(
        path = "/v1/jobs/:job_id/console",
        method = "get",
        operation_id = "get_console"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn get_console(
        &self,
        http: &Request,
        job_id: Path<String>,
        /// Attempts count from 1. Without it: the last one that has a log.
        #[oai(validator(minimum(value = "1")))]
        attempt: Query<Option<u32>>,
        /// Only so many lines from the end.
        #[oai(validator(maximum(value = "100000")))]
        tail: Query<Option<u32>>,
        /// Without the sequences that colour text or move the cursor.
        plain: Query<Option<Flag>>,
        /// `text/event-stream` for server-sent events.
        #[oai(name = "Accept")]
        accept: Header<Option<String>>,
        /// One range of bytes.
        #[oai(name = "Range")]
        range: Header<Option<String>>,
        /// There are no tags to compare: with it, the whole log is sent.
        #[oai(name = "If-Range")]
        if_range: Header<Option<String>>,
        /// Only what was written behind this offset. Takes precedence over `tail`.
        #[oai(name = "Last-Event-ID")]
        last_event_id: Header<Option<u64>>,
    ) -> poem::Result<Console> {
        let mut log = open(&self.store, &self.logs, &job_id, attempt.0).await?;
        let is_plain = plain.0.is_some_and(|Flag(plain)| plain);
        let tail = tail.0.map(|lines| lines as usize);
        if accept.0.is_some_and(|accept| wants_events(&accept)) {
            let from = match (last_event_id.0, tail) {
                (Some(offset), _) => offset,
                (None, Some(lines)) => log.tail(lines).await.map_err(failure)?,
                (None, None) => 0,
            };
            let attempt = log.attempt;
            let reader = TextReader::new(log, from, is_plain).await;
            let pieces = feed(reader.map_err(failure)?, attempt);
            let attempt = attempt.to_string();
            let content = Content::Pieces(pieces);
            return Ok(Console::Whole(content, None, None, attempt, None, None));
        }
        let place = DownloadPlace::from_request(http, &mut RequestBody::default()).await?;
        log.settle().await.map_err(failure)?;
        let extent = log.extent().await.map_err(failure)?;
        if is_plain || tail.is_some() {
            let from = match tail {
                Some(lines) => log.tail(lines).await.map_err(failure)?.min(extent.total),
                None => 0,
            };
            let answer = Answer::of(log, from..extent.total, &extent, is_plain);
            return Ok(answer.whole(place, false));
        }
        let range = range.0.filter(|_| if_range.0.is_none());
        match wanted(range.as_deref(), &extent) {
            Wanted::Whole => {
                let answer = Answer::of(log, 0..extent.total, &extent, false);
                Ok(answer.whole(place, true))
            }
            Wanted::Part(range) => Ok(Answer::of(log, range, &extent, false).part(place)),
            Wanted::Nothing => Err(no_such_part(&extent).into()),
        }
    }

    /// Look at the structure of what a job has written
    ///
    /// Scripts and folds with their times, errors, warnings, and the latest progress.
    #[oai(
        path = "/v1/jobs/:job_id/console/folds",
        method = "get",
        operation_id = "get_console_folds"
    )]
    async fn get_console_folds(
        &self,
        job_id: Path<String>,
        /// Attempts count from 1. Without it: the last one that has a log.
        #[oai(validator(minimum(value = "1")))]
        attempt: Query<Option<u32>>,
    ) -> poem::Result<Json<Folds>> {
        let mut log = open(&self.store, &self.logs, &job_id, attempt.0).await?;
        log.settle().await.map_err(failure)?;
        let (marks, progress) = log.marks().await.map_err(failure)?;
        let total = log.extent().await.map_err(failure)?.total;
        let remarks = marks.iter().filter_map(Remark::of);
        let (errors, warnings): (Vec<_>, Vec<_>) = remarks.partition(|(is_error, _)| *is_error);
        let only = |remarks: Vec<(bool, Remark)>| {
            let remarks = remarks.into_iter();
            remarks.map(|(_, remark)| remark).collect()
        };
        Ok(Json(Folds {
            attempt: log.attempt,
            total,
            folds: folds(&marks).into_iter().map(FoldView::from).collect(),
            errors: only(errors),
            warnings: only(warnings),
            progress: progress.map(|progress| ProgressView {
                percent: progress.percent,
                text: progress.text,
                at: clock::rfc3339(progress.at),
            }),
            cut: marks.iter().any(|mark| mark.kind == MarkKind::More),
        }))
    }
}

/// The log of an attempt of the job that a path names.
pub(super) async fn open(
    store: &Store,
    logs: &AttemptLogs,
    job: &str,
    attempt: Option<u32>,
) -> Result<AttemptLog, Failure> {
    let id: JobId = job_id(job)?;
    let job: Option<job::Model> = store.jobs().find(&id).await?;
    let job = job.ok_or_else(|| no_job(&id))?;
    Ok(logs.open(&job, attempt).await?)
}

/// Bytes of a log on their way.
struct Answer {
    attempt: String,
    range: Range<u64>,
    total: u64,
    gap: Option<String>,
    body: ConsoleBody,
}

impl Answer {
    fn of(log: AttemptLog, range: Range<u64>, extent: &Extent, is_plain: bool) -> Self {
        let plain = is_plain.then(PlainText::default);
        let gap = extent.gap.as_ref();
        Self {
            attempt: log.attempt.to_string(),
            total: extent.total,
            gap: gap.map(|gap| format!("{}-{}", gap.start, gap.end)),
            body: ConsoleBody::new(log, range.clone(), extent, plain),
            range,
        }
    }

    fn whole(self, place: DownloadPlace, takes_ranges: bool) -> Console {
        let length = self.body.length().map(|length| length.to_string());
        Console::Whole(
            Content::Bytes(Binary(place.send(self.body.into_body()))),
            takes_ranges.then(|| "bytes".to_owned()),
            length,
            self.attempt,
            Some(self.range.start.to_string()),
            self.gap,
        )
    }

    fn part(self, place: DownloadPlace) -> Console {
        let Range { start, end } = self.range;
        Console::Part(
            PartContent::Bytes(Binary(place.send(self.body.into_body()))),
            "bytes".to_owned(),
            format!("bytes {start}-{}/{}", end - 1, self.total),
            (end - start).to_string(),
            self.attempt,
            self.gap,
        )
    }
}

impl From<Fold> for FoldView {
    fn from(fold: Fold) -> Self {
        Self {
            name: fold.name,
            depth: fold.depth as u64,
            script: fold.is_script,
            from: fold.from,
            to: fold.to,
            started_at: clock::rfc3339(fold.started_at),
            ended_at: fold.ended_at.map(clock::rfc3339),
        }
    }
}

impl Remark {
    /// Whether it is an error; `None`: the mark is something else.
    fn of(mark: &Mark) -> Option<(bool, Self)> {
        let (is_error, text, place) = match &mark.kind {
            MarkKind::Error { text, place } => (true, text, place),
            MarkKind::Warning { text, place } => (false, text, place),
            _ => return None,
        };
        let remark = Self {
            offset: mark.offset,
            at: clock::rfc3339(mark.at),
            text: text.clone(),
            place: place.clone(),
        };
        Some((is_error, remark))
    }
}

/// Whether events are among the types that a caller takes.
fn wants_events(accept: &str) -> bool {
    let mut types = accept.split(',');
    types.any(|one| {
        let name = one.split(';').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("text/event-stream")
    })
}

fn no_such_part(extent: &Extent) -> Failure {
    let total = extent.total;
    let detail = format!("Range: the log has {total} bytes, and none of these");
    let mut failure = Failure::new(StatusCode::RANGE_NOT_SATISFIABLE, detail);
    if let Ok(range) = HeaderValue::from_str(&format!("bytes */{total}")) {
        failure.headers.push((header::CONTENT_RANGE, range));
    }
    failure
}

pub(super) fn failure(error: impl Into<LogError>) -> Failure {
    error.into().into()
}
