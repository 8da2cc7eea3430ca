//! The log of each job: what was logged about it, in the order in which it was stored.

use std::collections::{BTreeMap, BTreeSet};

use entity::{HistoryState, JobId, LogLevel, job, log};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, Statement,
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::containing::contains;
use super::rows::{self, Column, ColumnType};
use super::{Result, Store, query};
use crate::telemetry::trace::JobTrace;

/// A line that is to be stored.
#[derive(Clone, Debug)]
pub struct NewLine {
    pub job: JobId,
    /// Microseconds since 1970.
    pub at: i64,
    pub level: LogLevel,
    pub message: String,
    pub fields: Map<String, Value>,
}

/// Which lines.
#[derive(Clone, Debug, Default)]
pub struct LineFilter {
    /// Those that matter as much as this, or more.
    pub level: Option<LogLevel>,
    /// Those in whose message or fields this text stands, whatever the case of its letters.
    pub text: Option<String>,
}

const READ: &str = "read the log of a job";

/// The logs of jobs.
pub struct Logs<'a>(&'a Store);

impl Store {
    pub fn logs(&self) -> Logs<'_> {
        Logs(self)
    }
}

impl Logs<'_> {
    /// Stores lines, in this order. Those of jobs that are not here, or whose history is dropped, are
    /// left out: they would never be dropped.
    pub async fn keep(&self, lines: &[NewLine]) -> Result<()> {
        let jobs = self.kept(lines.iter().map(|line| &line.job)).await?;
        let lines: Vec<Row<'_>> = lines
            .iter()
            .filter_map(|line| Some(Row::of(line, jobs.get(&line.job.to_string())?)))
            .collect();
        if lines.is_empty() {
            return Ok(());
        }
        let statement = inserting(self.0.read.get_database_backend(), &lines)?;
        self.0
            .write_soon(|on| {
                Box::pin(async move {
                    let stored = on.execute_raw(statement).await;
                    stored.map(drop).map_err(query("store lines of logs"))
                })
            })
            .await
    }

    /// Lines of a job that come after `seq` and matter as much as `level`, oldest first.
    pub async fn after(
        &self,
        job: &JobId,
        seq: i64,
        limit: u64,
        level: Option<LogLevel>,
    ) -> Result<Vec<log::Model>> {
        let filter = LineFilter {
            level,
            ..LineFilter::default()
        };
        self.found_after(job, &filter, seq, limit).await
    }

    /// Lines that come after `seq`, oldest first.
    pub async fn found_after(
        &self,
        job: &JobId,
        filter: &LineFilter,
        seq: i64,
        limit: u64,
    ) -> Result<Vec<log::Model>> {
        self.selected(job, filter)
            .filter(log::Column::Seq.gt(seq))
            .order_by_asc(log::Column::Seq)
            .limit(limit)
            .all(&self.0.read)
            .await
            .map_err(query(READ))
    }

    /// The last lines that come before `seq`, oldest first.
    pub async fn found_before(
        &self,
        job: &JobId,
        filter: &LineFilter,
        seq: i64,
        limit: u64,
    ) -> Result<Vec<log::Model>> {
        let lines = self
            .selected(job, filter)
            .filter(log::Column::Seq.lt(seq))
            .order_by_desc(log::Column::Seq)
            .limit(limit)
            .all(&self.0.read)
            .await;
        let mut lines = lines.map_err(query(READ))?;
        lines.reverse();
        Ok(lines)
    }

    /// How many lines there are.
    pub async fn count(&self, job: &JobId, filter: &LineFilter) -> Result<u64> {
        let count = self.selected(job, filter).count(&self.0.read).await;
        count.map_err(query("count the lines of a log"))
    }

    fn selected(&self, job: &JobId, filter: &LineFilter) -> Select<log::Entity> {
        let mut lines = log::Entity::find().filter(log::Column::JobId.eq(job.clone()));
        if let Some(level) = filter.level {
            let levels = level.and_above().iter().copied();
            lines = lines.filter(log::Column::Level.is_in(levels));
        }
        if let Some(text) = &filter.text {
            let columns = [log::Column::Message, log::Column::Fields];
            let backend = self.0.read.get_database_backend();
            lines = lines.filter(contains(backend, text, columns));
        }
        lines
    }

    /// The messages of the last lines of a job that matter to people, oldest first.
    pub async fn newest(&self, job: &JobId, limit: u64) -> Result<Vec<String>> {
        let mut lines: Vec<String> = log::Entity::find()
            .select_only()
            .column(log::Column::Message)
            .filter(log::Column::JobId.eq(job.clone()))
            .filter(log::Column::Level.is_in(LogLevel::Info.and_above().iter().copied()))
            .order_by_desc(log::Column::Seq)
            .limit(limit)
            .into_tuple()
            .all(&self.0.read)
            .await
            .map_err(query("read the log of a job"))?;
        lines.reverse();
        Ok(lines)
    }

    /// The number of the last line of a job; 0: there is none.
    pub async fn last(&self, job: &JobId) -> Result<i64> {
        let last: Option<Option<i64>> = log::Entity::find()
            .select_only()
            .expr(log::Column::Seq.max())
            .filter(log::Column::JobId.eq(job.clone()))
            .into_tuple()
            .one(&self.0.read)
            .await
            .map_err(query(READ))?;
        Ok(last.flatten().unwrap_or(0))
    }

    /// Those of the jobs that are here and whose history is kept, each with its `traceparent`.
    async fn kept<'b>(
        &self,
        jobs: impl Iterator<Item = &'b JobId>,
    ) -> Result<BTreeMap<String, Option<String>>> {
        let jobs: BTreeSet<&str> = jobs.map(JobId::as_str).collect();
        let found: Vec<(JobId, Option<String>)> = job::Entity::find()
            .select_only()
            .column(job::Column::Id)
            .column(job::Column::Traceparent)
            .filter(job::Column::Id.is_in(rows::padded(jobs)))
            .filter(job::Column::History.eq(HistoryState::Kept))
            .into_tuple()
            .all(&self.0.read)
            .await
            .map_err(query("look for the jobs of lines"))?;
        let found = found.into_iter();
        Ok(found
            .map(|(job, parent)| (job.to_string(), parent))
            .collect())
    }
}

/// A line as a statement takes it.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    at: i64,
    level: &'static str,
    message: String,
    fields: String,
}

impl<'a> Row<'a> {
    fn of(line: &'a NewLine, traceparent: &Option<String>) -> Self {
        let mut fields = line.fields.clone();
        // What was logged about the job from outside of its spans belongs to its trace, too.
        if !fields.contains_key("trace_id") {
            let span = JobTrace::of(line.job.as_str(), traceparent.as_deref(), 0).submit();
            fields.insert("trace_id".to_owned(), span.trace_id().into());
            fields.insert("span_id".to_owned(), span.span_id().into());
        }
        Self {
            id: line.job.as_str(),
            at: line.at,
            level: line.level.as_str(),
            // PostgreSQL has no such character; in JSON it is written in others.
            message: line.message.replace('\0', "\u{FFFD}"),
            fields: Value::Object(fields).to_string(),
        }
    }
}

const COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("at", ColumnType::Integer),
    ("level", ColumnType::ShortText),
    ("message", ColumnType::Text),
    ("fields", ColumnType::Text),
];

fn inserting(backend: DbBackend, lines: &[Row<'_>]) -> Result<Statement> {
    let sql = "INSERT INTO audience_log (job_id, at, level, message, fields) \
               SELECT r.id, r.at, r.level, r.message, r.fields FROM {rows}";
    rows::statement(backend, sql, COLUMNS, lines)
}
