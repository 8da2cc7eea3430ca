//! Who did what: rows that are stored in one transaction with the change that they record.
//!
//! A call is recorded by what is written while it is worked on: the first change that it makes takes
//! its row along, whatever that change is. So there is no change without its row, wherever the process
//! is killed. What came of the call is added afterwards if it was not done.

use std::fmt::Display;
use std::sync::Arc;

use entity::audit;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;

use super::rows::{self, Column, ColumnType};
use super::writer::Durability;
use super::{AgedTable, Result, Store, query};

/// The rows are dropped at an age of their own.
pub const AUDIT_TABLE: AgedTable = AgedTable {
    name: "audience_audit",
    key: "id",
    at: "at",
};

/// What is attempted, in errors.
const ENTER: &str = "enter a call in the audit";

/// The row of a call.
pub(super) type Call = audit::Model;

/// The id of a new row, greater than those made before it by this process.
pub(in crate::engine) fn new_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

/// A call that is recorded.
pub(in crate::engine) trait Recorded: Send + Sync {
    /// The row to be stored with a change; `None`: it is stored already.
    fn row(&self) -> Option<audit::Model>;

    /// Its row is stored.
    fn is_stored(&self);

    /// Says on what something is done.
    fn is_about(&self, what: String);

    /// Says who does it, of a call that finds it out.
    fn is_by(&self, who: String);

    /// Whoever makes the call, as far as that is known.
    fn who(&self) -> Option<String>;

    /// Says that it was not done, of a call whose answer has another status.
    fn has_failed(&self, status: u16);
}

tokio::task_local! {
    static CALL: Arc<dyn Recorded>;
}

/// Does the work of a call; what it writes takes the call's row along.
pub(in crate::engine) fn recording<F: Future>(
    call: Arc<dyn Recorded>,
    work: F,
) -> impl Future<Output = F::Output> {
    CALL.scope(call, work)
}

/// The call that is worked on.
pub(super) fn current() -> Option<Arc<dyn Recorded>> {
    CALL.try_with(Arc::clone).ok()
}

/// Says on what the call that is worked on does something: an id or a name.
pub(crate) fn about(what: impl Display) {
    if let Some(call) = current() {
        call.is_about(what.to_string());
    }
}

/// Says who makes the call that is worked on.
pub(crate) fn by(who: &str) {
    if let Some(call) = current() {
        call.is_by(who.to_owned());
    }
}

/// Whoever makes the call that is worked on.
pub(super) fn caller() -> Option<String> {
    current()?.who()
}

/// Says that the call that is worked on was not done, whatever the status of its answer is.
pub(crate) fn failed(status: u16) {
    if let Some(call) = current() {
        call.has_failed(status);
    }
}

/// Work of the call in a task of its own.
pub(crate) fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let call = current();
    async move {
        match call {
            Some(call) => CALL.scope(call, work).await,
            None => work.await,
        }
    }
}

/// Which rows.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub who: Option<String>,
    pub operation: Option<String>,
    pub what: Option<String>,
    pub result: Option<String>,
    /// From this moment on, in microseconds since 1970.
    pub from: Option<i64>,
    /// Before this moment.
    pub to: Option<i64>,
    /// Only rows before this one.
    pub before: Option<String>,
}

/// All rows of the audit.
pub struct Audit<'a>(&'a Store);

impl Store {
    pub fn audit(&self) -> Audit<'_> {
        Audit(self)
    }
}

impl Audit<'_> {
    /// Newest first.
    pub async fn page(&self, filter: &AuditFilter, limit: u64) -> Result<Vec<audit::Model>> {
        use audit::Column;
        let texts = [
            (Column::Who, &filter.who),
            (Column::Operation, &filter.operation),
            (Column::What, &filter.what),
            (Column::Result, &filter.result),
        ];
        let mut select = audit::Entity::find();
        for (column, text) in texts {
            if let Some(text) = text {
                select = select.filter(column.eq(text.clone()));
            }
        }
        if let Some(from) = filter.from {
            select = select.filter(Column::UntilAt.gte(from));
        }
        if let Some(to) = filter.to {
            select = select.filter(Column::At.lt(to));
        }
        if let Some(before) = &filter.before {
            select = select.filter(Column::Id.lt(before.clone()));
        }
        select
            .order_by_desc(Column::Id)
            .limit(limit)
            .all(&self.0.read)
            .await
            .map_err(query("read the audit"))
    }

    /// Stores rows, and what has changed of those that are stored.
    pub async fn put(&self, rows: Vec<audit::Model>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let put = self.0.writer.write(Durability::AtOnce, move |on| {
            Box::pin(async move {
                for row in rows {
                    put(on, row).await?;
                }
                Ok(())
            })
        });
        put.await
    }
}

async fn put(on: &DatabaseTransaction, row: audit::Model) -> Result<()> {
    use audit::Column;
    let changed = OnConflict::column(Column::Id)
        .update_columns([
            Column::UntilAt,
            Column::Count,
            Column::Who,
            Column::What,
            Column::Result,
            Column::Status,
        ])
        .to_owned();
    audit::Entity::insert(row.into_active_model())
        .on_conflict(changed)
        .exec_without_returning(on)
        .await
        .map_err(query(ENTER))?;
    Ok(())
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    at: i64,
    upto: i64,
    calls: i64,
    who: Option<&'a str>,
    op: &'a str,
    what: Option<&'a str>,
    address: Option<&'a str>,
    result: &'a str,
    status: Option<i32>,
}

impl<'a> From<&'a audit::Model> for Row<'a> {
    fn from(row: &'a audit::Model) -> Self {
        Self {
            id: &row.id,
            at: row.at,
            upto: row.until_at,
            calls: row.count,
            who: row.who.as_deref(),
            op: &row.operation,
            what: row.what.as_deref(),
            address: row.address.as_deref(),
            result: &row.result,
            status: row.status,
        }
    }
}

const COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("at", ColumnType::Integer),
    ("upto", ColumnType::Integer),
    ("calls", ColumnType::Integer),
    ("who", ColumnType::ShortText),
    ("op", ColumnType::ShortText),
    ("what", ColumnType::ShortText),
    ("address", ColumnType::ShortText),
    ("result", ColumnType::ShortText),
    ("status", ColumnType::Integer),
];

const INSERT: &str = "\
    INSERT INTO audience_audit \
    (id, at, until_at, count, who, operation, what, address, result, status) \
    SELECT r.id, r.at, r.upto, r.calls, r.who, r.op, r.what, r.address, r.result, r.status \
    FROM {rows}";

/// Enters calls in the transaction of their changes. One that makes several changes in several
/// transactions is there already.
pub(super) async fn enter(on: &DatabaseTransaction, calls: &[Arc<Call>]) -> Result<()> {
    let backend = on.get_database_backend();
    let known = match backend {
        DbBackend::MySql => " ON DUPLICATE KEY UPDATE audience_audit.id = audience_audit.id",
        // Without a condition SQLite takes what follows for one of a join.
        _ => " WHERE true ON CONFLICT (id) DO NOTHING",
    };
    let calls: Vec<Row<'_>> = calls.iter().map(|call| Row::from(&**call)).collect();
    let insert = rows::statement(backend, &format!("{INSERT}{known}"), COLUMNS, &calls)?;
    on.execute_raw(insert).await.map_err(query(ENTER))?;
    Ok(())
}
