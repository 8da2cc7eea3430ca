//! What was logged about a job: a page of it, or line by line as it comes.

use std::time::{Duration, Instant};

use entity::{JobId, LogLevel, job, log};
use poem::web::sse::Event;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{ApiResponse, Object, OpenApi, ResponseContent};
use serde_json::Value;
use tracing::warn;

use super::Groups;
use super::event_feed::EventFeed;
use super::follower::{Followed, Follower, PAGE, Page, Rest};
use super::views::job_id;
use super::words::LogLevels;
use crate::clock;
use crate::engine::store::LineFilter;
use crate::http::Services;
use crate::http::body::{Word, WordFilter};
use crate::http::error::Failure;
use crate::telemetry::chain;

/// Lines are stored some together, and perhaps by another process.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The last lines of a job are stored a little later than its end.
const AFTER_THE_END: Duration = Duration::from_secs(1);

/// Of a job that ended so long ago by its own account, whatever the clocks of two machines say.
const LONG_AFTER: Duration = Duration::from_secs(60);

/// The operations.
pub(crate) struct LogsApi(pub(super) Services);

/// A line of a log.
#[derive(Object)]
struct LogLine {
    seq: i64,
    /// RFC 3339, to the microsecond.
    at: String,
    level: Word<LogLevels>,
    message: String,
    /// What else the line says: `job.id`, `trace_id`, `span_id`, and names such as `batch.no` and
    /// `error`.
    fields: Value,
}

/// Some lines of a log.
#[derive(Object)]
struct LogPage {
    lines: Vec<LogLine>,
    /// `after` of the next call, also when there are no more lines yet.
    next: i64,
    /// There are more lines already.
    more: bool,
    /// There are lines before these.
    earlier: bool,
    /// Lines that fit, in all; with `total`.
    #[oai(skip_serializing_if_is_none)]
    total: Option<u64>,
}

/// Which page.
struct Asked {
    from: Place,
    limit: u64,
    filter: LineFilter,
    wants_total: bool,
}

/// Where a page stands.
enum Place {
    After(i64),
    Before(i64),
}

#[derive(ApiResponse)]
enum Logs {
    /// A page, or a stream in which each event has the sequence number as `id`, the level as `event`
    /// and the line as `data`. The stream ends with the job.
    #[oai(status = 200)]
    Lines(Lines),
    /// The job has ended and all of it has been sent: there is no need to connect again.
    #[oai(status = 204)]
    AllSent,
}

#[derive(ResponseContent)]
enum Lines {
    Page(Json<LogPage>),
    Feed(EventFeed),
}

#[OpenApi(tag = "Groups::Jobs")]
impl LogsApi {
    /// Read the log of a job
    ///
    /// A page from any place; with `follow`, `Accept: text/event-stream` or `Last-Event-ID` all of
    /// it from that place on, as server-sent events. How much is logged is a setting of the server.
    #[oai(
        path = "/v1/jobs/:job_id/logs",
        method = "get",
        operation_id = "get_job_logs"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn get_job_logs(
        &self,
        job_id: Path<String>,
        /// Only lines after this one.
        #[oai(validator(minimum(value = "0")))]
        after: Query<Option<i64>>,
        /// Lines of a page.
        #[oai(
            default = "two_hundred",
            validator(minimum(value = "1"), maximum(value = "1000"))
        )]
        limit: Query<u64>,
        /// Only lines that matter as much as this, or more.
        level: Query<Option<WordFilter<LogLevels>>>,
        /// Only lines in whose message or fields this text stands, in capitals or not; for pages.
        #[oai(validator(max_length = 200))]
        q: Query<Option<String>>,
        /// The last lines before this one instead; for pages.
        #[oai(validator(minimum(value = "0")))]
        before: Query<Option<i64>>,
        /// The last lines of all; for pages.
        #[oai(default)]
        tail: Query<bool>,
        /// Whether to count the lines that fit; for pages.
        #[oai(default)]
        total: Query<bool>,
        /// Whether lines are to come as events, as they are logged.
        #[oai(default)]
        follow: Query<bool>,
        /// As `after`, over which it takes precedence. Browsers send it when they connect again.
        #[oai(name = "Last-Event-ID", validator(minimum(value = "0")))]
        last_event_id: Header<Option<i64>>,
        /// `text/event-stream` is the same as `follow`.
        #[oai(name = "Accept")]
        accept: Header<Option<String>>,
    ) -> poem::Result<Logs> {
        let id = self::job_id(&job_id)?;
        let wants_events = accept
            .0
            .is_some_and(|accept| accept.contains("text/event-stream"));
        let from = last_event_id.0.or(after.0);
        let level = level.0.and_then(|WordFilter(level)| level);
        if !(follow.0 || wants_events || last_event_id.0.is_some()) {
            let text = q.0.filter(|text| !text.is_empty());
            let asked = Asked {
                from: match (from, before.0, tail.0) {
                    (None, None, true) => Place::Before(i64::MAX),
                    (None, Some(before), _) => Place::Before(before),
                    (from, _, _) => Place::After(from.unwrap_or(0)),
                },
                limit: limit.0,
                filter: LineFilter { level, text },
                wants_total: total.0,
            };
            let page = self.page(&id, &asked).await?;
            return Ok(Logs::Lines(Lines::Page(Json(page))));
        }
        let log = JobLog {
            services: self.0.clone(),
            job: id,
            level,
            ended: None,
        };
        let feed = Follower::feed(log, from.unwrap_or(0)).await?;
        Ok(feed.map_or(Logs::AllSent, |feed| Logs::Lines(Lines::Feed(feed))))
    }
}

