//! Reads tasks for a change and locks them.

use entity::{JobId, dispatch};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};

use crate::engine::store::{Result, changing, query, rows};

/// The task as it is, for a change in this transaction; it is locked until the end of the transaction.
pub(super) async fn look(on: &DatabaseTransaction, id: &JobId) -> Result<Option<dispatch::Model>> {
    let found = look_at(on, std::slice::from_ref(id)).await?;
    Ok(found.into_iter().next())
}

/// The same, if it is a task of this service.
pub(super) async fn look_of(
    on: &DatabaseTransaction,
    id: &JobId,
    service: &str,
) -> Result<Option<dispatch::Model>> {
    let found = look(on, id).await?;
    Ok(found.filter(|task| task.service == service))
}

/// Those of these tasks that exist, in the order of their ids, which is the order in
/// which several are locked.
pub(super) async fn look_at(
    on: &DatabaseTransaction,
    ids: &[JobId],
) -> Result<Vec<dispatch::Model>> {
    let select = dispatch::Entity::find()
        .filter(dispatch::Column::JobId.is_in(rows::padded(ids.iter().cloned())))
        .order_by_asc(dispatch::Column::JobId);
    changing::locked(on, select)
        .all(on)
        .await
        .map_err(query("read tasks"))
}
