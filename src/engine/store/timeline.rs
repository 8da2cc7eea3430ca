//! What a timeline is drawn from: attempts, counted by when they began and ended, and events of the job
//! as a whole. What is looked at is bounded, however many batches a job has.

use entity::{AttemptOutcome, JobId, attempt};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, Statement,
};

use super::dropping::parameter;
use super::{Result, Store, query};
use crate::engine::timeline::{AttemptGroup, Axis, Happening, Story};

/// The newest events of a job that are looked through.
const EVENTS_LOOKED_THROUGH: u64 = 50_000;

/// Of these, how many are read.
const EVENTS_READ: u64 = 200;

/// Reads timelines.
pub struct Timelines<'a>(&'a Store);

impl Store {
    pub fn timelines(&self) -> Timelines<'_> {
        Timelines(self)
    }
}

impl Timelines<'_> {
    /// The attempts since the beginning of the axis, counted; of each `one_in` batches one is looked at.
    pub async fn groups(&self, job: &JobId, axis: Axis, one_in: u32) -> Result<Vec<AttemptGroup>> {
        const ATTEMPTED: &str = "count the attempts of a job";
        let on = self.0.read.get_database_backend();
        let values = [
            axis.part.into(),
            axis.part.into(),
            axis.from.into(),
            axis.until.into(),
            axis.from.into(),
            job.as_str().into(),
            axis.from.into(),
            i64::from(one_in.max(1)).into(),
        ];
        let statement = Statement::from_sql_and_values(on, counting(on), values);
        let rows = self.0.read.query_all_raw(statement).await;
        let rows = rows.map_err(query(ATTEMPTED))?;
        let group = |row: &QueryResult| -> Result<AttemptGroup> {
            let row = AttemptRow::from_query_result(row, "").map_err(query(ATTEMPTED))?;
            Ok(row.into())
        };
        rows.iter().map(group).collect()
    }

    /// The attempts since then, as far as there are no more than `limit`.
    pub async fn attempts(
        &self,
        job: &JobId,
        since: i64,
        limit: u64,
    ) -> Result<Vec<attempt::Model>> {
        attempt::Entity::find()
            .filter(attempt::Column::JobId.eq(job.clone()))
            .filter(attempt::Column::StartedAt.gte(since))
            .order_by_asc(attempt::Column::StartedAt)
            .limit(limit)
            .all(&self.0.read)
            .await
            .map_err(query("read the attempts of a job"))
    }

    /// The newest events of a job that are a part of its story, oldest first.
    pub async fn story(&self, job: &JobId) -> Result<Vec<Happening>> {
        const ATTEMPTED: &str = "read the events of a job";
        let on = self.0.read.get_database_backend();
        let kinds = Story::KINDS.map(|kind| format!("'{kind}'")).join(", ");
        let sql = format!(
            "SELECT e.at AS at, e.kind AS kind, e.data AS data FROM \
             (SELECT seq, kind FROM audience_event WHERE job_id = {} \
              ORDER BY seq DESC LIMIT {EVENTS_LOOKED_THROUGH}) AS newest \
             JOIN audience_event AS e ON e.seq = newest.seq \
             WHERE newest.kind IN ({kinds}) ORDER BY e.seq DESC LIMIT {EVENTS_READ}",
            parameter(on, 1)
        );
        let statement = Statement::from_sql_and_values(on, sql, [job.as_str().into()]);
        let rows = self.0.read.query_all_raw(statement).await;
        let rows = rows.map_err(query(ATTEMPTED))?;
        let event = |row: &QueryResult| -> Result<Happening> {
            let (at, kind, data) = (
                row.try_get("", "at").map_err(query(ATTEMPTED))?,
                row.try_get("", "kind").map_err(query(ATTEMPTED))?,
                row.try_get("", "data").map_err(query(ATTEMPTED))?,
            );
            Ok(Happening { at, kind, data })
        };
        // Newest first, so that the newest are read.
        rows.iter().rev().map(event).collect()
    }
}

/// Attempts that began in one part of the time, ended in one, and in one way.
#[derive(FromQueryResult)]
struct AttemptRow {
    step_no: i32,
    outcome: AttemptOutcome,
    first_part: i64,
    last_part: i64,
    attempts: i64,
    begun_sum: i64,
    ended_sum: i64,
    begun: i64,
    ended: i64,
}

impl From<AttemptRow> for AttemptGroup {
    fn from(row: AttemptRow) -> Self {
        Self {
            step_no: row.step_no,
            outcome: row.outcome,
            first: row.first_part,
            last: row.last_part,
            attempts: row.attempts,
            begun_sum: row.begun_sum,
            ended_sum: row.ended_sum,
            begun: row.begun,
            ended: row.ended,
        }
    }
}

fn counting(on: DbBackend) -> String {
    let no = |no| parameter(on, no);
    // Elsewhere whole numbers make a whole number.
    let (divided, whole) = match on {
        DbBackend::MySql => ("DIV", "SIGNED"),
        _ => ("/", "BIGINT"),
    };
    format!(
        "SELECT step_no, outcome, first_part, last_part, COUNT(*) AS attempts, \
         CAST(SUM(begun) AS {whole}) AS begun_sum, CAST(SUM(ended) AS {whole}) AS ended_sum, \
         MIN(begun) AS begun, MAX(ended) AS ended FROM \
         (SELECT step_no, outcome, begun, ended, \
          begun {divided} {part_1} AS first_part, ended {divided} {part_2} AS last_part FROM \
          (SELECT step_no, outcome, started_at - {from_1} AS begun, \
           COALESCE(ended_at, {until}) - {from_2} AS ended \
           FROM audience_attempt WHERE job_id = {job} AND started_at >= {since} \
           AND batch_no % {one_in} = 0) AS timed) AS parted \
         GROUP BY step_no, outcome, first_part, last_part",
        part_1 = no(1),
        part_2 = no(2),
        from_1 = no(3),
        until = no(4),
        from_2 = no(5),
        job = no(6),
        since = no(7),
        one_in = no(8),
    )
}
