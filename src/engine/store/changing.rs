//! Rows that are read to be changed, and changes of one row.

use sea_orm::sea_query::LockType;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QuerySelect, Select, UpdateMany,
};

use super::{Result, query};

/// The same rows, locked until the end of the transaction. SQLite has one writer, whose rows no
/// other transaction can change.
pub(crate) fn locked<E: EntityTrait>(on: &DatabaseTransaction, mut select: Select<E>) -> Select<E> {
    if on.get_database_backend() != DbBackend::Sqlite {
        QuerySelect::query(&mut select).lock(LockType::Update);
    }
    select
}

/// Executes a change that names the state which it expects; `false`: the row is in another one.
pub(super) async fn applied<E: EntityTrait>(
    on: &DatabaseTransaction,
    update: UpdateMany<E>,
    attempted: &'static str,
) -> Result<bool> {
    let result = update.exec(on).await.map_err(query(attempted))?;
    Ok(result.rows_affected == 1)
}
