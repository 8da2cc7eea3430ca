//! Drops fires that are old.

use entity::{FireState, trigger_fire};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::Triggers;
use crate::engine::store::rows::padded;
use crate::engine::store::{Result, query};

/// The last fires of a trigger are kept, however old they are.
const KEPT: u64 = 50;

const DROP: &str = "drop old fires";

/// One that may be dropped.
pub(in crate::engine) struct OldFire {
    pub(in crate::engine) id: String,
    pub(in crate::engine) key: String,
}

impl Triggers<'_> {
    /// The ids of triggers that have fires from before, whether they still are there or not.
    pub(in crate::engine) async fn with_fires_before(&self, before: i64) -> Result<Vec<String>> {
        trigger_fire::Entity::find()
            .select_only()
            .column(trigger_fire::Column::TriggerId)
            .filter(trigger_fire::Column::StoredAt.lt(before))
            .distinct()
            .into_tuple()
            .all(&self.0.read)
            .await
            .map_err(query(DROP))
    }

    /// Fires of a trigger that were stored before and are none of its last ones; so many at most.
    pub(in crate::engine) async fn old(
        &self,
        trigger: &str,
        before: i64,
        limit: u64,
    ) -> Result<Vec<OldFire>> {
        let last: Option<i64> = trigger_fire::Entity::find()
            .select_only()
            .column(trigger_fire::Column::At)
            .filter(trigger_fire::Column::TriggerId.eq(trigger))
            .order_by_desc(trigger_fire::Column::At)
            .order_by_desc(trigger_fire::Column::Id)
            .offset(KEPT - 1)
            .limit(1)
            .into_tuple()
            .one(&self.0.read)
            .await
            .map_err(query(DROP))?;
        let Some(last) = last else {
            return Ok(Vec::new());
        };
        let open = [FireState::Stored, FireState::Queued];
        let found: Vec<(String, String)> = trigger_fire::Entity::find()
            .select_only()
            .column(trigger_fire::Column::Id)
            .column(trigger_fire::Column::FireKey)
            .filter(trigger_fire::Column::TriggerId.eq(trigger))
            .filter(trigger_fire::Column::At.lt(last))
            .filter(trigger_fire::Column::StoredAt.lt(before))
            .filter(trigger_fire::Column::State.is_not_in(open))
            .limit(limit)
            .into_tuple()
            .all(&self.0.read)
            .await
            .map_err(query(DROP))?;
        let found = found.into_iter();
        Ok(found.map(|(id, key)| OldFire { id, key }).collect())
    }

    pub(in crate::engine) async fn drop_fires(&self, ids: Vec<String>) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        self.0
            .write(move |on| {
                Box::pin(async move {
                    trigger_fire::Entity::delete_many()
                        .filter(trigger_fire::Column::Id.is_in(padded(ids)))
                        .exec(on)
                        .await
                        .map_err(query(DROP))?;
                    Ok(())
                })
            })
            .await
    }
}
