//! Rows that are read to be changed, and changes of one row.

use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, Insert,
    QuerySelect, Select, UpdateMany,
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

/// Stores a row unless there is one with the same `key`: of several processes that do so at once, the row
/// of one is stored.
pub(super) async fn insert_unless_there<A: ActiveModelTrait>(
    on: &DatabaseTransaction,
    row: A,
    key: <A::Entity as EntityTrait>::Column,
    attempted: &'static str,
) -> Result<()> {
    let nothing = OnConflict::new().do_nothing_on([key]).to_owned();
    let stored = Insert::one(row)
        .on_conflict(nothing)
        .exec_without_returning(on);
    stored.await.map(drop).map_err(query(attempted))
}