impl LogsApi {
    async fn page(&self, id: &JobId, asked: &Asked) -> Result<LogPage, Failure> {
        self.0.job(id).await?;
        // Asked before: of the lines up to there none is missed.
        let logs = self.0.store.logs();
        let last = logs.last(id).await?;
        let filter = &asked.filter;
        let total = match asked.wants_total {
            true => Some(logs.count(id, filter).await?),
            false => None,
        };
        // One more than asked for shows whether there are more.
        let limit = asked.limit + 1;
        let is_too_long = |lines: &Vec<log::Model>| lines.len() as u64 > asked.limit;
        let (lines, earlier, more) = match asked.from {
            Place::After(after) => {
                let mut lines = logs.found_after(id, filter, after, limit).await?;
                let more = is_too_long(&lines);
                lines.truncate(usize::try_from(asked.limit).unwrap_or(usize::MAX));
                let earlier = logs
                    .found_before(id, filter, after.saturating_add(1), 1)
                    .await?;
                (lines, !earlier.is_empty(), more)
            }
            Place::Before(before) => {
                let mut lines = logs.found_before(id, filter, before, limit).await?;
                let earlier = is_too_long(&lines);
                if earlier {
                    lines.remove(0);
                }
                let more = logs.found_after(id, filter, before - 1, 1).await?;
                (lines, earlier, !more.is_empty())
            }
        };
        let after = match asked.from {
            Place::After(after) => after,
            Place::Before(_) => 0,
        };
        Ok(LogPage {
            next: match lines.last() {
                Some(line) if more => line.seq,
                // What was passed over need not be looked at again.
                found => last.max(after).max(found.map_or(0, |line| line.seq)),
            },
            lines: lines.into_iter().map(LogLine::from).collect(),
            more,
            earlier,
            total,
        })
    }
}

/// The log of one job.
struct JobLog {
    services: Services,
    job: JobId,
    level: Option<LogLevel>,
    /// Since when the job is known to have ended.
    ended: Option<Instant>,
}

impl Followed for JobLog {
    type Entry = log::Model;

    fn warn(&self, failure: &Failure) {
        warn!(job.id = %self.job, error = chain(failure), "a stream of a job ends");
    }

    async fn read(&mut self, after: i64) -> Result<Page<log::Model>, Failure> {
        // The job first: of one that had ended a while ago, all is stored.
        let job = self.services.job(&self.job).await?;
        let rest = self.rest(&job);
        let logs = self.services.store.logs();
        Ok(Page {
            entries: logs.after(&self.job, after, PAGE, self.level).await?,
            rest,
        })
    }

    async fn wait(&mut self) {
        tokio::time::sleep(LOOK_AGAIN).await;
    }

    fn seq(line: &log::Model) -> i64 {
        line.seq
    }

    fn sse_event(line: log::Model) -> Event {
        let (seq, level) = (line.seq, line.level);
        Event::message(LogLine::from(line).to_json_string())
            .id(seq.to_string())
            .event_type(level.as_str())
    }
}

impl JobLog {
    fn rest(&mut self, job: &job::Model) -> Rest {
        if !job.state.has_ended() {
            self.ended = None;
            return Rest::Open;
        }
        let known_since = *self.ended.get_or_insert_with(Instant::now);
        let ago = job.ended_at.map_or(0, |at| clock::now_micros() - at);
        match known_since.elapsed() >= AFTER_THE_END || ago >= LONG_AFTER.as_micros() as i64 {
            true => Rest::Closed,
            false => Rest::Closing,
        }
    }
}

impl From<log::Model> for LogLine {
    fn from(line: log::Model) -> Self {
        Self {
            seq: line.seq,
            at: clock::rfc3339_micros(line.at),
            level: Word(line.level),
            message: line.message,
            fields: serde_json::from_str(&line.fields).unwrap_or_default(),
        }
    }
}

fn two_hundred() -> u64 {
    200
}
