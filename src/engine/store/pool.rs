//! Refuses a pool of connections in front of PostgreSQL that gives each transaction another session
//! (such as pgbouncer in transaction mode): the engine sets plans, limits and prepared statements for
//! its sessions.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement};

use super::{Result, StoreError, query};
use crate::servers;

/// For `map_err`, where a connection is opened.
pub(super) fn not_connected(cause: DbErr) -> StoreError {
    match is_refusal(&cause) {
        true => StoreError::Pooled,
        false => StoreError::Connect(cause),
    }
}

/// Fails if what `Place` sets for its sessions has not reached the server: a pool may be set up to
/// ignore it.
pub(super) async fn refuse(connection: &DatabaseConnection) -> Result<()> {
    if connection.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let attempted = "read what holds for this session";
    let sql = "SELECT current_setting('enable_seqscan')";
    let asked = Statement::from_string(DbBackend::Postgres, sql);
    let row = match connection.query_one_raw(asked).await {
        Err(cause) if is_refusal(&cause) => return Err(StoreError::Pooled),
        row => row.map_err(query(attempted))?,
    };
    let setting: Option<String> = match row {
        Some(row) => row.try_get_by_index(0).map_err(query(attempted))?,
        None => None,
    };
    match setting.as_deref() {
        Some("off") => Ok(()),
        _ => Err(StoreError::Pooled),
    }
}

fn is_refusal(error: &DbErr) -> bool {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => servers::is_refusal_of_pool(cause),
        _ => false,
    }
}
