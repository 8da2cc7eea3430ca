//! What a slice of collecting leaves, stored in the transaction that ends the slice.

use entity::{JobId, brief, brief_page, brief_platform, brief_sequence};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    DbBackend, EntityTrait, ExprTrait, IdenStatic, Iterable, ModelTrait, Statement,
    StatementBuilder,
};

use super::packed::{self, PackedPage};
use crate::engine::store::{BesideSlice, Result, insertion};

/// Rows of one statement.
const ROWS_AT_ONCE: usize = 500;

/// All that a slice of a platform may leave. Rows that are there already are replaced.
#[derive(Clone, Debug)]
pub(crate) struct CollectRows {
    pub job: JobId,
    pub platform: brief_platform::Model,
    /// Platforms that the request names; those that are there already stay as they are.
    pub others: Vec<brief_platform::Model>,
    pub sequences: Vec<brief_sequence::Model>,
    pub pages: Vec<brief_page::Model>,
    pub packed: Vec<PackedPage>,
    /// The first page is asked for at this moment; the deadline is that of the stage.
    pub begins: Option<(i64, i64)>,
    /// If no platform of the brief has open pages any more, it is collected, at this moment.
    pub ends: Option<i64>,
}

impl CollectRows {
    pub fn of(job: &JobId, platform: brief_platform::Model) -> Self {
        Self {
            job: job.clone(),
            platform,
            others: Vec::new(),
            sequences: Vec::new(),
            pages: Vec::new(),
            packed: Vec::new(),
            begins: None,
            ends: None,
        }
    }
}

impl BesideSlice for CollectRows {
    fn statements(&self, backend: DbBackend) -> Result<Vec<Statement>> {
        let mut statements = Vec::new();
        let own = std::slice::from_ref(&self.platform);
        statements.extend(upsert(backend, own, &PLATFORM_KEY)?);
        statements.extend(insert_missing(backend, &self.others)?);
        for sequences in self.sequences.chunks(ROWS_AT_ONCE) {
            statements.extend(upsert(backend, sequences, &["job_id", "platform", "no"])?);
        }
        for pages in self.pages.chunks(ROWS_AT_ONCE) {
            let key = ["job_id", "platform", "sequence", "number"];
            statements.extend(upsert(backend, pages, &key)?);
        }
        let platform = &self.platform.platform;
        statements.extend(packed::insertions(
            backend,
            &self.job,
            platform,
            &self.packed,
        ));
        if let Some((began, deadline)) = self.begins {
            statements.push(beginning(backend, &self.job, began, deadline));
        }
        if let Some(at) = self.ends {
            statements.push(ending(backend, &self.job, at));
        }
        Ok(statements)
    }
}

const PLATFORM_KEY: [&str; 2] = ["job_id", "platform"];

/// Inserts rows, or puts them in the place of those with the same key. No two of them have the same.
fn upsert<M>(backend: DbBackend, rows: &[M], key: &[&str]) -> Result<Option<Statement>>
where
    M: ModelTrait,
    M::Entity: Default,
{
    let Some(mut insert) = insertion(backend, rows, &[])? else {
        return Ok(None);
    };
    let columns = <M::Entity as EntityTrait>::Column::iter();
    let columns = columns.map(|column| column.as_str());
    let columns = columns.filter(|column| !key.contains(column));
    let set = columns.map(|column| match backend {
        DbBackend::MySql => format!("{column} = VALUES({column})"),
        _ => format!("{column} = excluded.{column}"),
    });
    let set = set.collect::<Vec<_>>().join(", ");
    let otherwise = match backend {
        DbBackend::MySql => format!(" ON DUPLICATE KEY UPDATE {set}"),
        // Without the condition SQLite would read a join.
        _ => format!(
            " WHERE true ON CONFLICT ({}) DO UPDATE SET {set}",
            key.join(", ")
        ),
    };
    insert.sql.push_str(&otherwise);
    Ok(Some(insert))
}

fn insert_missing(backend: DbBackend, rows: &[brief_platform::Model]) -> Result<Option<Statement>> {
    let Some(mut insert) = insertion(backend, rows, &[])? else {
        return Ok(None);
    };
    insert.sql.push_str(match backend {
        DbBackend::MySql => {
            " ON DUPLICATE KEY UPDATE audience_brief_platform.no = audience_brief_platform.no"
        }
        _ => " WHERE true ON CONFLICT (job_id, platform) DO NOTHING",
    });
    Ok(Some(insert))
}

fn beginning(backend: DbBackend, job: &JobId, began: i64, deadline: i64) -> Statement {
    use brief::Column;
    let mut update = Query::update();
    update
        .table(brief::Entity)
        .value(Column::BeganAt, began)
        .value(Column::DeadlineAt, deadline)
        .and_where(Expr::col(Column::JobId).eq(job.as_str()))
        .and_where(Expr::col(Column::BeganAt).is_null());
    StatementBuilder::build(&update, &backend)
}

/// A request that was changed meanwhile is not fulfilled yet.
fn ending(backend: DbBackend, job: &JobId, at: i64) -> Statement {
    let number = |no: usize| match backend {
        DbBackend::Postgres => format!("${no}"),
        _ => "?".to_owned(),
    };
    let (at_place, job_place) = (number(1), number(2));
    let of_job = "job_id = audience_brief.job_id";
    let misses = format!(
        "(EXISTS (SELECT 1 FROM audience_brief_page AS p WHERE p.{of_job} AND p.state = 'failed') \
         OR EXISTS (SELECT 1 FROM audience_brief_platform AS f WHERE f.{of_job} AND f.limited))"
    );
    let has_rows = format!(
        "EXISTS (SELECT 1 FROM audience_brief_platform AS r WHERE r.{of_job} AND r.stored > 0)"
    );
    let sql = format!(
        "UPDATE audience_brief SET collected_at = {at_place}, outcome = CASE WHEN NOT {misses} THEN 'finished' \
         WHEN {has_rows} THEN 'partial' ELSE 'failed' END \
         WHERE job_id = {job_place} AND collected_at IS NULL AND NOT EXISTS \
         (SELECT 1 FROM audience_brief_platform AS o WHERE o.{of_job} \
         AND (o.ended_at IS NULL OR o.revision <> audience_brief.revision))"
    );
    Statement::from_sql_and_values(backend, sql, [at.into(), job.as_str().into()])
}
