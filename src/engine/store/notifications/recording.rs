//! Rows for what has happened, in the transaction of the change.

use entity::{JobId, notification};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::EndKind;
use crate::clock;
use crate::engine::store::needs::join;
use crate::engine::store::rows::{self, Column, ColumnType};
use crate::engine::store::{Result, models, query};

/// A job that ends in this transaction.
#[derive(Clone, Debug)]
pub(in crate::engine::store) struct EndedJob {
    pub job: JobId,
    pub end: EndKind,
    pub at: i64,
    pub error: Option<String>,
    /// Whether it is noted also if nobody has submitted the job by name.
    pub always: bool,
}

/// Something else that people may want to learn.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewNotification {
    /// Of what is noted once only ([`super::id_of`]); `None`: it has one of its own.
    pub id: Option<String>,
    pub kind: &'static str,
    /// An id or a name.
    pub about: String,
    /// The flow of a job, or the system that it is from.
    pub flow: String,
    pub name: Option<String>,
    pub started_by: Option<String>,
    pub data: Value,
}

/// 32 hexadecimal digits, ordered by time.
pub(crate) fn new_id() -> String {
    Uuid::now_v7().simple().to_string()
}

#[derive(Serialize)]
struct EndRow<'a> {
    id: String,
    kind: &'static str,
    at: i64,
    about: &'a str,
    data: String,
    in_any_case: i32,
}

const COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("kind", ColumnType::ShortText),
    ("at", ColumnType::Integer),
    ("about", ColumnType::ShortText),
    ("data", ColumnType::Text),
    ("in_any_case", ColumnType::Integer),
];

/// A statement that notes the ends of jobs.
pub(in crate::engine::store) fn of_jobs(
    backend: DbBackend,
    ended: &[EndedJob],
) -> Result<Statement> {
    let join = join(backend);
    let sql = format!(
        "INSERT INTO audience_notification (id, kind, at, about, flow, name, started_by, data) \
         SELECT r.id, r.kind, r.at, r.about, j.flow, j.title, j.started_by, r.data \
         FROM {{rows}} {join} audience_job AS j ON j.id = r.about \
         WHERE r.in_any_case <> 0 OR j.started_by IS NOT NULL"
    );
    let rows = ended.iter().map(|ended| EndRow {
        id: new_id(),
        kind: ended.end.as_str(),
        at: ended.at,
        about: ended.job.as_str(),
        data: json!({ "error": ended.error }).to_string(),
        in_any_case: i32::from(ended.always),
    });
    let rows: Vec<EndRow<'_>> = rows.collect();
    rows::statement(backend, &sql, COLUMNS, &rows)
}

/// A statement that stores notifications; `None`: there are none.
pub(crate) fn insertion(backend: DbBackend, new: &[NewNotification]) -> Result<Option<Statement>> {
    let at = clock::now_micros();
    let rows = new.iter().map(|new| notification::Model {
        id: new.id.clone().unwrap_or_else(new_id),
        kind: new.kind.to_owned(),
        at,
        about: new.about.clone(),
        flow: new.flow.clone(),
        name: new.name.clone(),
        started_by: new.started_by.clone(),
        data: new.data.to_string(),
        no: None,
    });
    let rows: Vec<notification::Model> = rows.collect();
    models::insertion(backend, &rows, &[])
}

/// Notes the end of one job.
pub(in crate::engine::store) async fn record_end(
    on: &DatabaseTransaction,
    ended: EndedJob,
) -> Result<()> {
    let statement = of_jobs(on.get_database_backend(), &[ended])?;
    let noted = on.execute_raw(statement).await;
    noted.map(drop).map_err(query("note the end of a job"))
}
